import type { Clock } from '../base/clock.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import type { ClusterEvent } from './cluster-event.ts';
import type { Plugin } from './framework.ts';
import { priorityOf } from './priority.ts';

interface Waiting {
  readonly key: string;
  pod: DeepReadonly<Pod>;
  /** How often it was tried in vain. */
  attempts: number;
  /** When it came, monotonic milliseconds: of equal priorities the oldest goes first. */
  readonly since: number;
  readonly order: number;
  /** Not before this, monotonic milliseconds. */
  notBefore: number;
  state: 'active' | 'backoff' | 'unschedulable' | 'in-flight';
  /** Who turned it away; empty: an error did, any event wakes it. */
  refusedBy: ReadonlySet<Plugin>;
  unschedulableSince: number;
}

/** Pods that no event woke are tried again after this long. */
const MAX_UNSCHEDULABLE_MS = 300_000;

/**
 * The pods that wait for a node: those to be tried now, by priority and age; those that failed and wait a little; and those that wait for
 * something to happen in the cluster. Source: KEP-624, "scheduling queue"; "podInitialBackoffSeconds".
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #pods = new Map<string, Waiting>();
  readonly #active = new PriorityHeap();
  /** Those not active, by state, so that an event looks at no more than it may concern. */
  readonly #unschedulable = new Set<Waiting>();
  readonly #backOff = new Set<Waiting>();
  #order = 0;

  readonly #initialBackoffMs: number;
  readonly #maxBackoffMs: number;

  constructor(clock: Clock, { initialBackoffMs = 1000, maxBackoffMs = 10_000 }: { readonly initialBackoffMs?: number; readonly maxBackoffMs?: number } = {}) {
    this.#clock = clock;
    this.#initialBackoffMs = initialBackoffMs;
    this.#maxBackoffMs = maxBackoffMs;
  }

  get size(): number {
    return this.#pods.size;
  }

  /** A pod to be scheduled appeared or changed. */
  set(key: string, pod: DeepReadonly<Pod>): void {
    const known = this.#pods.get(key);
    if (!known) {
      const now = this.#clock.monotonic();
      const waiting: Waiting = {
        key, pod, attempts: 0, since: now, order: this.#order++, notBefore: now, state: 'active', refusedBy: new Set(), unschedulableSince: 0,
      };
      this.#pods.set(key, waiting);
      this.#active.push(waiting);
      return;
    }
    const hasChanged = isAnother(known.pod, pod);
    known.pod = pod;
    if (hasChanged && known.state === 'unschedulable') this.#wake(known);
  }

  delete(key: string): void {
    const known = this.#pods.get(key);
    if (!known) return;
    this.#pods.delete(key);
    if (known.state === 'active') this.#active.remove(known);
    for (const set of [this.#unschedulable, this.#backOff]) set.delete(known);
  }

  /**
   * The next pod to try; it is in flight until `fail`, `hold` or `delete`. When no other is to be tried, one that has only to wait its time out goes: but not after an error, which time
   * is to heal. Source: KEP-5142.
   */
  pop(): { key: string; pod: DeepReadonly<Pod> } | undefined {
    const next = this.#active.pop() ?? this.#earliestAwakened();
    if (!next) return undefined;
    this.#backOff.delete(next);
    next.state = 'in-flight';
    return { key: next.key, pod: next.pod };
  }

  #earliestAwakened(): Waiting | undefined {
    let earliest: Waiting | undefined;
    for (const waiting of this.#backOff) if (waiting.refusedBy.size > 0 && (!earliest || isDueBefore(waiting, earliest))) earliest = waiting;
    return earliest;
  }

  /** The pod in flight found no node. `refusedBy` empty: trying failed for another reason. */
  fail(key: string, refusedBy: ReadonlySet<Plugin>): void {
    const known = this.#pods.get(key);
    if (!known || known.state !== 'in-flight') return;
    known.attempts++;
    known.notBefore = this.#clock.monotonic() + Math.min(this.#initialBackoffMs * 2 ** (known.attempts - 1), this.#maxBackoffMs);
    this.#park(known, refusedBy);
    if (refusedBy.size === 0) this.#wake(known);
  }

  /** The pod in flight is not to be tried yet, by what `plugin` says: that counts as no attempt. */
  hold(key: string, plugin: Plugin): void {
    const known = this.#pods.get(key);
    if (known?.state === 'in-flight') this.#park(known, new Set([plugin]));
  }

  #park(waiting: Waiting, refusedBy: ReadonlySet<Plugin>): void {
    waiting.refusedBy = refusedBy;
    waiting.unschedulableSince = this.#clock.monotonic();
    waiting.state = 'unschedulable';
    this.#unschedulable.add(waiting);
  }

  /** Something happened that may let waiting pods through. */
  happened(event: ClusterEvent): void {
    for (const waiting of this.#unschedulable) if (isAwaited(waiting, event)) this.#wake(waiting);
  }

  #wake(waiting: Waiting): void {
    this.#unschedulable.delete(waiting);
    if (this.#clock.monotonic() < waiting.notBefore) {
      waiting.state = 'backoff';
      this.#backOff.add(waiting);
      return;
    }
    this.#activate(waiting);
  }

  #activate(waiting: Waiting): void {
    this.#unschedulable.delete(waiting);
    this.#backOff.delete(waiting);
    waiting.state = 'active';
    this.#active.push(waiting);
  }

  /** Moves pods whose wait is over to the active ones. Gives the milliseconds until the next one is due; undefined when none waits. */
  moveDue(): number | undefined {
    const now = this.#clock.monotonic();
    let soonest: number | undefined;
    for (const waiting of [...this.#backOff, ...this.#unschedulable]) {
      const due = waiting.state === 'backoff' ? waiting.notBefore : waiting.unschedulableSince + MAX_UNSCHEDULABLE_MS;
      if (due <= now) this.#activate(waiting);
      else soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, due - now);
    }
    return soonest;
  }
}

