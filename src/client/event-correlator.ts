import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Event, ObjectReference } from '../api/generated/core-v1.ts';

/** What a component wants to say of an object. */
export interface Occurrence {
  readonly about: DeepReadonly<ObjectReference>;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** `create` an Event, or `patch` the one that said the same before. */
export type Correlated = { readonly action: 'create' | 'patch'; readonly key: string; readonly message: string; readonly previous: DeepReadonly<Event> | undefined };

const CACHE_ENTRIES = 4096;
const SIMILAR_MAX = 10;
const SIMILAR_WITHIN_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_MS_PER_EVENT = 300_000;

/**
 * Keeps components from drowning a cluster in events. Equal ones raise a count; more than ten that differ in their message only, within ten
 * minutes, become one; of one object and reason there are at most 25 and then one in five minutes. Source: client-go tools/record,
 * EventCorrelator; there all reasons of an object share the 25, and a probe that fails each second leaves none to say that the pod was evicted.
 */
export class EventCorrelator {
  readonly #similar = new Map<string, { readonly messages: Set<string>; lastMs: number }>();
  readonly #written = new Map<string, DeepReadonly<Event>>();
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  /** undefined: say nothing. */
  correlate(occurrence: Occurrence, nowMs: number): Correlated | undefined {
    const { about, type, reason } = occurrence;
    const object = [about.kind, about.namespace, about.name, about.uid, about.apiVersion];
    if (!this.#hasToken([...object, reason].join('\0'), nowMs)) return undefined;
    const similarKey = [...object, about.fieldPath, type, reason].join('\0');
    const isCombined = this.#isOneTooMany(similarKey, occurrence.message, nowMs);
    const message = isCombined ? `(combined from similar events): ${occurrence.message}` : occurrence.message;
    const key = isCombined ? similarKey : `${similarKey}\0${message}`;
    const previous = this.#written.get(key);
    return { action: previous ? 'patch' : 'create', key, message, previous };
  }

  /** What the server now holds for the key; undefined: nothing any more. */
  remember(key: string, event: DeepReadonly<Event> | undefined): void {
    if (event) touch(this.#written, key, event);
    else this.#written.delete(key);
  }

  #isOneTooMany(key: string, message: string, nowMs: number): boolean {
    const known = this.#similar.get(key);
    const record = known && nowMs - known.lastMs <= SIMILAR_WITHIN_MS ? known : { messages: new Set<string>(), lastMs: nowMs };
    record.lastMs = nowMs;
    touch(this.#similar, key, record);
    if (record.messages.size < SIMILAR_MAX || record.messages.has(message)) {
      record.messages.add(message);
      return record.messages.size >= SIMILAR_MAX;
    }
    return true;
  }

  #hasToken(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: SPAM_BURST, atMs: nowMs };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (nowMs - bucket.atMs) / SPAM_MS_PER_EVENT);
    bucket.atMs = nowMs;
    touch(this.#buckets, key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

/** Sets the entry as the newest, and lets go of the oldest beyond the cache's size. */
function touch<V>(cache: Map<string, V>, key: string, value: V): void {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size <= CACHE_ENTRIES) return;
  for (const oldest of cache.keys()) {
    cache.delete(oldest);
    return;
  }
}
