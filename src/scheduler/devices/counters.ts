import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { Device, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { deviceId } from './inventory.ts';

/** What is left of counters that devices of a pool share, in billionths, by `driver/pool/set/counter`. */
export type Counters = ReadonlyMap<string, bigint>;

interface PlacedDevice {
  readonly driver: string;
  readonly pool: string;
  readonly device: DeepReadonly<Device>;
}

/** What the pools have, less what the devices with the ids `taken` consume. `slices`: of whole pools. Source: KEP-4815, partitionable devices. */
export function countersLeft(slices: readonly DeepReadonly<ResourceSlice>[], taken: ReadonlySet<string>): Counters {
  const left = new Map<string, bigint>();
  for (const { spec } of slices) {
    for (const { name, counters = {} } of spec.sharedCounters ?? []) {
      for (const [counter, { value }] of Object.entries(counters)) left.set(`${spec.driver}/${spec.pool.name}/${name}/${counter}`, parseQuantity(value).nanos);
    }
  }
  if (left.size === 0) return left;
  for (const { spec: { driver, pool, devices = [] } } of slices) {
    for (const device of devices) {
      if (device.consumesCounters?.length && taken.has(deviceId({ driver, pool: pool.name, device: device.name }))) consume(left, { driver, pool: pool.name, device });
    }
  }
  return left;
}

/** What is left when these devices are taken too; undefined: they cannot be, or consume what nobody has told of. */
export function afterTaking(left: Counters, devices: readonly PlacedDevice[]): Counters | undefined {
  const consuming = devices.filter(({ device }) => device.consumesCounters?.length);
  if (consuming.length === 0) return left;
  const after = new Map(left);
  for (const one of consuming) if (!consume(after, one)) return undefined;
  return after;
}

/** Whether there was enough. */
function consume(left: Map<string, bigint>, { driver, pool, device }: PlacedDevice): boolean {
  let isEnough = true;
  for (const { counterSet, counters = {} } of device.consumesCounters ?? []) {
    for (const [counter, { value }] of Object.entries(counters)) {
      const key = `${driver}/${pool}/${counterSet}/${counter}`;
      const rest = (left.get(key) ?? 0n) - parseQuantity(value).nanos;
      left.set(key, rest);
      isEnough &&= rest >= 0n;
    }
  }
  return isEnough;
}
