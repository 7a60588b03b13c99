import type { Pod } from '../api/generated/core-v1.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';

interface Entry {
  readonly delayMs: number;
  readonly lastMs: number;
}

const MAX_ENTRIES = 10_000;

/**
 * How long a pod that failed stays before it is replaced: the first time not at all, then twice as long each time, so that a node that refuses it is not
 * asked without pause. Forgotten by what has not failed for twice the longest delay. Source: pkg/controller/daemon, failedPodsBackoff.
 */
export class FailedPodBackOff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor({ firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number }) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** In how many ms what failed under `key` may be replaced; undefined: now, and that is counted. */
  heldMs(key: string, nowMs: number): number | undefined {
    const entry = this.#entries.get(key);
    const leftMs = entry ? entry.lastMs + entry.delayMs - nowMs : 0;
    if (leftMs > 0) return leftMs;
    const isFresh = !entry || nowMs - entry.lastMs > 2 * this.#maxMs;
    if (this.#entries.size >= MAX_ENTRIES) for (const [other, { lastMs }] of this.#entries) if (nowMs - lastMs > 2 * this.#maxMs) this.#entries.delete(other);
    this.#entries.set(key, { delayMs: isFresh ? this.#firstMs : Math.min(entry.delayMs * 2, this.#maxMs), lastMs: nowMs });
    return undefined;
  }
}

/** A node refused the pod: it failed, and never had a container. */
export function isRefused({ status }: DeepReadonly<Pod>): boolean {
  return status.phase === 'Failed' && (status.containerStatuses ?? []).length === 0 && (status.initContainerStatuses ?? []).length === 0;
}
