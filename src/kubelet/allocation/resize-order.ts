import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podRequests } from '../../component-helpers/resources.ts';
import { qosClassOf } from '../containers/resources.ts';
import { withResources, type ContainerResources } from './resources-of-pod.ts';

/** A pod that wishes for other resources than it was allocated. */
export interface ResizeWish {
  readonly pod: DeepReadonly<Pod>;
  readonly allocated: ContainerResources;
}

/**
 * The order in which wishes that had to wait are looked at again: those that ask for no more go first, then by priority, then Guaranteed pods before
 * others, then those that wait longest (as they are given). Source: "Resize CPU and Memory Resources", priority of deferred resizes.
 */
export function inOrderOfResize<T extends ResizeWish>(wishes: readonly T[]): T[] {
  const rank = ({ pod, allocated }: T): readonly number[] => [asksForMore(pod, allocated) ? 1 : 0, -(pod.spec.priority ?? 0), qosClassOf(pod) === 'Guaranteed' ? 0 : 1];
  const ranked = wishes.map((wish) => ({ wish, rank: rank(wish) }));
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ wish }) => wish);
}

function asksForMore(pod: DeepReadonly<Pod>, allocated: ContainerResources): boolean {
  const [wanted, had] = [podRequests(pod), podRequests(withResources(pod, allocated))];
  return wanted.milliCpu > had.milliCpu || wanted.memory > had.memory;
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) if (value !== other[index]) return value - (other[index] ?? 0);
  return 0;
}