function isAwaited({ pod, refusedBy }: Waiting, event: ClusterEvent): boolean {
  for (const plugin of refusedBy) if (plugin.wakesOn.includes(event.kind) && plugin.mayHelp?.(pod, event) !== false) return true;
  return false;
}

/** Whether something has changed of a pod that waits which matters to its scheduling. */
function isAnother(before: DeepReadonly<Pod>, after: DeepReadonly<Pod>): boolean {
  if (before.metadata.generation !== after.metadata.generation) return true;
  // A claim was made for the pod from its template.
  if (before.status.resourceClaimStatuses?.length !== after.status.resourceClaimStatuses?.length) return true;
  return JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels);
}

/** Those whose time is up within the same second go by their rank. */
function isDueBefore(one: Waiting, other: Waiting): boolean {
  const bySecond = Math.floor(one.notBefore / 1000) - Math.floor(other.notBefore / 1000);
  return bySecond === 0 ? isBefore(one, other) : bySecond < 0;
}

function isBefore(one: Waiting, other: Waiting): boolean {
  const byPriority = priorityOf(one.pod) - priorityOf(other.pod);
  if (byPriority !== 0) return byPriority > 0;
  return one.since !== other.since ? one.since < other.since : one.order < other.order;
}

/** A binary heap: the highest priority first, then the oldest. */
class PriorityHeap {
  readonly #items: Waiting[] = [];

  push(item: Waiting): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1);
  }

  pop(): Waiting | undefined {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (first && last && first !== last) {
      this.#items[0] = last;
      this.#sink(0);
    }
    return first;
  }

  remove(item: Waiting): void {
    const index = this.#items.indexOf(item);
    if (index < 0) return;
    const last = this.#items.pop();
    if (!last || last === item) return;
    this.#items[index] = last;
    this.#rise(index);
    this.#sink(this.#items.indexOf(last));
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const [one, other] = [this.#items[child], this.#items[first]];
        if (one && other && isBefore(one, other)) first = child;
      }
      if (first === at) return;
      this.#swapIfBefore(first, at);
      at = first;
    }
  }

  #swapIfBefore(one: number, other: number): boolean {
    const [a, b] = [this.#items[one], this.#items[other]];
    if (!a || !b || !isBefore(a, b)) return false;
    this.#items[one] = b;
    this.#items[other] = a;
    return true;
  }
}
