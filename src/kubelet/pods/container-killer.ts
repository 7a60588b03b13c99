import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, ObjectReference, Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { isAbort } from '../../base/lifecycle.ts';
import type { EventRecorder } from '../../client/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { runHook } from '../lifecycle/hooks.ts';
import { tellOfHttpFallback } from '../lifecycle/http-fallback.ts';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import { isSidecar } from './plan.ts';
import { containerNameOf, type PodRuntime, type RuntimeContainer } from './pod-runtime.ts';

/** A container always gets this long to stop, even when its hook took all of the grace period. Source: kuberuntime, minimumGracePeriodInSeconds. */
const MIN_GRACE_SECONDS = 2;

export interface KillerOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly metrics: KubeletMetrics;
}

export interface KillRequest {
  readonly pod: DeepReadonly<Pod>;
  readonly container: RuntimeContainer;
  readonly about: ObjectReference;
  readonly podIP: string;
  readonly graceSeconds: number;
  /** For the event; says only that it stops when empty. */
  readonly message?: string;
  /** Resolves when others have stopped that need this one; it is waited for after its hook, as long as the grace lasts. */
  readonly turn?: Promise<unknown>;
}

/** Stops containers as they wish: their hook first, then the signal, then force. */
export class ContainerKiller {
  readonly #options: KillerOptions;

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  /** Resolves when the container has stopped. */
  async kill(request: KillRequest, signal: AbortSignal): Promise<void> {
    const { runtime, clock, events } = this.#options;
    const { container, graceSeconds, message, turn } = request;
    const name = containerNameOf(container);
    events.normal(request.about, 'Killing', message || `Stopping container ${name}`);
    const startedMs = clock.monotonic();
    if (graceSeconds > 0) await this.#preStop(request, name, signal);
    const left = (): number => graceSeconds - (clock.monotonic() - startedMs) / 1000;
    if (turn && left() > 0) await this.#within(left() * 1000, turn);
    // No grace at all is what a forced deletion asks for.
    await runtime.stopContainer(container.id, graceSeconds <= 0 ? 0 : Math.max(left(), MIN_GRACE_SECONDS), signal);
  }

  async #within(ms: number, turn: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _limit = this.#options.clock.after(ms, resolve);
    await Promise.race([turn, promise]);
  }

  async #preStop({ pod, container, about, podIP, graceSeconds }: KillRequest, name: string, signal: AbortSignal): Promise<void> {
    const { runtime, clock, events } = this.#options;
    const spec = specOf(pod, name);
    const handler = spec?.lifecycle?.preStop;
    if (!spec || !handler) return;
    const timedOut = new AbortController();
    using _limit = clock.after(graceSeconds * 1000, () => timedOut.abort());
    try {
      await runHook({ handler, pod, container: spec, containerId: container.id, podIP, runtime, clock, onHttpFallback: tellOfHttpFallback(this.#options, pod), signal: AbortSignal.any([signal, timedOut.signal]) });
    } catch (error) {
      if (isAbort(error, signal)) throw error;
      if (!timedOut.signal.aborted) events.warning(about, 'FailedPreStopHook', 'PreStopHook failed');
    }
  }

  /**
   * Stops everything of a pod within `graceSeconds`: the hooks of all run at once, then its containers stop together, then its sidecars, the last one
   * first. Source: KEP-753, "PreStop hooks"; kuberuntime, terminationOrdering.
   */
  async killAll(pod: DeepReadonly<Pod>, runtime: PodRuntime, graceSeconds: number, request: Pick<KillRequest, 'podIP'> & { about: (name: string) => ObjectReference }, signal: AbortSignal): Promise<void> {
    const running = runtime.containers.filter(({ state }) => state === 'CONTAINER_RUNNING' || state === 'CONTAINER_UNKNOWN');
    const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    const stop = (container: RuntimeContainer, turn?: Promise<unknown>): Promise<void> =>
      this.kill({ pod, container, about: request.about(containerNameOf(container)), podIP: request.podIP, graceSeconds, ...(turn && { turn }) }, signal);
    const stops = running.filter((container) => !sidecars.includes(containerNameOf(container))).map((container) => stop(container));
    for (const name of sidecars.toReversed()) {
      const before = Promise.allSettled(stops);
      stops.push(...running.filter((container) => containerNameOf(container) === name).map((container) => stop(container, before)));
    }
    await Promise.all(stops);
  }
}

function specOf(pod: DeepReadonly<Pod>, name: string): DeepReadonly<Container> | undefined {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((container) => container.name === name);
}
