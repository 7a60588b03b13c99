import type { DeepReadonly, KubeObject, ManagedFieldsEntry } from '../meta.ts';
import { getOwn, isObject, jsonEqual } from '../patch/json.ts';
import { badRequest, failure } from '../status.ts';
import type { ApplyType } from './apply-type.ts';
import { compare, fieldSetOf, type Comparison } from './compare.ts';
import { conflictError, type Conflict } from './conflicts.ts';
import { difference, emptySet, type FieldSet, intersection, isEmptySet, recursiveDifference, setOfFields, union } from './field-set.ts';
import { lastAppliedSet, withLastApplied } from './last-applied.ts';
import { capUpdateManagers, dropEmpty, identifierOf, readManagers, record, writeManagers, type Manager, type Managers } from './managers.ts';
import type { ManagedKind, ManagedWrite } from './managed-kind.ts';
import { mergeTyped } from './merge.ts';
import { prune } from './prune.ts';
import { reconcileWithSchema } from './reconcile-schema.ts';
import { SetsByShape } from './sets-by-shape.ts';
import { sharedSets } from './shared-sets.ts';
import { problemText, typedProblems } from './typed-check.ts';

/** What no manager owns. Source: apimachinery pkg/util/managedfields/internal/stripmeta.go. */
const NEVER_OWNED = setOfFields([
  ['apiVersion'], ['kind'], ['metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((name) => ['metadata', name]),
]);
const BEFORE_FIRST_APPLY = 'before-first-apply';

/**
 * The managedFields of an object written by POST, PUT or a patch other than apply, to be computed after defaults and before admission; `object.metadata.managedFields`
 * is what the client sent, and is taken in account as Kubernetes does (`[{}]` resets, nothing keeps). Undefined: none. A write without effect gives the very list
 * of `live`. Source: apimachinery pkg/util/managedfields.
 */
export function updateManagedFields(kind: ManagedKind, object: DeepReadonly<KubeObject>, write: ManagedWrite): ManagedFieldsEntry[] | undefined {
  const { live } = write;
  const sent = object.metadata.managedFields;
  const kept = live?.metadata.managedFields;
  if (write.subresource === '' && live && isReset(sent)) return undefined;
  if (!live && (!sent?.length || isReset(sent))) return managersOfNew(kind, object, write);
  const fromSent = write.subresource === '' && sent && sent.length > 0 ? readManagers(sent) : undefined;
  const managers = fromSent && fromSent.size > 0 ? fromSent : readManagers(kept) ?? new Map<string, Manager>();
  if (managers.size === 0 && live?.metadata.uid) return undefined; // never tracked: stays so until somebody applies
  const isChanged = takeOver(kind, managers, live ?? (kind.emptyObject as DeepReadonly<KubeObject>), object, write);
  if (!isChanged && (managers.size === 0 || !fromSent || jsonEqual(sent, kept))) return managers.size === 0 ? undefined : kept as ManagedFieldsEntry[] | undefined;
  return writeManagers(managers);
}

const setsByKind = new WeakMap<ManagedKind, SetsByShape>();

/** Of a new object all that it sets is its creator's. */
function managersOfNew(kind: ManagedKind, object: DeepReadonly<KubeObject>, { manager, subresource, nowMs }: ManagedWrite): ManagedFieldsEntry[] | undefined {
  const type = kind.typeOf(kind.apiVersion);
  if (!type) return undefined;
  let sets = setsByKind.get(kind);
  if (!sets) setsByKind.set(kind, (sets = new SetsByShape()));
  let set = sets.find(object);
  if (!set) {
    const { modified, added } = compareOutside(type, kind.emptyObject, object, kind.resetFields);
    set = sharedSets.share(difference(union(modified, added), NEVER_OWNED));
    sets.add(type, kind.emptyObject, object, set);
  }
  if (isEmptySet(set)) return undefined;
  const managers: Managers = new Map();
  record(managers, { name: manager, operation: 'Update', apiVersion: kind.apiVersion, subresource, set }, nowMs);
  return writeManagers(managers);
}

/** How two objects differ in what is not `ignored`. */
function compareOutside(type: ApplyType, before: object, after: object, ignored: FieldSet): Comparison {
  const { added, modified, removed } = compare(type, before, after, ignored);
  return { added: recursiveDifference(added, ignored), modified: recursiveDifference(modified, ignored), removed: recursiveDifference(removed, ignored) };
}

function isReset(entries: DeepReadonly<ManagedFieldsEntry[]> | undefined): boolean {
  return entries?.length === 1 && Object.keys(entries[0] as object).length === 0;
}

/** Makes what is owned fit the schema as it is by now. Tells whether that changed anything. */
function reconcile(kind: ManagedKind, managers: Managers): boolean {
  if (!kind.hasChangingSchema) return false;
  let isChanged = false;
  for (const [id, one] of managers) {
    const type = kind.typeOf(one.apiVersion);
    const set = type ? reconcileWithSchema(type, one.set) : one.set;
    if (set === one.set) continue;
    managers.set(id, { ...one, set });
    isChanged = true;
  }
  return isChanged;
}

/** Gives the writer what it changed and takes it from the others. Tells whether anything changed hands. */
function takeOver(kind: ManagedKind, managers: Managers, live: DeepReadonly<KubeObject>, object: DeepReadonly<KubeObject>, write: Omit<ManagedWrite, 'live'>): boolean {
  const comparisons = new Comparisons(kind, live, object);
  const changes = comparisons.in(kind.apiVersion);
  if (!changes) return false;
  const isReconciled = reconcile(kind, managers);
  const self: Omit<Manager, 'time' | 'set'> = { name: write.manager, operation: 'Update', apiVersion: kind.apiVersion, subresource: write.subresource };
  const id = identifierOf(self);
  const owned = managers.get(id)?.set;
  const wasDropped = releaseChanged(managers, comparisons, undefined).isChanged;
  const taken = difference(union(changes.modified, changes.added), NEVER_OWNED);
  if (isEmptySet(taken)) return wasDropped || isReconciled;
  const set = union(taken, managers.get(id)?.set ?? emptySet);
  // Who writes the same fields again owns the very set of before, which is known to be well-formed and shared.
  record(managers, { ...self, set: owned && jsonEqual(set, owned) ? owned : set }, write.nowMs);
  capUpdateManagers(managers);
  return true;
}

/** How two states of an object differ, in each version that somebody owns fields in. */
class Comparisons {
  readonly #kind: ManagedKind;
  readonly #before: DeepReadonly<KubeObject>;
  readonly #after: DeepReadonly<KubeObject>;
  readonly #known = new Map<string, Comparison | undefined>();

  constructor(kind: ManagedKind, before: DeepReadonly<KubeObject>, after: DeepReadonly<KubeObject>) {
    this.#kind = kind;
    this.#before = before;
    this.#after = after;
  }

  in(apiVersion: string): Comparison | undefined {
    if (this.#known.has(apiVersion)) return this.#known.get(apiVersion);
    const comparison = this.#compare(apiVersion);
    this.#known.set(apiVersion, comparison);
    return comparison;
  }

  #compare(apiVersion: string): Comparison | undefined {
    const kind = this.#kind;
    const type = kind.typeOf(apiVersion);
    if (!type) return undefined;
    const isSame = apiVersion === kind.apiVersion;
    const before = isSame ? this.#before : kind.toVersion(this.#before, apiVersion);
    const after = isSame ? this.#after : kind.toVersion(this.#after, apiVersion);
    return compareOutside(type, before, after, kind.resetFields);
  }
}

/** Takes from every manager but `except` what changed. */
function releaseChanged(managers: Managers, comparisons: Comparisons, except: string | undefined): { isChanged: boolean; conflicts: Conflict[] } {
  let isChanged = false;
  const conflicts: Conflict[] = [];
  for (const [id, one] of managers) {
    if (id === except) continue;
    const changes = comparisons.in(one.apiVersion);
    if (!changes) {
      managers.delete(id);
      isChanged = true;
      continue;
    }
    const lost = intersection(one.set, union(changes.modified, changes.added));
    if (!isEmptySet(lost)) conflicts.push({ manager: one, set: lost });
    else if (isEmptySet(changes.removed)) continue;
    const set = difference(difference(one.set, lost), changes.removed);
    if (jsonEqual(set, one.set)) continue;
    isChanged = true;
    managers.set(id, { ...one, set });
  }
  dropEmpty(managers);
  return { isChanged, conflicts };
}

export interface Applied {
  /** What is to be stored, with its managedFields: to be decoded and defaulted, for it holds what the client applied as it stood. */
  readonly object: KubeObject;
  /** Nothing but managedFields may differ from what is stored. */
  readonly isNoop: boolean;
}

/**
 * Merges an applied configuration into what is stored. Throws StatusError: 400 for another kind or with managedFields, 409 with a cause a conflict, and, as Kubernetes does, 500 for
 * a configuration that does not fit its type.
 */
export function applyConfiguration(kind: ManagedKind, applied: DeepReadonly<KubeObject>, write: ManagedWrite & { readonly force: boolean }): Applied {
  const type = kind.typeOf(kind.apiVersion);
  if (!type) throw new RangeError(`no type of ${kind.kind} in ${kind.apiVersion}`);
  checkApplied(kind, type, applied);
  const live = write.live ?? (kind.emptyObject as DeepReadonly<KubeObject>);
  const managers = readManagers(write.live?.metadata.managedFields) ?? new Map<string, Manager>();
  if (managers.size === 0 && write.live) {
    takeOver(kind, managers, kind.emptyObject as DeepReadonly<KubeObject>, live, { manager: BEFORE_FIRST_APPLY, subresource: write.subresource, nowMs: write.nowMs });
  }
  const self: Omit<Manager, 'set' | 'time'> = { name: write.manager, operation: 'Apply', apiVersion: kind.apiVersion, subresource: write.subresource };
  const id = identifierOf(self);
  reconcile(kind, managers);
  const last = managers.get(id);
  const set = recursiveDifference(fieldSetOf(type, applied), kind.resetFields);
  managers.set(id, { ...self, set, time: last?.time });
  const bare = withoutManagedFields(live);
  const merged = prune({ kind, type, merged: mergeTyped(type, bare, applied), managers, last });
  const comparisons = new Comparisons(kind, bare, merged);
  const forgiven = write.manager === 'kubectl' && !write.force ? lastAppliedSet(type, live) : emptySet;
  const { conflicts } = releaseChanged(managers, comparisons, id);
  const open = conflicts.map((one) => ({ ...one, set: difference(one.set, forgiven) })).filter((one) => !isEmptySet(one.set));
  if (open.length > 0 && !write.force) throw conflictError(open);
  const isNoop = jsonEqual(bare, merged);
  stripOwn(managers, id, isNoop ? undefined : write.nowMs);
  const result = withLastApplied(write.manager, applied, isNoop ? bare : merged);
  return { object: withManagedFields(result, writeManagers(managers)), isNoop };
}

function checkApplied(kind: ManagedKind, type: ApplyType, applied: DeepReadonly<KubeObject>): void {
  // What is no text counts as not given, as Go reads it.
  const [apiVersion, appliedKind] = [applied.apiVersion as unknown, applied.kind as unknown].map((one) => (typeof one === 'string' ? one : ''));
  if (apiVersion !== kind.apiVersion || appliedKind !== kind.kind) {
    throw badRequest(`invalid object type: ${qualifiedKind(apiVersion ?? '', appliedKind ?? '')}`);
  }
  const metadata: unknown = applied.metadata;
  const sent = isObject(metadata) ? getOwn(metadata, 'managedFields') : undefined;
  if (sent !== undefined && sent !== null) throw badRequest('metadata.managedFields must be nil');
  const problems = typedProblems(type, applied);
  if (problems.length === 0) return;
  const [namespace, name] = ['namespace', 'name'].map((field) => (isObject(metadata) ? getOwn(metadata, field) : undefined)).map((one) => (typeof one === 'string' ? one : ''));
  throw failure(500, '', `failed to create typed patch object (${namespace}/${name}; ${qualifiedKind(apiVersion, kind.kind)}): ${problemText(problems)}`);
}

function qualifiedKind(apiVersion: string, kind: string): string {
  const parts = apiVersion.split('/').length;
  if (parts > 2) return '/, Kind='; // no version at all, as Go reads it
  return `${parts === 2 ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function stripOwn(managers: Managers, id: string, nowMs: number | undefined): void {
  const own = managers.get(id);
  if (!own) return;
  const set = difference(own.set, NEVER_OWNED);
  if (isEmptySet(set)) managers.delete(id);
  else if (nowMs === undefined) managers.set(id, { ...own, set });
  else record(managers, { ...own, set }, nowMs);
}

function withoutManagedFields(object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> {
  if (!isObject(object.metadata) || object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagedFields(object: DeepReadonly<KubeObject>, entries: ManagedFieldsEntry[] | undefined): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...(entries && { managedFields: entries }) } } as KubeObject;
}
