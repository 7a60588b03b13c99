/**
 * The notation in which the catalogue (`src/api/<group>/<version>.schema.ts`) states the messages of Kubernetes' API.
 *
 * A package is a record of message name to a text of one field a line:
 *
 *     <JSON name> <protobuf number> <type> [<attribute> ...]
 *
 * The number is a path (`2.13`) where Go embeds a struct: flat in JSON, a nested message in protobuf. 0: not in protobuf.
 *
 * Types: `string bool int32 int64 double bytes` (base64 in JSON), `Quantity IntOrString Time MicroTime RawExtension FieldsV1
 * JSON JSONSchemaPropsOrArray JSONSchemaPropsOrBool JSONSchemaPropsOrStringArray`, `[]T` (list), `{}T` (map of string to T),
 * a message of this package (`PodSpec`) or of another (`meta.v1.ObjectMeta`).
 *
 * Attributes:
 * - `required`            must be present; Go writes it even when it holds the zero value
 * - `default=<JSON>`      the default as OpenAPI publishes it (`""`, `0`, `{}`: only Go's zero value; a real one otherwise)
 * - `omitzero`            a Go value (no pointer) with omitempty: the zero value is dropped when an object is read, also of a list that is `required`
 * - `keepempty`           an empty list is kept when an object is read, where Go tells it from none
 * - `null`                a Go struct (a time), or a pointer without omitempty: written as `null` when it is absent, as are `required` lists and maps
 * - `milli`               amounts of resources, rounded up to thousandths when an object is read
 * - `list=map:k1,k2|set|atomic`, `map=atomic|granular`      what server-side apply may merge
 * - `patch=<strategy>:<mergeKey>`      what a strategic merge patch merges on; strategies are joined by commas
 * - `enum=A|B`, `format=<OpenAPI format>`, `items.default=`, `values.default=`, `values.items.default=`
 *
 * Lines that start with `@` say something of the whole message: `@map atomic`, `@union <JSON>`.
 */
export interface SchemaPackage {
  /** `core.v1`: how other packages refer to it. */
  readonly name: string;
  /** `io.k8s.api.core.v1`: the prefix of its OpenAPI definitions. */
  readonly openapiPrefix: string;
  readonly messages: Readonly<Record<string, string>>;
}

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  | { readonly kind: 'message'; readonly message: string }
  | { readonly kind: 'list'; readonly items: FieldType }
  | { readonly kind: 'map'; readonly values: FieldType };

const SCALARS = [
  'string', 'bool', 'int32', 'int64', 'double', 'bytes', 'Quantity', 'IntOrString', 'Time', 'MicroTime', 'RawExtension', 'FieldsV1',
  'JSON', 'JSONSchemaPropsOrArray', 'JSONSchemaPropsOrBool', 'JSONSchemaPropsOrStringArray',
] as const;
export type ScalarType = (typeof SCALARS)[number];
const scalars: ReadonlySet<string> = new Set(SCALARS);

export interface FieldSchema {
  readonly name: string;
  /** The path of protobuf field numbers; empty when the field is not in the protobuf encoding. */
  readonly numbers: readonly number[];
  readonly type: FieldType;
  readonly required: boolean;
  readonly omitZero: boolean;
  readonly keepsEmpty: boolean;
  readonly isResourceList: boolean;
  /** Written as `null` when absent. */
  readonly nullWhenAbsent: boolean;
  readonly openapiDefault?: unknown;
  readonly itemsDefault?: unknown;
  readonly valuesDefault?: unknown;
  readonly valuesItemsDefault?: unknown;
  readonly listType?: 'map' | 'set' | 'atomic';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  readonly patchStrategies: readonly string[];
  readonly patchMergeKey?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
}

export interface MessageSchema {
  /** `core.v1.PodSpec` */
  readonly name: string;
  /** `io.k8s.api.core.v1.PodSpec` */
  readonly openapiName: string;
  readonly fields: readonly FieldSchema[];
  readonly byName: ReadonlyMap<string, FieldSchema>;
  readonly mapType?: 'atomic';
  readonly unions: readonly unknown[];
}

export function definePackage(name: string, openapiPrefix: string, messages: Record<string, string>): SchemaPackage {
  return { name, openapiPrefix, messages };
}

/** All packages; a message is parsed when it is first asked for. */
export class SchemaRegistry {
  readonly #packages = new Map<string, SchemaPackage>();
  readonly #parsed = new Map<string, MessageSchema>();

