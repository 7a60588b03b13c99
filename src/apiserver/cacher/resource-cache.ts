import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { SortedChunks } from '../../base/sorted-chunks.ts';
import type { Change } from './change.ts';
import type { Entry } from './entry.ts';
import { isSelected, type Selection } from './selection.ts';
import { batchesOf, type Lease, seenAsNew, seenOf, SharedBatches } from './shared-batches.ts';
import { WatchGroup, type WatchForm, type WatchMember } from './watch-group.ts';

/** So many changes are kept in memory for watches that start in the past; older ones come from the store. */
const KEPT_CHANGES = 2048;
/** The same in bytes: of large objects fewer are kept. */
const KEPT_BYTES = 4 << 20;
const REMEMBERED_LISTS = 4;

export type CompletedOnRead = (object: DeepReadonly<KubeObject>) => DeepReadonly<KubeObject> | undefined;

/** So many objects tell how large one is. */
const SAMPLES = 16;

/** All objects of one resource, in the order of their keys, its latest changes, and who watches them. */
export class ResourceCache {
  readonly #byKey = new Map<string, Entry>();
  readonly #sorted = new SortedChunks<Entry>();
  #changes: Change[] = [];
  #changesBytes = 0;
  /** All changes after this revision are in `#changes`. */
  #historyStart: number;
  #lastRevision: number;
  readonly #groups = new Map<string, WatchGroup>();
  /** Groups that see only objects with one value of one field: field, value, groups. */
  readonly #triggered = new Map<string, Map<string, Set<WatchGroup>>>();
  readonly #untriggered = new Set<WatchGroup>();
  readonly #lists = new Map<string, readonly Entry[]>();
  readonly #first = new SharedBatches();
  #isLost = false;
  /** What a stored object is read as, when that is more than what is stored; given with the kind. */
  completedOnRead: CompletedOnRead | undefined;
  /** What an object's trigger field holds; given with the kind. */
  triggerValue: (field: string, entry: Entry) => string = () => '';

  constructor(revision: number) {
    this.#historyStart = revision;
    this.#lastRevision = revision;
  }

