import type { DeepReadonly, ManagedFieldsEntry } from '../meta.ts';
import { formatTime, isCanonicalTime, parseTime } from '../time.ts';
import { emptySet, isEmptySet, union, type FieldSet } from './field-set.ts';
import { sharedSets } from './shared-sets.ts';

/** What one manager owns, by one kind of operation through one subresource. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
}

/** All managers of an object by identifier: an applier is the same in every version. */
export type Managers = Map<string, Manager>;

/** More managers by update than this share one entry for the oldest. Source: apimachinery pkg/util/managedfields, DefaultMaxUpdateManagers. */
const MAX_UPDATE_MANAGERS = 10;
const OLD_UPDATES = 'ancient-changes';

export function identifierOf(manager: Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const version = manager.operation === 'Apply' ? '' : manager.apiVersion;
  return `${manager.operation}\u0000${version}\u0000${manager.subresource}\u0000${manager.name}`;
}

/** Reads metadata.managedFields; undefined when an entry cannot be understood. */
export function readManagers(entries: DeepReadonly<ManagedFieldsEntry[]> | null | undefined): Managers | undefined {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const { operation } = entry;
    if ((operation !== 'Apply' && operation !== 'Update') || !entry.apiVersion || entry.fieldsType !== 'FieldsV1' || !isFieldSet(entry.fieldsV1 ?? emptySet)) return undefined;
    const manager: Manager = {
      name: entry.manager ?? '',
      operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time,
      set: (entry.fieldsV1 ?? emptySet) as FieldSet,
    };
    managers.set(identifierOf(manager), manager);
  }
  return managers;
}

/** Sets that have been looked at, or were made here. They are never changed, and most writes hand them on as they are. */
const wellFormed = new WeakSet<object>();

/** What clients send may be anything: only well-formed paths may come near the sets. */
function isFieldSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (wellFormed.has(value)) return true;
  if (!hasElements(value)) return false;
  wellFormed.add(value);
  return true;
}

function hasElements(value: object): boolean {
  for (const [key, child] of Object.entries(value)) {
    if (key !== '.' && !isElement(key)) return false;
    if (typeof child !== 'object' || child === null || Array.isArray(child) || !hasElements(child)) return false;
  }
  return true;
}

function isElement(key: string): boolean {
  if (key.startsWith('f:')) return true;
  if (!key.startsWith('k:') && !key.startsWith('v:') && !key.startsWith('i:')) return false;
  try {
    const value: unknown = JSON.parse(key.slice(2));
    return !key.startsWith('k:') || (typeof value === 'object' && value !== null && !Array.isArray(value));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The entries of metadata.managedFields in Kubernetes' order; undefined for none. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  const sorted = [...managers.values()].sort(compareManagers);
  return sorted.map(entryOf);
}

/** Field by field: a write makes one for each of its managers. */
function entryOf({ name, operation, apiVersion, time, set, subresource }: Manager): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {};
  if (name !== '') entry.manager = name;
  entry.operation = operation;
  entry.apiVersion = apiVersion;
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = sharedOf(set) as Record<string, unknown>;
  if (subresource !== '') entry.subresource = subresource;
  return entry;
}

/** A set that went through here is one for all objects that have an equal one. */
function sharedOf(set: FieldSet): FieldSet {
  const shared = sharedSets.share(set);
  wellFormed.add(shared);
  return shared;
}

function secondsOf(manager: Manager): number {
  return manager.time === undefined ? 0 : Math.floor(parseTime(manager.time) / 1000);
}

/** Those that the server has written stand in the order of their texts. */
function compareTimes(a: Manager, b: Manager): number {
  if (a.time === b.time) return 0;
  if (a.time !== undefined && b.time !== undefined && isCanonicalTime(a.time) && isCanonicalTime(b.time)) return a.time < b.time ? -1 : 1;
  return secondsOf(a) - secondsOf(b);
}

function compareManagers(a: Manager, b: Manager): number {
  if (a.operation !== b.operation) return a.operation < b.operation ? -1 : 1;
  const seconds = compareTimes(a, b);
  if (seconds !== 0) return seconds;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.apiVersion !== b.apiVersion) return a.apiVersion < b.apiVersion ? -1 : 1;
  return a.subresource < b.subresource ? -1 : 1;
}

/** Gives `manager` the set, with the time of now. */
export function record(managers: Managers, manager: Omit<Manager, 'time'>, nowMs: number): void {
  managers.set(identifierOf(manager), { ...manager, time: formatTime(nowMs) });
}

/** Merges the oldest updates into one entry a version when there are too many. Source: apimachinery pkg/util/managedfields/internal/capmanagers.go. */
export function capUpdateManagers(managers: Managers): void {
  const updaters = [...managers].filter(([, one]) => one.operation === 'Update');
  let excess = updaters.length - MAX_UPDATE_MANAGERS;
  if (excess <= 0) return;
  updaters.sort(([, a], [, b]) => secondsOf(a) - secondsOf(b) || compareIdentifiers(a, b));
  const firstOfVersion = new Map<string, string>();
  for (const [id, one] of updaters) {
    if (excess <= 0) return;
    const first = firstOfVersion.get(one.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(one.apiVersion, id);
      continue;
    }
    const bucket = { name: OLD_UPDATES, operation: 'Update', apiVersion: one.apiVersion, subresource: '' } as const;
    const bucketId = identifierOf(bucket);
    const kept = managers.get(bucketId) ?? managers.get(first);
    // An entry from before stays the one that is added to; else the first becomes it.
    if (!managers.has(bucketId)) managers.delete(first);
    managers.delete(id);
    managers.set(bucketId, { ...bucket, time: one.time, set: union(one.set, kept?.set ?? emptySet) });
    excess--;
  }
}

/** In the order of what identifies them, as JSON. */
export function compareIdentifiers(a: Manager, b: Manager): number {
  const [left, right] = [a, b].map((one) => JSON.stringify({
    manager: one.name || undefined, operation: one.operation, apiVersion: one.operation === 'Apply' ? undefined : one.apiVersion, subresource: one.subresource || undefined,
  })) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Takes managers away that own nothing any more. */
export function dropEmpty(managers: Managers): void {
  for (const [id, one] of managers) if (isEmptySet(one.set)) managers.delete(id);
}
