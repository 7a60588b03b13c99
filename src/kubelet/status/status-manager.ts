import { pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Pod, PodStatus } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { Client } from '../../client/index.ts';
import { isStaticPod } from '../pods/static-pod.ts';
import { PASSING } from './pod-status.ts';
import { podStatusPatch } from './status-patch.ts';

const RETRY_MS = 1000;

interface Entry {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** What the API has, as far as we know. */
  written: DeepReadonly<PodStatus>;
  /** The resourceVersion that `written` is of. */
  revision: number;
  wanted: PodStatus | undefined;
  isWriting: boolean;
  idle: PromiseWithResolvers<void> | undefined;
  /** A pod that the API only shows: its status goes to its mirror, when there is one. */
  readonly isStatic: boolean;
  mirrorUid: string | undefined;
  last: PodStatus | undefined;
}

/** Writes the statuses of pods as patches: one at a time a pod, the newest only, at once. */
export class StatusManager implements AsyncDisposable {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #tasks = new TaskGroup();
  readonly #entries = new Map<string, Entry>();

  constructor(options: { client: Client; clock: Clock; logger: Logger }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** A newer state of the pod was seen: others may have written conditions. Gives whether somebody has overwritten what is this node's to say. */
  observe(pod: DeepReadonly<Pod>): boolean {
    const entry = this.#entry(pod);
    const revision = Number(pod.metadata.resourceVersion);
    if (revision <= entry.revision) return false;
    entry.written = pod.status ?? {};
    entry.revision = revision;
    if (!entry.last || entry.wanted || entry.isStatic) return false;
    return podStatusPatch(entry.uid, entry.written, keepingOthers(entry.written, entry.last)) !== undefined;
  }

  /** What the API has of the pod, with what is about to be written. */
  latest(pod: DeepReadonly<Pod>): DeepReadonly<PodStatus> {
    const { written, wanted, isStatic, last } = this.#entry(pod);
    if (isStatic && last) return last;
    if (!wanted) return written;
    return keepingOthers(written, wanted);
  }

  /** The mirror of a static pod was seen, or is gone. */
  setMirror(staticUid: string, mirror: DeepReadonly<Pod> | undefined): void {
    const entry = this.#entries.get(staticUid);
    if (!entry || entry.mirrorUid === mirror?.metadata.uid) return;
    entry.mirrorUid = mirror?.metadata.uid;
    if (!mirror || !entry.last) return;
    entry.written = mirror.status ?? {};
    entry.wanted = entry.last;
    if (!entry.isWriting) this.#tasks.run((signal) => this.#write(entry, signal));
  }

  set(pod: DeepReadonly<Pod>, status: PodStatus): void {
    const entry = this.#entry(pod);
    entry.last = status;
    if (entry.isStatic && entry.mirrorUid === undefined) return;
    entry.wanted = status;
    if (!entry.isWriting) this.#tasks.run((signal) => this.#write(entry, signal));
  }

  /** Resolves once everything that was set is written, or the pod is gone. */
  async flush(uid: string, signal: AbortSignal): Promise<void> {
    const entry = this.#entries.get(uid);
    if (!entry?.isWriting && !entry?.wanted) return;
    entry.idle ??= Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([entry.idle.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  forget(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    entry.wanted = undefined;
    this.#entries.delete(uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
  }

  #entry(pod: DeepReadonly<Pod>): Entry {
    const { uid, name, namespace = '', resourceVersion } = pod.metadata;
    let entry = this.#entries.get(uid);
    if (!entry) {
      entry = { namespace, name, uid, written: pod.status ?? {}, revision: Number(resourceVersion) || 0, wanted: undefined, isWriting: false, idle: undefined, isStatic: isStaticPod(pod), mirrorUid: undefined, last: undefined };
      this.#entries.set(uid, entry);
    }
    return entry;
  }

  async #write(entry: Entry, signal: AbortSignal): Promise<void> {
    entry.isWriting = true;
    try {
      while (entry.wanted) {
        const wanted = entry.wanted;
        const done = await this.#writeOnce(entry, wanted, signal);
        if (done && entry.wanted === wanted) entry.wanted = undefined;
        if (!done) await this.#clock.sleep(RETRY_MS, signal);
      }
    } finally {
      entry.isWriting = false;
      entry.idle?.resolve();
      entry.idle = undefined;
    }
  }

  /** Whether there is nothing more to do for `wanted`. */
  async #writeOnce(entry: Entry, wanted: PodStatus, signal: AbortSignal): Promise<boolean> {
    const patch = podStatusPatch(entry.mirrorUid ?? entry.uid, entry.written, keepingOthers(entry.written, wanted));
    if (!patch) return true;
    try {
      const pod = await this.#client.resource(pods, entry.namespace).patchStatus(entry.name, { type: 'strategic', patch }, { signal });
      const revision = Number(pod.metadata.resourceVersion);
      // Somebody has written over it before its answer came: once more.
      if (entry.revision > revision) return podStatusPatch(entry.mirrorUid ?? entry.uid, entry.written, keepingOthers(entry.written, wanted)) === undefined;
      entry.written = pod.status ?? {};
      entry.revision = revision;
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      // Gone, or another pod of the same name is there: nobody wants this status any more.
      if (hasReason(error, 'NotFound', 'Conflict', 'Invalid')) {
        this.#logger.debug('a status was not wanted', { pod: `${entry.namespace}/${entry.name}`, error: error.message });
        return true;
      }
      this.#logger.warn('writing the status of a pod failed', { pod: `${entry.namespace}/${entry.name}`, error: (error as Error).message });
      return false;
    }
  }
}

/** Conditions that came from others since `wanted` was computed stay. */
function keepingOthers(written: DeepReadonly<PodStatus>, wanted: PodStatus): DeepReadonly<PodStatus> {
  const others = (written.conditions ?? []).filter(({ type }) => !PASSING.has(type) && !wanted.conditions?.some((condition) => condition.type === type));
  return { ...wanted, conditions: [...(wanted.conditions ?? []), ...others] };
}
