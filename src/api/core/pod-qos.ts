/** The class of service that a pod's resources give it. Source: kubernetes pkg/apis/core/v1/helper/qos, ComputePodQOS. */
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PodSpec, ResourceRequirements } from '../generated/core-v1.ts';

export type QosClass = 'BestEffort' | 'Burstable' | 'Guaranteed';
const NAMES = ['cpu', 'memory'] as const;

function addPositive(sums: Map<string, Quantity>, list: Readonly<Record<string, string | number>> | undefined): number {
  let found = 0;
  for (const name of NAMES) {
    const value = list?.[name];
    if (value === undefined) continue;
    const quantity = parseQuantity(value);
    if (quantity.nanos <= 0n) continue;
    const sum = sums.get(name);
    sums.set(name, sum ? addQuantities(sum, quantity) : quantity);
    found++;
  }
  return found;
}

export function podQosClass(spec: DeepReadonly<PodSpec>): QosClass {
  const requests = new Map<string, Quantity>();
  const limits = new Map<string, Quantity>();
  const ofPod = spec.resources && (spec.resources.requests ?? spec.resources.limits) ? [spec.resources] : undefined;
  const parts: readonly (DeepReadonly<ResourceRequirements> | undefined)[] =
    ofPod ?? [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.resources);
  let allLimited = true;
  for (const part of parts) {
    addPositive(requests, part?.requests);
    if (addPositive(limits, part?.limits) < NAMES.length) allLimited = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const areEqual = [...requests].every(([name, request]) => {
    const limit = limits.get(name);
    return limit !== undefined && compareQuantities(request, limit) === 0;
  });
  return allLimited && areEqual && requests.size === limits.size ? 'Guaranteed' : 'Burstable';
}