  constructor(packages: readonly SchemaPackage[]) {
    for (const one of packages) this.#packages.set(one.name, one);
  }

  get packages(): readonly SchemaPackage[] {
    return [...this.#packages.values()];
  }

  /** The message `core.v1.PodSpec`. Throws RangeError for a name that no package holds. */
  message(name: string): MessageSchema {
    const known = this.#parsed.get(name);
    if (known) return known;
    const dot = name.lastIndexOf('.');
    const owner = this.#packages.get(name.slice(0, dot));
    const text = owner?.messages[name.slice(dot + 1)];
    if (!owner || text === undefined) throw new RangeError(`no message ${name} in the catalogue`);
    const parsed = parseMessage(owner, name.slice(dot + 1), text);
    this.#parsed.set(name, parsed);
    return parsed;
  }

  has(name: string): boolean {
    const dot = name.lastIndexOf('.');
    return this.#packages.get(name.slice(0, dot))?.messages[name.slice(dot + 1)] !== undefined;
  }
}

function parseMessage(owner: SchemaPackage, name: string, text: string): MessageSchema {
  const fields: FieldSchema[] = [];
  const unions: unknown[] = [];
  let mapType: 'atomic' | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    if (line === '@map atomic') mapType = 'atomic';
    else if (line.startsWith('@union ')) unions.push(JSON.parse(line.slice('@union '.length)));
    else fields.push(parseField(owner.name, line));
  }
  return {
    name: `${owner.name}.${name}`,
    openapiName: `${owner.openapiPrefix}.${name}`,
    fields,
    byName: new Map(fields.map((field) => [field.name, field])),
    unions,
    ...(mapType && { mapType }),
  };
}

function parseType(packageName: string, text: string): FieldType {
  if (text.startsWith('[]')) return { kind: 'list', items: parseType(packageName, text.slice(2)) };
  if (text.startsWith('{}')) return { kind: 'map', values: parseType(packageName, text.slice(2)) };
  if (scalars.has(text)) return { kind: 'scalar', scalar: text as ScalarType };
  return { kind: 'message', message: text.includes('.') ? text : `${packageName}.${text}` };
}

function parseField(packageName: string, line: string): FieldSchema {
  const [name, numbers, type, ...attributes] = line.split(' ');
  if (name === undefined || numbers === undefined || type === undefined) throw new SyntaxError(`not a field of a message: ${line}`);
  const field: { -readonly [K in keyof FieldSchema]: FieldSchema[K] } = {
    name,
    numbers: numbers === '0' ? [] : numbers.split('.').map(Number),
    type: parseType(packageName, type),
    required: false,
    omitZero: false,
    keepsEmpty: false,
    isResourceList: false,
    nullWhenAbsent: false,
    patchStrategies: [],
  };
  for (const attribute of attributes) {
    const equals = attribute.indexOf('=');
    const key = equals < 0 ? attribute : attribute.slice(0, equals);
    const value = attribute.slice(equals + 1);
    switch (key) {
      case 'required': field.required = true; break;
      case 'omitzero': field.omitZero = true; break;
      case 'keepempty': field.keepsEmpty = true; break;
      case 'milli': field.isResourceList = true; break;
      case 'null': field.nullWhenAbsent = true; break;
      case 'default': field.openapiDefault = JSON.parse(value); break;
      case 'items.default': field.itemsDefault = JSON.parse(value); break;
      case 'values.default': field.valuesDefault = JSON.parse(value); break;
      case 'values.items.default': field.valuesItemsDefault = JSON.parse(value); break;
      case 'list': {
        const [listType, keys] = value.split(':');
        field.listType = listType as 'map' | 'set' | 'atomic';
        if (keys !== undefined) field.listMapKeys = keys.split(',');
        break;
      }
      case 'map': field.mapType = value as 'atomic' | 'granular'; break;
      case 'patch': {
        const [strategies, mergeKey] = value.split(':');
        field.patchStrategies = strategies ? strategies.split(',') : [];
        if (mergeKey !== undefined) field.patchMergeKey = mergeKey;
        break;
      }
      case 'enum': field.enum = value.split('|'); break;
      case 'format': field.format = value; break;
      default: throw new SyntaxError(`unknown attribute ${key} in: ${line}`);
    }
  }
  return field;
}
