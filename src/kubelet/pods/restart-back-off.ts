import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';

/** Source: "Container restarts": ten seconds, doubled up to five minutes, forgotten after ten minutes without a problem. */
const INITIAL_MS = 10_000;
const MAX_BACK_OFF_MS = 300_000;
const RESET_AFTER_MS = 600_000;

interface Entry {
  readonly backOffMs: number;
  readonly lastMs: number;
}

/** How long the restarts of a node's containers, or its image pulls, are held back. Kept in memory only, as a kubelet does. */
export class RestartBackOff {
  readonly #entries = new Map<string, Entry>();

  /** When the one that ended at `endedMs` may start again; undefined: at once. */
  heldUntil(key: string, endedMs: number): { readonly untilMs: number; readonly backOffMs: number } | undefined {
    const entry = this.#entries.get(key);
    if (!entry || endedMs - entry.lastMs > RESET_AFTER_MS) return undefined;
    return { untilMs: endedMs + entry.backOffMs, backOffMs: entry.backOffMs };
  }

  /** What ended at `endedMs` is started again at `nowMs`: next time it waits longer, unless it had run well. */
  next(key: string, nowMs: number, endedMs: number = nowMs): void {
    const entry = this.#entries.get(key);
    const fresh = !entry || endedMs - entry.lastMs > RESET_AFTER_MS;
    this.#entries.set(key, { backOffMs: fresh ? INITIAL_MS : Math.min(entry.backOffMs * 2, MAX_BACK_OFF_MS), lastMs: nowMs });
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}

/** A changed image starts without a wait. */
export function restartKey(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): string {
  return `${pod.metadata.uid}/${container.name}/${container.image ?? ''}`;
}

/** `10s`, `1m20s`, `5m0s`: as Go prints durations. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours}h${minutes % 60}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}

/** `345ms`, `1.2s`, `1m2.5s`: as Go prints durations that are cut to milliseconds. */
export function shortDurationText(ms: number): string {
  const whole = Math.floor(ms);
  if (whole === 0) return '0s';
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
