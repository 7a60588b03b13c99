/** A custom resource definition as a kind, so that everything that serves kinds serves it. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { defineKind } from '../../api/define-kind.ts';
import { changesAndSpec } from '../../api/update-orders.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';
import type { KindDefinition, KindVersion, RequestVersion, ScaleStrategy } from '../../api/kind.ts';
import { compareVersions } from '../discovery/api-groups.ts';
import { resourceType } from './apply-type.ts';
import { compileJsonPath } from './json-path.ts';
import type { Convert } from './conversion-webhook.ts';
import { VersionConversion } from './version-conversion.ts';
import { printerColumns } from './printer-columns.ts';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { applyDefaults } from '../../api/apiextensions/defaulting.ts';
import { decodeMetadata, readEmbeddedObjects, unknownMetadata } from '../../api/apiextensions/metadata.ts';
import { dropNulls, prune } from '../../api/apiextensions/pruning.ts';
import { schemaInUse, VersionView } from './version-view.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

type CustomObject = KubeObject & JsonObject;

function decodeWith(schema: JSONSchemaProps): (value: unknown) => { object: KubeObject; unknown: string[] } {
  return (value) => {
    const object = (isObject(value) ? value : {}) as CustomObject;
    const unknown: string[] = [];
    prune(object, schema, unknown, '', true);
    unknown.sort();
    dropNulls(object, schema);
    readEmbeddedObjects(object, schema, unknown);
    unknown.push(...unknownMetadata(object['metadata']));
    object.metadata = decodeMetadata(object['metadata']) as unknown as KubeObject['metadata'];
    return { object, unknown };
  };
}

function kindVersion(definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion, storage: CustomResourceDefinitionVersion, conversion: VersionConversion): KindVersion {
  const schema = schemaInUse(version);
  const apiVersionOf = (one: CustomResourceDefinitionVersion): string => `${definition.spec.group}/${one.name}`;
  const toStorage = conversion.of(apiVersionOf(storage)).fromStorage;
  // Of a definition that never changed everything is stored as its one schema has it: the stored bytes are the answer.
  const mayDiffer = definition.spec.versions.length > 1 || (definition.metadata.generation ?? 1) > 1;
  return {
    version: version.name, message: '',
    ...(version !== storage && { columns: printerColumns(version.additionalPrinterColumns) }),
    fieldLabels: Object.fromEntries((version.selectableFields ?? []).map(({ jsonPath }) => [labelOf(jsonPath), labelOf(jsonPath)])),
    ...(version.deprecated && { deprecation: version.deprecationWarning ?? deprecationText(definition, version.name) }),
    lacks: new Set((['status', 'scale'] as const).filter((name) => version.subresources?.[name] === undefined)),
    ...scaleOfVersion(version),
    custom: { decode: decodeWith(schema), applyType: resourceType(schema) },
    default: (object) => applyDefaults(object as CustomObject, schema),
    ...(mayDiffer && conversion.of(apiVersionOf(version))),
    ...(version !== storage && toStorage && { toStorage }),
  };
}

function scaleOfVersion({ subresources }: CustomResourceDefinitionVersion): { readonly scale?: ScaleStrategy } {
  const scale = subresources?.scale;
  if (!scale) return {};
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return { scale: { specReplicasPath, statusReplicasPath, version: 'v1', ...(labelSelectorPath !== undefined && { selectorPath: labelSelectorPath }) } };
}

/** Names the newest version that is better, if there is one. */
function deprecationText({ spec: { group, names, versions } }: CustomResourceDefinition, deprecated: string): string {
  const better = versions.filter(({ name, served, deprecated: isOld }) => served && !isOld && compareVersions(name, deprecated) < 0).map(({ name }) => name).sort(compareVersions)[0];
  const text = `${group}/${deprecated} ${names.kind} is deprecated`;
  return better === undefined ? text : `${text}; use ${group}/${better} ${names.kind}`;
}

const STATUS = 'status';

function withoutMetadata(object: DeepReadonly<KubeObject>, withoutStatus: boolean): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'metadata' && key !== 'apiVersion' && !(withoutStatus && key === STATUS)));
}

function takeStatus(object: CustomObject, status: unknown): void {
  if (status === undefined) delete object[STATUS];
  else object[STATUS] = structuredClone(status);
}

