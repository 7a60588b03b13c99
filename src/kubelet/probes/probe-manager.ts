import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, ContainerStatus, Pod, Probe } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { EventRecorder } from '../../client/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import type { ProbeVerdict } from '../pods/plan.ts';
import { podReference } from '../pods/pod-reference.ts';
import { probeTypeName, type ProbeMetrics } from './probe-metrics.ts';
import { afterOutcome, eagerDelayMs, initialState, nextRegularMs, type ProbeState, type ProbeType } from './probe-state.ts';
import { runProbe, type ProbeOutcome } from './run-probe.ts';

interface ProbedContainer {
  readonly pod: DeepReadonly<Pod>;
  readonly container: DeepReadonly<Container>;
  readonly containerId: string;
  readonly podIP: string;
  readonly startedAtMs: number;
  readonly states: Map<ProbeType, ProbeState>;
  readonly stop: AbortController;
}

export interface ProbeManagerOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly metrics: ProbeMetrics;
  /** A verdict changed. */
  readonly onChange: (podUid: string) => void;
}

/** Asks the running containers of the node by their probes and remembers what they say. Results are kept by container ID: a new one starts over. */
export class ProbeManager implements AsyncDisposable {
  readonly #options: ProbeManagerOptions;
  readonly #tasks = new TaskGroup();
  readonly #containers = new Map<string, ProbedContainer>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
  }

  /** Begins with a container that runs; harmless when it has begun. `before`: what the API said, so that a restart of the kubelet unreadies nothing. */
  watch(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, running: { id: string; startedAtMs: number; podIP: string }, before: DeepReadonly<ContainerStatus> | undefined): void {
    if (this.#containers.has(running.id)) return;
    const states = new Map<ProbeType, ProbeState>();
    const wasThis = before?.containerID?.endsWith(running.id) === true;
    if (container.startupProbe) states.set('startup', wasThis && before?.started ? { verdict: 'success', last: 'success', inARow: 1 } : initialState('startup'));
    if (container.readinessProbe) states.set('readiness', wasThis && before?.ready ? { ...initialState('readiness'), verdict: 'success' } : initialState('readiness'));
    if (container.livenessProbe) states.set('liveness', initialState('liveness'));
    if (states.size === 0) return;
    const probed: ProbedContainer = { pod, container, containerId: running.id, podIP: running.podIP, startedAtMs: running.startedAtMs, states, stop: new AbortController() };
    this.#containers.set(running.id, probed);
    this.#tasks.run((signal) => this.#run(probed, AbortSignal.any([signal, probed.stop.signal])));
  }

  /** Stops what is asked of a pod's containers other than `keep`. */
  unwatch(podUid: string, keep: ReadonlySet<string> = new Set()): void {
    for (const [id, { pod, stop }] of this.#containers) {
      if (pod.metadata.uid !== podUid || keep.has(id)) continue;
      stop.abort();
      this.#containers.delete(id);
    }
  }

  /** A pod that ends is not killed for its liveness, but still says whether it is ready. */
  unwatchForTermination(podUid: string): void {
    for (const { pod, states } of this.#containers.values()) {
      if (pod.metadata.uid !== podUid) continue;
      states.delete('liveness');
      states.delete('startup');
    }
  }

  verdict(container: DeepReadonly<Container>, containerId: string): ProbeVerdict & { readonly ready: boolean } {
    const states = this.#containers.get(containerId)?.states;
    const startup = states?.get('startup')?.verdict ?? (container.startupProbe ? 'unknown' : 'success');
    const started = startup === 'success';
    const readiness = states?.get('readiness')?.verdict ?? (container.readinessProbe ? 'failure' : 'success');
    const failed = startup === 'failure' ? 'startup' : states?.get('liveness')?.verdict === 'failure' ? 'liveness' : undefined;
    return { started, ready: started && readiness === 'success', ...(failed && { failed }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
    this.#containers.clear();
  }

  async #run(probed: ProbedContainer, signal: AbortSignal): Promise<void> {
    try {
      if (probed.states.get('startup') && probed.states.get('startup')?.verdict !== 'success') await this.#loop(probed, 'startup', probed.container.startupProbe, signal);
      await Promise.all([
        this.#loop(probed, 'readiness', probed.container.readinessProbe, signal),
        this.#loop(probed, 'liveness', probed.container.livenessProbe, signal),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      for (const type of ['startup', 'readiness', 'liveness'] as const) this.#options.metrics.forget(probed, type);
    }
  }

  /** A startup probe ends with its verdict; a failed one of the others goes on until the container is gone. */
  async #loop(probed: ProbedContainer, type: ProbeType, probe: DeepReadonly<Probe> | undefined, signal: AbortSignal): Promise<void> {
    if (!probe) return;
    const { clock } = this.#options;
    const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
    await clock.sleep(probed.startedAtMs + initialDelaySeconds * 1000 - clock.now(), signal);
    let eager = 0;
    let regularAtMs = clock.monotonic();
    while (!signal.aborted) {
      const state = probed.states.get(type);
      if (!state) return;
      const isRegular = clock.monotonic() >= regularAtMs;
      const outcome = await this.#ask(probed, type, probe, signal);
      const failedEarly = outcome.result === 'failure' && state.last !== 'success' && !isRegular;
      if (!failedEarly && outcome.result !== 'unknown') this.#note(probed, type, state, outcome, { successThreshold, failureThreshold });
      if (type === 'startup' && probed.states.get(type)?.verdict !== 'unknown') return;
      if (isRegular) regularAtMs = nextRegularMs(regularAtMs, periodSeconds * 1000, clock.monotonic());
      const delayMs = outcome.result === 'failure' && state.last !== 'success' ? eagerDelayMs(type, eager++, periodSeconds * 1000) : undefined;
      const regularMs = regularAtMs - clock.monotonic();
      await clock.sleep(Math.max(0, delayMs === undefined ? regularMs : Math.min(delayMs, regularMs)), signal);
    }
  }

  async #ask(probed: ProbedContainer, type: ProbeType, probe: DeepReadonly<Probe>, signal: AbortSignal): Promise<ProbeOutcome> {
    const { runtime, clock, events, metrics } = this.#options;
    const { pod, container, containerId, podIP } = probed;
    const startedMs = clock.monotonic();
    const outcome = await runProbe(probe, { container, containerId, podIP, runtime, clock }, signal);
    const about = podReference(pod, container.name);
    const name = probeTypeName(type);
    if (outcome.result !== 'unknown') metrics.observe(probed, type, outcome.result === 'failure' ? 'failure' : 'success', (clock.monotonic() - startedMs) / 1000);
    if (outcome.result === 'unknown') events.warning(about, 'Unhealthy', `${name} probe errored and resulted in unknown state: ${outcome.output}`);
    if (outcome.result === 'failure') events.warning(about, 'Unhealthy', `${name} probe failed: ${outcome.output}`);
    if (outcome.result === 'warning') events.warning(about, 'ProbeWarning', `${name} probe warning: ${outcome.output}`);
    return outcome;
  }

  #note(probed: ProbedContainer, type: ProbeType, state: ProbeState, outcome: ProbeOutcome, thresholds: { successThreshold: number; failureThreshold: number }): void {
    if (!probed.states.has(type)) return;
    const next = afterOutcome(state, outcome, thresholds);
    probed.states.set(type, next);
    if (next.verdict !== state.verdict) this.#options.onChange(probed.pod.metadata.uid);
  }
}
