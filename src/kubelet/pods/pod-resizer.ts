import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { runtimeErrorText } from '../../runtime/index.ts';
import { MemoryDecreaseError, checkMemoryDecrease, type MemoryUsage } from '../allocation/memory-decrease.ts';
import { resizeMessage } from '../allocation/resize-events.ts';
import { WHOLE_POD, withResources } from '../allocation/resources-of-pod.ts';
import { CONTAINER_NAME, POD_UID } from '../containers/labels.ts';
import { containerResources } from '../containers/resources.ts';
import type { NodeEnvironment } from './node-environment.ts';
import { podReference } from './pod-reference.ts';
import { containersNamed, type PodRuntime } from './pod-runtime.ts';

export type ResizeOutcome = 'nothing to do' | 'done' | 'failed';

/** Gives the running containers of one pod, and its control group, what they are allocated now; tells of it in events. Those that must start anew for it get it then. */
export class PodResizer {
  readonly #node: NodeEnvironment;
  #startedGeneration: number | undefined;
  #toldError: string | undefined;

  constructor(node: NodeEnvironment) {
    this.#node = node;
  }

  /** What fails is to be tried again; the pod's status says why. */
  async resize(pod: DeepReadonly<Pod>, runtime: PodRuntime, signal: AbortSignal): Promise<ResizeOutcome> {
    const { allocation, cgroups, events } = this.#node;
    const { generation = 0 } = pod.metadata;
    const names = allocation.toActuate(pod);
    if (names.length === 0) return 'nothing to do';
    await allocation.saved();
    if (this.#startedGeneration !== generation) events.normal(podReference(pod), 'ResizeStarted', resizeMessage('started', pod));
    this.#startedGeneration = generation;
    try {
      await this.#checkMemory(pod, names, signal);
      const change = (): Promise<void> => this.#resizeContainers(pod, runtime, names, signal);
      await (cgroups ? cgroups.updatePod(pod, change) : change());
    } catch (error) {
      if (signal.aborted) throw error;
      this.#tellError(pod, error instanceof MemoryDecreaseError ? error.message : runtimeErrorText(error));
      return 'failed';
    }
    allocation.setActuated(pod, WHOLE_POD);
    this.#toldError = undefined;
    events.normal(podReference(pod), 'ResizeCompleted', resizeMessage('completed', pod));
    await allocation.saved();
    return 'done';
  }

  async #resizeContainers(pod: DeepReadonly<Pod>, runtime: PodRuntime, names: readonly string[], signal: AbortSignal): Promise<void> {
    const { allocation, machine } = this.#node;
    for (const spec of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
      const isResized = names.includes(spec.name);
      // Containers without limits of their own have those of their pod.
      if (!isResized && !names.includes(WHOLE_POD)) continue;
      const running = containersNamed(runtime, spec.name).find(({ state }) => state === 'CONTAINER_RUNNING');
      if (!running) continue;
      if (!isResized || !allocation.needsRestart(pod, spec)) await this.#node.runtime.updateContainerResources(running.id, containerResources(pod, spec, machine), signal);
      if (isResized) allocation.setActuated(pod, spec.name);
    }
  }

  async #checkMemory(pod: DeepReadonly<Pod>, names: readonly string[], signal: AbortSignal): Promise<void> {
    const { allocation } = this.#node;
    const { uid } = pod.metadata;
    const before = new Map([...names, WHOLE_POD].flatMap((name) => {
      const actuated = allocation.actuated(uid, name);
      return actuated ? [[name, actuated] as const] : [];
    }));
    const specs = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].filter(({ name }) => names.includes(name));
    const kept = specs.filter((spec) => !allocation.needsRestart(pod, spec)).map(({ name }) => name);
    await checkMemoryDecrease(withResources(pod, before), pod, kept, () => this.#memoryUsage(uid, signal));
  }

  async #memoryUsage(uid: string, signal: AbortSignal): Promise<MemoryUsage> {
    const stats = await this.#node.runtime.listContainerStats({ labelSelector: { [POD_UID]: uid } }, signal);
    return new Map(stats.map(({ attributes, memory }) => [attributes.labels[CONTAINER_NAME] ?? attributes.metadata.name, memory?.usageBytes ?? memory?.workingSetBytes ?? 0]));
  }

  #tellError(pod: DeepReadonly<Pod>, message: string): void {
    const { allocation, events } = this.#node;
    allocation.setResizeError(pod.metadata.uid, message);
    if (this.#toldError !== message) events.warning(podReference(pod), 'ResizeError', resizeMessage('error', pod, message));
    this.#toldError = message;
  }
}