/** A definition whose names have been accepted, as a kind. Versions that are not served are left out, unless they store. */
export function customKind(definition: CustomResourceDefinition, convert?: Convert): KindDefinition {
  const { spec, status } = definition;
  const storage = spec.versions.find((version) => version.storage) ?? spec.versions[0];
  if (!storage) throw new RangeError(`definition ${definition.metadata.name} has no version`);
  const conversion = new VersionConversion(convert, new Map(spec.versions.map((version) => [`${spec.group}/${version.name}`, schemaInUse(version)])));
  const names = status.acceptedNames;
  const schema = schemaInUse(storage);
  /** Through the other versions the status is a field like others. */
  const withStatus = new Set(spec.versions.filter((version) => version.subresources?.status !== undefined).map(({ name }) => name));
  const hasStatus = withStatus.size > 0;
  const scaled = [storage, ...spec.versions].find((version) => version.subresources?.scale);
  const views = new Map<string, VersionView>();
  /** An object is judged as the request has it. What a webhook converts is judged as it is stored. */
  const viewOf = (name: string): VersionView => {
    const version = (convert ? undefined : spec.versions.find((one) => one.name === name)) ?? storage;
    const view = views.get(version.name) ?? new VersionView(definition, version);
    views.set(version.name, view);
    return view;
  };
  return defineKind<CustomObject>({
    allowUnconditionalUpdate: false,
    updateRules: changesAndSpec,
    group: spec.group, kind: names.kind, resource: names.plural, singular: names.singular ?? names.kind.toLowerCase(), listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [], categories: names.categories ?? [], namespaced: spec.scope === 'Namespaced',
    versions: spec.versions.filter((version) => version.served || version === storage).map((version) => kindVersion(definition, version, storage, conversion)),
    storageVersion: storage.name,
    hasGeneration: true,
    generationOf: (object, version) => withoutMetadata(viewOf(version).of(object), withStatus.has(version)),
    subresources: {
      ...(hasStatus && { status: { prepareForUpdate: keepAllButStatus, validateUpdate: (object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject>, errors: FieldErrors, { version }: RequestVersion) => viewOf(version).judgeStatus(object, old, errors) } }),
      ...(scaled && scaleOfVersion(scaled)),
    },
    ...(hasStatus && { resetFields: { '': [STATUS], status: ['metadata', ...Object.keys(schema.properties ?? {}).filter((name) => name !== STATUS)] } }),
    prepareForCreate(object, { version }) {
      if (withStatus.has(version)) takeStatus(object, undefined);
    },
    prepareForUpdate(object, old, { version }) {
      if (withStatus.has(version)) takeStatus(object, (old as JsonObject)[STATUS]);
    },
    validateCreate: (object, errors, { version }) => viewOf(version).judge(object, undefined, errors),
    validateUpdate: (object, old, errors, { version }) => viewOf(version).judge(object, old, errors),
    warnings: finalizerWarnings,
    selectableFields: Object.fromEntries(spec.versions.flatMap((version) => version.selectableFields ?? []).map(({ jsonPath }) => {
      const find = compileJsonPath(jsonPath);
      return [labelOf(jsonPath), (object: DeepReadonly<KubeObject>) => fieldText(find?.(object)[0])];
    })),
    columns: printerColumns(storage.additionalPrinterColumns),
  });
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion']);

/** Of the finalizers that a write adds. */
function finalizerWarnings({ metadata }: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject> | undefined): string[] {
  const added = new Set(metadata.finalizers?.filter((name) => !old?.metadata.finalizers?.includes(name)));
  const unqualified = [...added].sort().filter((name) => !name.includes('/') && !STANDARD_FINALIZERS.has(name));
  return unqualified.map((name) => `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`);
}

/** Through the status subresource nothing else of a custom object changes, not even its labels. */
function keepAllButStatus(object: KubeObject, old: DeepReadonly<KubeObject>): void {
  const { managedFields } = object.metadata;
  const status = (object as CustomObject)[STATUS];
  for (const key of Object.keys(object)) delete (object as CustomObject)[key];
  Object.assign(object, structuredClone(old));
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = managedFields;
  takeStatus(object as CustomObject, status);
}

/** A path in an object as field selectors name it. */
function labelOf(jsonPath: string): string {
  return jsonPath.replace(/^\./, '');
}

function fieldText(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : stringifyWhole(value);
}

/** Whether two definitions serve the same: nothing needs to be registered anew. */
export function servesSame(a: DeepReadonly<CustomResourceDefinition>, b: DeepReadonly<CustomResourceDefinition>): boolean {
  return isDeepStrictEqual(a.spec, b.spec) && isDeepStrictEqual(a.status.acceptedNames, b.status.acceptedNames);
}

