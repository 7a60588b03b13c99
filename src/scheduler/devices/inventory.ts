import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Device, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { matchesNodeSelector } from '../../component-helpers/node-affinity.ts';
import type { NodeInfo } from '../node-info.ts';

/** A device as its driver's slices tell of it. */
export interface KnownDevice {
  readonly driver: string;
  readonly pool: string;
  readonly device: DeepReadonly<Device>;
  readonly slice: DeepReadonly<ResourceSlice>;
}

export function deviceId({ driver, pool, device }: { readonly driver: string; readonly pool: string; readonly device: string }): string {
  return `${driver}/${pool}/${device}`;
}

export interface Pools {
  /** Of pools that are whole. */
  readonly whole: readonly DeepReadonly<ResourceSlice>[];
  /** Of pools that lack slices yet: their driver is changing them. */
  readonly changing: readonly DeepReadonly<ResourceSlice>[];
}

/** The slices of the newest generation of each pool. Source: "ResourceSlice", pools. */
export function poolsOf(slices: readonly DeepReadonly<ResourceSlice>[]): Pools {
  const pools = new Map<string, DeepReadonly<ResourceSlice>[]>();
  for (const slice of slices) {
    const key = `${slice.spec.driver}/${slice.spec.pool.name}`;
    const known = pools.get(key) ?? [];
    const newest = known[0]?.spec.pool.generation ?? -1;
    if (slice.spec.pool.generation < newest) continue;
    pools.set(key, slice.spec.pool.generation > newest ? [slice] : [...known, slice]);
  }
  const isWhole = (some: readonly DeepReadonly<ResourceSlice>[]): boolean => some.length === some[0]?.spec.pool.resourceSliceCount;
  const all = [...pools.values()];
  return { whole: all.filter(isWhole).flat(), changing: all.filter((some) => !isWhole(some)).flat() };
}

/** The devices that pods of the node can use. */
export function devicesOf(node: NodeInfo, slices: readonly DeepReadonly<ResourceSlice>[]): KnownDevice[] {
  const reaches = (place: { readonly nodeName?: string; readonly allNodes?: boolean; readonly nodeSelector?: DeepReadonly<ResourceSlice>['spec']['nodeSelector'] }): boolean => (
    place.nodeName === node.name || place.allNodes === true || (place.nodeSelector !== undefined && matchesNodeSelector(place.nodeSelector, node.node)));
  return slices.flatMap((slice) => {
    const { driver, pool, devices = [], perDeviceNodeSelection } = slice.spec;
    if (!perDeviceNodeSelection && !reaches(slice.spec)) return [];
    return devices.filter((device) => !perDeviceNodeSelection || reaches(device)).map((device) => ({ driver, pool: pool.name, device, slice }));
  });
}

/** What a device says of itself, by full names (`domain/name`); names without a domain are its driver's. */
export function attributesOf({ driver, device }: KnownDevice): Map<string, bigint | boolean | string> {
  const found = new Map<string, bigint | boolean | string>();
  for (const [name, { int, bool, string, version }] of Object.entries(device.attributes ?? {})) {
    const value = int !== undefined ? BigInt(int) : (bool ?? string ?? version);
    if (value !== undefined) found.set(name.includes('/') ? name : `${driver}/${name}`, value);
  }
  return found;
}
