/** Definitions of messages as OpenAPI states them, from the catalogue. */
import type { FieldSchema, FieldType, MessageSchema, SchemaRegistry } from '../../apimachinery/schema/package.ts';

export type Json = { [key: string]: unknown };

/** Where definitions are, and how loosely types may be told: version 2 has no unions. */
export interface Dialect {
  readonly refPrefix: '#/definitions/' | '#/components/schemas/';
  readonly isV3: boolean;
}

export const V2: Dialect = { refPrefix: '#/definitions/', isV3: false };
export const V3: Dialect = { refPrefix: '#/components/schemas/', isV3: true };

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
/** Scalars that have a definition of their own. */
const NAMED_SCALARS: Readonly<Record<string, string>> = {
  Quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity', IntOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString', Time: `${META}.Time`, MicroTime: `${META}.MicroTime`,
  RawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension', FieldsV1: `${META}.FieldsV1`, JSON: `${EXTENSIONS}.JSON`, JSONSchemaPropsOrArray: `${EXTENSIONS}.JSONSchemaPropsOrArray`,
  JSONSchemaPropsOrBool: `${EXTENSIONS}.JSONSchemaPropsOrBool`, JSONSchemaPropsOrStringArray: `${EXTENSIONS}.JSONSchemaPropsOrStringArray`,
};
const SCALARS: Readonly<Record<string, Json>> = {
  string: { type: 'string' }, bool: { type: 'boolean' }, int32: { type: 'integer', format: 'int32' }, int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' }, bytes: { type: 'string', format: 'byte' },
};

/** The version of the server (`/version`): no message of the API. */
export const VERSION_INFO = 'io.k8s.apimachinery.pkg.version.Info';
const INFO_FIELDS = ['major', 'minor', 'gitVersion', 'gitCommit', 'gitTreeState', 'buildDate', 'goVersion', 'compiler', 'platform'];
const INFO_OPTIONAL = ['emulationMajor', 'emulationMinor', 'minCompatibilityMajor', 'minCompatibilityMinor'];

function specialDefinition(name: string, { isV3 }: Dialect): Json | undefined {
  const string = { type: 'string' };
  switch (name) {
    case NAMED_SCALARS['Quantity']: return isV3 ? { oneOf: [string, { type: 'number' }] } : string;
    case NAMED_SCALARS['IntOrString']: return isV3 ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, string] } : { type: 'string', format: 'int-or-string' };
    case NAMED_SCALARS['Time']: case NAMED_SCALARS['MicroTime']: return { type: 'string', format: 'date-time' };
    case NAMED_SCALARS['RawExtension']: case NAMED_SCALARS['FieldsV1']: return { type: 'object' };
    case VERSION_INFO: return infoDefinition(isV3);
    default: return Object.values(NAMED_SCALARS).includes(name) ? {} : undefined;
  }
}

function infoDefinition(isV3: boolean): Json {
  const field = { type: 'string', ...(isV3 && { default: '' }) };
  const properties = Object.fromEntries([...INFO_FIELDS.map((one) => [one, field]), ...INFO_OPTIONAL.map((one) => [one, { type: 'string' }])]) as Json;
  return { type: 'object', required: INFO_FIELDS, properties };
}

/** Descriptions by definition and field; `''` holds that of the definition. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface DefinitionContext {
  readonly schemas: SchemaRegistry;
  readonly dialect: Dialect;
  readonly descriptions: Descriptions;
  /** The kinds that a message is, by its name in the catalogue. */
  readonly kindsOf: (message: string) => readonly GroupVersionKind[];
  /** The definitions of custom kinds, by name. */
  readonly custom: ReadonlyMap<string, Json>;
}

/** Collects definitions with all that they refer to. */
export class Definitions {
  readonly #context: DefinitionContext;
  readonly #all = new Map<string, Json>();

  constructor(context: DefinitionContext) {
    this.#context = context;
  }

  /** Sorted by name. */
  get all(): Json {
    return Object.fromEntries([...this.#all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  refToMessage(message: string): Json {
    const schema = this.#context.schemas.message(message);
    return this.#ref(schema.openapiName, () => this.#message(schema));
  }

  refToCustom(name: string): Json {
    return this.#ref(name, () => this.#context.custom.get(name) ?? { type: 'object' });
  }

  refToNamed(name: string): Json {
    return this.#ref(name, () => this.#described(name, specialDefinition(name, this.#context.dialect) ?? { type: 'object' }));
  }

  #ref(name: string, build: () => Json): Json {
    if (!this.#all.has(name)) {
      this.#all.set(name, {});
      this.#all.set(name, build());
    }
    return { $ref: `${this.#context.dialect.refPrefix}${name}` };
  }

  #described(name: string, definition: Json): Json {
    const description = this.#context.descriptions[name]?.[''];
    return description === undefined ? definition : { description, ...definition };
  }