  /** The revision of the newest change; of a deletion too. */
  get lastRevision(): number {
    return this.#lastRevision;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** Everything selected, in the order of keys. The same array is given again while nothing has changed. */
  list(selection: Selection): readonly Entry[] {
    const known = this.#lists.get(selection.id);
    if (known) return known;
    const found = this.#find(selection);
    if (this.#lists.size >= REMEMBERED_LISTS) this.#lists.clear();
    this.#lists.set(selection.id, found);
    return found;
  }

  /**
   * At most `limit` selected entries with keys after `after`, and how many keys under the prefix come after the last one looked at. It goes on where there
   * are any, selected or not, but for those that an index knows (`isIndexed`). Source: apiserver pkg/storage/cacher, GetList.
   */
  page(selection: Selection, { after, limit, isIndexed }: { after: string; limit: number; isIndexed: boolean }): { entries: readonly Entry[]; remaining: number; hasMore: boolean } {
    if (selection.key !== undefined && after === '') return { entries: this.#find(selection), remaining: 0, hasMore: false };
    const start = after === '' ? selection.prefix : `${after}\u0000`;
    const end = afterPrefix(selection.prefix);
    const entries: Entry[] = [];
    let remaining = this.#sorted.count(start, end);
    for (const entry of this.#sorted.from(start)) {
      if (entry.key >= end) break;
      const isFull = entries.length >= limit;
      if (isFull && !isIndexed) return { entries, remaining, hasMore: true };
      const isWanted = isSelected(selection, entry);
      if (isFull && isWanted) return { entries, remaining, hasMore: true };
      if (isFull) continue;
      remaining--;
      if (isWanted) entries.push(entry);
    }
    return { entries, remaining, hasMore: false };
  }

  #find(selection: Selection): readonly Entry[] {
    if (selection.key !== undefined) {
      const entry = this.#byKey.get(selection.key);
      return entry && isSelected(selection, entry) ? [entry] : [];
    }
    const part = this.#sorted.slice(selection.prefix, afterPrefix(selection.prefix));
    const { matches } = selection;
    return matches === undefined ? part : part.filter((entry) => matches(entry.object));
  }

  /** Takes objects as they were read at the start, in the order of keys. */
  load(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#byKey.set(entry.key, entry);
      this.#sorted.put(entry);
    }
  }

  /** Takes one change; gives the groups that now wait for a flush. */
  apply(change: Change): readonly WatchGroup[] {
    const key = (change.current ?? change.gone).key;
    if (change.current) {
      this.#byKey.set(key, change.current);
      this.#sorted.put(change.current);
    } else if (this.#byKey.delete(key)) this.#sorted.delete(key);
    this.#lastRevision = change.revision;
    this.#lists.clear();
    this.#remember(change);
    return this.#groups.size === 0 ? [] : this.#candidates(change).filter((group) => group.offer(change));
  }

  #remember(change: Change): void {
    this.#changes.push(change);
    this.#changesBytes += change.bytes;
    if (this.#changes.length <= 2 * KEPT_CHANGES && this.#changesBytes <= 2 * KEPT_BYTES) return;
    let first = this.#changes.length;
    let bytes = 0;
    for (; first > 0 && this.#changes.length - first < KEPT_CHANGES; first--) {
      const more = this.#changes[first - 1]?.bytes ?? 0;
      if (bytes + more > KEPT_BYTES) break;
      bytes += more;
    }
    this.#historyStart = this.#changes[first - 1]?.revision ?? this.#historyStart;
    this.#changes = this.#changes.slice(first);
    this.#changesBytes = bytes;
  }

  #candidates(change: Change): WatchGroup[] {
    const groups = [...this.#untriggered];
    for (const [field, values] of this.#triggered) {
      const now = change.current && this.triggerValue(field, change.current);
      const before = change.previous && this.triggerValue(field, change.previous);
      for (const value of new Set([now, before])) if (value !== undefined) groups.push(...(values.get(value) ?? []));
    }
    return groups;
  }

  /** The changes after `revision`; undefined when the memory does not reach back so far. */
  changesAfter(revision: number): readonly Change[] | undefined {
    if (revision < this.#historyStart) return undefined;
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low);
  }

  /** Everything selected as the first events of a watch; `revision`: up to which this cache has come. */
  state(selection: Selection, revision: number, form: WatchForm): Lease {
    return this.#first.lease(`${selection.id}\u0000${form.id}\u0000${this.#lastRevision}`, (kept) => batchesOf(seenAsNew(this.list(selection)), revision, form, kept));
  }

  /** What a watcher missed that has seen everything up to `from`; undefined when the memory does not reach back so far. */
  missed(selection: Selection, from: number, form: WatchForm): Lease | undefined {
    const changes = this.changesAfter(from);
    return changes && this.#first.lease(`${selection.id}\u0000${form.id}\u0000${from}-${this.#lastRevision}`, (kept) => batchesOf(seenOf(changes, selection), this.#lastRevision, form, kept));
  }

  /** From now on `member` gets every change that `selection` sees, until the answer is disposed. */
  join(member: WatchMember, selection: Selection, form: WatchForm): Disposable {
    const id = `${selection.id}\u0000${form.id}`;
    let group = this.#groups.get(id);
    if (!group) {
      group = new WatchGroup(id, selection, form);
      this.#groups.set(id, group);
      this.#index(group)?.add(group);
    }
    const joined = group;
    joined.members.add(member);
    if (this.#isLost) queueMicrotask(() => member.lost());
    return { [Symbol.dispose]: () => this.#leave(joined, member) };
  }

  #leave(group: WatchGroup, member: WatchMember): void {
    group.members.delete(member);
    if (group.members.size > 0 || this.#groups.get(group.id) !== group) return;
    this.#groups.delete(group.id);
    this.#index(group)?.delete(group);
    const { trigger } = group.selection;
    const values = trigger && this.#triggered.get(trigger.field);
    if (trigger && values?.get(trigger.value)?.size === 0) values.delete(trigger.value);
  }

  #index(group: WatchGroup): Set<WatchGroup> {
    const { trigger } = group.selection;
    if (!trigger) return this.#untriggered;
    let values = this.#triggered.get(trigger.field);
    if (!values) this.#triggered.set(trigger.field, (values = new Map()));
    let groups = values.get(trigger.value);
    if (!groups) values.set(trigger.value, (groups = new Set()));
    return groups;
  }

  /** How large an object is, from a few of them. */
  get averageBytes(): number {
    const some = this.#sorted.sample(SAMPLES);
    let sum = 0;
    for (const { bytes } of some) sum += bytes.length;
    return some.length === 0 ? 0 : sum / some.length;
  }

  get watchers(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.members.size;
    return count;
  }

  /** Another cache has taken its place, or will: tells all watchers that they must start again, those too that come late. */
  lose(): void {
    this.#isLost = true;
    for (const group of this.#groups.values()) for (const member of group.members) member.lost();
  }

  /** Watchers watch again, as the resource is served by then. */
  endWatches(): void {
    for (const group of this.#groups.values()) for (const member of group.members) member.end();
  }
}

/** The first key that no longer begins with `prefix`, which ends in a slash: `0` follows it. */
function afterPrefix(prefix: string): string {
  return `${prefix.slice(0, -1)}0`;
}
