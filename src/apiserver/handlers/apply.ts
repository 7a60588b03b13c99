import { applyConfiguration } from '../../apimachinery/apply/field-manager.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts';
import { jsonEqual } from '../../apimachinery/patch/json.ts';
import { jsonKind } from '../../apimachinery/schema/decode-error.ts';
import { badRequest, conflict } from '../../apimachinery/status.ts';
import { holdsJson } from '../../api/json-kinds.ts';
import type { Answer } from '../answer.ts';
import { parseYaml } from '../encoding/yaml.ts';
import { decodeValue, readBytes } from '../registry/body.ts';
import { managedKindOf } from '../registry/managed-fields.ts';
import type { WriteOptions } from '../registry/options.ts';
import { defaulted, inVersion, type ServedResource } from '../registry/served-resource.ts';
import { strategyOf } from '../registry/subresource-strategy.ts';
import { updateObject } from '../registry/update.ts';
import type { Registry, WriteContext } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { checkName, checkNamespace, optionsObject, targetOf, writeContext, type WriteTargetOptions } from './write-target.ts';

/** Server-side apply: merges what the client declares into what is there, or creates it. */
export async function apply(request: ApiRequest, resource: ServedResource, registry: Registry, options: WriteTargetOptions & { write: WriteOptions }): Promise<Answer> {
  const { form, subresource, write } = options;
  const { applied, duplicates } = await readConfiguration(request, resource.version.custom !== undefined || holdsJson(resource.version.message));
  const { name } = request.info;
  const context = writeContext(registry, request, resource, { dryRun: write.dryRun, options: optionsObject('UpdateOptions', write), subresource });
  const strategy = options.strategy ?? strategyOf(resource, subresource);
  const merge = (old: DeepReadonly<KubeObject> | undefined): KubeObject => merged(context, { applied, duplicates }, old, write);
  const { entry, created } = await updateObject(context, {
    name, checksUid: false, ...(strategy && { strategy }),
    transform: (old) => {
      const object = defaulted(resource, merge(old));
      return object instanceof Promise ? object.then((made) => keepTimes(made, old)) : keepTimes(object, old);
    },
    ...(subresource === '' && { create: () => newObject(context, applied, merge(undefined)) }),
  });
  return { status: created ? 201 : 200, type: 'entry', entry, resource, form };
}

/** What applying changed nothing of but when it was done, as in what it holds that is empty, is as it was. */
function keepTimes(object: KubeObject, old: DeepReadonly<KubeObject>): KubeObject {
  const [entries, before] = [object.metadata.managedFields ?? [], old.metadata.managedFields ?? []];
  const isSame = entries.length > 0 && entries.length === before.length && entries.every((entry, i) => jsonEqual({ ...entry, time: '' }, { ...before[i], time: '' }));
  if (!isSame || !jsonEqual(withEntries(object, before), old)) return object;
  return withEntries(object, before) as KubeObject;
}

function withEntries(object: DeepReadonly<KubeObject>, managedFields: DeepReadonly<ManagedFieldsEntry[]>): DeepReadonly<KubeObject> {
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

function newObject(context: WriteContext, applied: KubeObject, object: KubeObject): KubeObject {
  const { uid } = applied.metadata;
  if (uid) {
    const ref = { group: context.resource.group, resource: context.resource.kind.resource };
    throw conflict(ref, object.metadata.name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
  }
  delete (object.metadata as Partial<KubeObject['metadata']>).resourceVersion;
  return object;
}

export interface Configuration {
  readonly applied: KubeObject;
  /** Of keys that a map has twice. */
  readonly duplicates: readonly string[];
}

/** `isWhole`: with whole numbers of 64 bits. */
export async function readConfiguration(request: ApiRequest, isWhole: boolean): Promise<Configuration> {
  const body = await readBytes(request);
  const { value: given, duplicates } = Buffer.isBuffer(body) ? parseConfiguration(body, isWhole) : { value: body.object, duplicates: [] };
  const value = given ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`);
  }
  request.audit?.requestObject(value);
  const object = value as KubeObject;
  object.metadata ??= {} as KubeObject['metadata'];
  return { applied: object, duplicates };
}

function parseConfiguration(body: Buffer, isWhole: boolean): { value: unknown; duplicates: string[] } {
  try {
    return parseYaml(body.toString('utf8'), isWhole);
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Refused under Strict, and warned of, each by itself, unless they are to be ignored. */
export function checkDuplicates(duplicates: readonly string[], { fieldValidation }: WriteOptions, { warnings }: Pick<ApiRequest, 'warnings'>): void {
  if (duplicates.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`);
  warnings.push(...duplicates.filter((one) => !warnings.includes(one))); // which an attempt that lost a race has told of already
}

function merged(context: WriteContext, { applied, duplicates }: Configuration, old: DeepReadonly<KubeObject> | undefined, write: WriteOptions): KubeObject {
  const { registry, resource, subresource, request } = context;
  const { name } = request.info;
  const kind = managedKindOf(registry.resources, resource, subresource);
  const live = old && inVersion(resource, old as KubeObject);
  const { object } = applyConfiguration(kind, applied, { live, manager: write.fieldManager, subresource, nowMs: registry.clock.now(), force: write.force ?? false });
  checkDuplicates(duplicates, write, request);
  const decoded = decodeValue(copyOf(object as DeepReadonly<KubeObject>), targetOf(resource), { validation: 'Ignore', request, text: undefined });
  checkNamespace(decoded, resource, context.namespace);
  checkName(decoded, name);
  return decoded;
}