  #message(schema: MessageSchema): Json {
    const { dialect, kindsOf, descriptions } = this.#context;
    const texts = descriptions[schema.openapiName];
    const properties: Json = {};
    const kinds = kindsOf(schema.name);
    if (hasTypeMeta(schema)) for (const name of ['apiVersion', 'kind']) properties[name] = { ...(texts?.[name] !== undefined && { description: texts[name] }), type: 'string' };
    for (const field of schema.fields) properties[field.name] = this.#property(field, texts?.[field.name]);
    const required = schema.fields.filter((field) => field.required).map((field) => field.name);
    const hasProperties = Object.keys(properties).length > 0;
    return this.#described(schema.openapiName, {
      type: 'object',
      ...(required.length > 0 && { required }),
      ...(hasProperties && { properties: Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1))) }),
      ...(schema.mapType && { 'x-kubernetes-map-type': schema.mapType }),
      ...(schema.unions.length > 0 && { 'x-kubernetes-unions': schema.unions }),
      ...(kinds.length > 0 && { 'x-kubernetes-group-version-kind': kinds.map(({ group, version, kind }) => ({ group, kind, version })) }),
      ...(!dialect.isV3 && {}),
    });
  }

  #property(field: FieldSchema, description: string | undefined): Json {
    const { isV3 } = this.#context.dialect;
    const type = this.#type(field.type, field);
    const hasDefault = isV3 && field.openapiDefault !== undefined;
    // What stands beside a reference is ignored in OpenAPI 3.0: it is wrapped.
    const isWrapped = isV3 && '$ref' in type && (description !== undefined || hasDefault || field.type.kind !== 'list');
    return {
      ...(description !== undefined && { description }),
      ...(isWrapped ? { allOf: [type] } : type),
      ...(hasDefault && { default: field.openapiDefault }),
      ...(field.format !== undefined && { format: field.format }),
      ...(field.enum && { enum: field.enum }),
      ...(field.listMapKeys && { 'x-kubernetes-list-map-keys': field.listMapKeys }),
      ...(field.listType && { 'x-kubernetes-list-type': field.listType }),
      ...(field.mapType && { 'x-kubernetes-map-type': field.mapType }),
      ...(field.patchMergeKey !== undefined && { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
      ...(field.patchStrategies.length > 0 && { 'x-kubernetes-patch-strategy': field.patchStrategies.join(',') }),
    };
  }

  #type(type: FieldType, field: FieldSchema): Json {
    switch (type.kind) {
      case 'message': return this.refToMessage(type.message);
      case 'scalar': {
        const named = NAMED_SCALARS[type.scalar];
        return named === undefined ? { ...SCALARS[type.scalar] } : this.refToNamed(named);
      }
      case 'list': return { type: 'array', items: this.#withDefault(this.#type(type.items, field), field.itemsDefault) };
      case 'map': return { type: 'object', additionalProperties: this.#withDefault(this.#type(type.values, field), field.valuesDefault) };
    }
  }

  #withDefault(type: Json, value: unknown): Json {
    if (value === undefined || !this.#context.dialect.isV3) return type;
    return '$ref' in type ? { allOf: [type], default: value } : { ...type, default: value };
  }
}

const TYPED: ReadonlySet<string> = new Set(['meta.v1.Status', 'meta.v1.DeleteOptions', 'meta.v1.APIResourceList', 'meta.v1.APIGroupList', 'meta.v1.APIGroup', 'meta.v1.APIVersions']);

/** Whether objects of a message carry apiVersion and kind: templates inside of others do not. */
function hasTypeMeta({ name, byName }: MessageSchema): boolean {
  if (TYPED.has(name)) return true;
  const metadata = byName.get('metadata')?.type;
  if (metadata?.kind !== 'message') return name.endsWith('Options') && name.startsWith('core.v1.Pod');
  return !/Template(Spec)?$/.test(name) || name === 'core.v1.PodTemplate' || name === 'resource.v1.ResourceClaimTemplate';
}
