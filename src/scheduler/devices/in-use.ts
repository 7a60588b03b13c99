import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseQuantity, type Quantity } from '../../apimachinery/quantity.ts';
import type { AllocationResult, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { type Amounts, withAmounts } from './capacity.ts';
import { type Counters, countersLeft } from './counters.ts';
import { deviceId } from './inventory.ts';

/** What somebody has of the devices, and what is left. */
export interface InUse {
  /** Ids of devices that one claim has for itself. */
  readonly taken: ReadonlySet<string>;
  /** What is consumed of devices that several claims share, by their ids. */
  readonly consumed: ReadonlyMap<string, Amounts>;
  /** Left of what devices share. */
  readonly counters: Counters;
}

/** `slices`: of whole pools. Administrators use devices without having them. */
export function inUse(allocations: Iterable<DeepReadonly<AllocationResult>>, slices: readonly DeepReadonly<ResourceSlice>[]): InUse {
  const taken = new Set<string>();
  const consumed = new Map<string, Amounts>();
  for (const { devices } of allocations) {
    for (const result of devices.results ?? []) {
      const id = deviceId(result);
      if (result.adminAccess) continue;
      if (result.shareID === undefined) taken.add(id);
      else consumed.set(id, withAmounts(consumed.get(id), new Map(Object.entries(result.consumedCapacity ?? {}).map(([name, amount]): [string, Quantity] => [name, parseQuantity(amount)]))));
    }
  }
  return { taken, consumed, counters: countersLeft(slices, new Set([...taken, ...consumed.keys()])) };
}
