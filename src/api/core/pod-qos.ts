/** The class of service that a pod's resources give it. Source: kubernetes pkg/apis/core/v1/helper/qos, ComputePodQOS. */
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PodSpec, ResourceRequirements } from '../generated/core-v1.ts';

export type QosClass = 'BestEffort' | 'Burstable' | 'Guaranteed';
const NAMES = ['cpu', 'memory'] as const;

/** What a pod asks for of one resource; undefined: nothing. */
interface Sums {
  request: Quantity | undefined;
  limit: Quantity | undefined;
}

function positive(list: Readonly<Record<string, string | number>> | undefined, name: string): Quantity | undefined {
  const value = list?.[name];
  if (value === undefined) return undefined;
  const quantity = parseQuantity(value);
  return quantity.nanos > 0n ? quantity : undefined;
}

function sum(a: Quantity | undefined, b: Quantity | undefined): Quantity | undefined {
  return a && b ? addQuantities(a, b) : (a ?? b);
}

export function podQosClass(spec: DeepReadonly<PodSpec>): QosClass {
  const ofPod = spec.resources && (spec.resources.requests ?? spec.resources.limits) ? spec.resources : undefined;
  let isSaid = false;
  let isGuaranteed = true;
  for (const name of NAMES) {
    const sums: Sums = { request: undefined, limit: undefined };
    const add = (part: DeepReadonly<ResourceRequirements> | undefined): void => {
      const limit = positive(part?.limits, name);
      if (!limit) isGuaranteed = false;
      sums.limit = sum(sums.limit, limit);
      sums.request = sum(sums.request, positive(part?.requests, name));
    };
    if (ofPod) add(ofPod);
    else {
      spec.containers?.forEach(({ resources }) => add(resources));
      spec.initContainers?.forEach(({ resources }) => add(resources));
    }
    const { request, limit } = sums;
    if (request ?? limit) isSaid = true;
    if (!request || !limit || compareQuantities(request, limit) !== 0) isGuaranteed = false;
  }
  return !isSaid ? 'BestEffort' : isGuaranteed ? 'Guaranteed' : 'Burstable';
}
