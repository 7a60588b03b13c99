import { events } from '../api/refs.ts';
import type { DeepReadonly, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { apiVersionOf } from '../apimachinery/meta.ts';
import { hasReason, StatusError } from '../apimachinery/status.ts';
import type { Event, ObjectReference } from '../api/generated/core-v1.ts';
import type { Clock } from '../base/clock.ts';
import { TaskGroup } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from './client.ts';
import type { Correlated, Occurrence } from './event-correlator.ts';
import { EventCorrelator } from './event-correlator.ts';
import { TransportError } from './transport.ts';

export interface EventRecorderOptions {
  readonly client: Client;
  /** Who speaks: `deployment-controller`, `kubelet`. */
  readonly component: string;
  /** The node, for those who speak from one. */
  readonly host?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const MAX_WAITING = 1000;
const MAX_TRIES = 12;
const RETRY_MS = 10_000;
/** Refusals of a server that is busy or not ready: waited out as if it could not be reached. */
const PASSING = ['TooManyRequests', 'ServiceUnavailable', 'Timeout', 'ServerTimeout'] as const;

/** How an event names its object. Objects in lists do not say their own kind, so the resource does. */
export function referenceTo(ref: Pick<ResourceRef, 'group' | 'version' | 'kind'>, object: DeepReadonly<KubeObject>, fieldPath?: string): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return { apiVersion: apiVersionOf(ref), kind: ref.kind, name, ...(namespace && { namespace }), uid, resourceVersion, ...(fieldPath && { fieldPath }) };
}

/** Writes Events beside the work that they tell of: `record` returns at once, an event that cannot be written is let go. */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #logger: Logger;
  readonly #correlator = new EventCorrelator();
  readonly #waiting: Occurrence[] = [];
  readonly #tasks = new TaskGroup();
  #isWriting = false;
  #isDropping = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#logger = options.logger;
  }

  normal(about: DeepReadonly<ObjectReference>, reason: string, message: string): void {
    this.record({ about, type: 'Normal', reason, message });
  }

  warning(about: DeepReadonly<ObjectReference>, reason: string, message: string): void {
    this.record({ about, type: 'Warning', reason, message });
  }

  record(occurrence: Occurrence): void {
    if (this.#waiting.length >= MAX_WAITING) return this.#drop(occurrence);
    this.#waiting.push(occurrence);
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#tasks.run((signal) => this.#writeAll(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
  }

  /** Where one is dropped many are: it is said once for all of them. */
  #drop({ reason }: Occurrence): void {
    if (!this.#isDropping) this.#logger.warn('too many events wait, some are dropped', { reason });
    this.#isDropping = true;
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        const correlated = this.#correlator.correlate(next, this.#options.clock.now());
        if (correlated) await this.#write(next, correlated, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#logger.error('an event could not be written', { reason: next.reason, error }); // a bug, over which the later ones are not to be lost
      }
    }
    this.#isWriting = false;
    this.#isDropping = false;
  }

  async #write(occurrence: Occurrence, correlated: Correlated, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      try {
        const event = correlated.previous ? await this.#raiseCount(correlated.previous, correlated.message, signal) : await this.#create(occurrence, correlated.message, signal);
        return this.#correlator.remember(correlated.key, event);
      } catch (error) {
        if (hasReason(error, 'NotFound') && correlated.previous) {
          correlated = { ...correlated, action: 'create', previous: undefined }; // the server has forgotten it
          continue;
        }
        const isPassing = error instanceof TransportError || hasReason(error, ...PASSING);
        if (!isPassing && StatusError.is(error)) return this.#logger.debug('an event was refused', { error: error.message });
        if (!isPassing) throw error;
        await this.#options.clock.sleep(RETRY_MS * (attempt === 1 ? this.#options.random.next() : 1), signal);
      }
    }
  }

  #create(occurrence: Occurrence, message: string, signal: AbortSignal): Promise<DeepReadonly<Event>> {
    const { client, clock, random, component, host } = this.#options;
    const { about, type, reason } = occurrence;
    const namespace = about.namespace || 'default';
    const nowMs = clock.now();
    const nanoseconds = BigInt(nowMs) * 1_000_000n + BigInt(random.below(1_000_000));
    const at = seconds(nowMs);
    const event = {
      metadata: { name: `${about.name}.${nanoseconds.toString(16)}`, namespace },
      involvedObject: { ...about },
      reason,
      message,
      source: { component, ...(host && { host }) },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    return client.resource(events, namespace).create(event, { signal });
  }

  #raiseCount(previous: DeepReadonly<Event>, message: string, signal: AbortSignal): Promise<DeepReadonly<Event>> {
    const { client, clock } = this.#options;
    const { name, namespace } = previous.metadata;
    const patch = { count: (previous.count ?? 0) + 1, lastTimestamp: seconds(clock.now()), message };
    return client.resource(events, namespace).patch(name, { type: 'strategic', patch }, { signal });
  }
}

/** RFC 3339 with whole seconds, as the API writes times. */
function seconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
