import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Container, Pod } from '../api/generated/core-v1.ts';
import { podAmounts, resourcesOf, type Resources } from '../component-helpers/resources.ts';

export interface ScoredRequests {
  /** Thousandths of a CPU. */
  readonly milliCpu: number;
  /** Bytes. */
  readonly memory: number;
}

/** The least that a container is taken to use of what it does not name, for scores only (not for fit). */
const LEAST = { cpu: '100m', memory: '200Mi' } as const;

/**
 * What the scores take a pod to use: its requests, and the least for what a container does not name. Of a pod that asks for something as a whole the least counts for
 * what nobody in it names. `requests`: the pod's. Source: pkg/scheduler/framework, PodInfo.CalculateResource.
 */
export function scoredRequests(pod: DeepReadonly<Pod>, requests: Resources): ScoredRequests {
  const { containers, initContainers = [], resources: whole, overhead } = pod.spec;
  const all = initContainers.length > 0 ? [...initContainers, ...containers] : containers;
  const isWhole = Object.keys(whole?.requests ?? {}).length > 0;
  const lacks = (name: 'cpu' | 'memory'): boolean => {
    if (isWhole ? whole?.requests?.[name] !== undefined : all.every(({ resources }) => resources?.requests?.[name] !== undefined)) return false;
    return !isWhole || all.every(({ resources }) => resources?.requests?.[name] === undefined);
  };
  const [lacksCpu, lacksMemory] = [lacks('cpu'), lacks('memory')];
  if (!lacksCpu && !lacksMemory) return requests;
  const least = { ...(lacksCpu && { cpu: LEAST.cpu }), ...(lacksMemory && { memory: LEAST.memory }) };
  const amounts = podAmounts(pod, (container: DeepReadonly<Container>) => ({ ...least, ...container.resources?.requests }), whole?.requests);
  const [milliCpu = 0, memory = 0] = ['cpu', 'memory'].map((name) => amounts.get(name));
  const extra = resourcesOf(overhead);
  return { milliCpu: lacksCpu ? milliCpu + extra.milliCpu : requests.milliCpu, memory: lacksMemory ? memory + extra.memory : requests.memory };
}
