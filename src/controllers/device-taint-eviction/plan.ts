import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeviceTaint, DeviceToleration, ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';
import { tolerates } from '../../component-helpers/tolerations.ts';
import { msOf } from '../times.ts';

/** The NoExecute taints of the devices of a cluster, by `driver/pool/device`. */
export type DeviceTaints = ReadonlyMap<string, readonly DeepReadonly<DeviceTaint>[]>;

/** As the newest generation of each pool has them. */
export function taintsOf(slices: readonly DeepReadonly<ResourceSlice>[]): DeviceTaints {
  const newest = new Map<string, number>();
  const poolOf = ({ spec }: DeepReadonly<ResourceSlice>): string => `${spec.driver}/${spec.pool.name}`;
  for (const slice of slices) newest.set(poolOf(slice), Math.max(newest.get(poolOf(slice)) ?? 0, slice.spec.pool.generation));
  const found = new Map<string, readonly DeepReadonly<DeviceTaint>[]>();
  for (const slice of slices) {
    if (slice.spec.pool.generation !== newest.get(poolOf(slice))) continue;
    for (const { name, taints = [] } of slice.spec.devices ?? []) {
      const drivesAway = taints.filter(({ effect }) => effect === 'NoExecute');
      if (drivesAway.length > 0) found.set(`${poolOf(slice)}/${name}`, drivesAway);
    }
  }
  return found;
}

/** The names of the claims that the pod uses: those of its spec, and that of its extended resources. */
export function claimNamesOf({ spec, status }: DeepReadonly<Pod>): string[] {
  const made = (name: string): string | undefined => status.resourceClaimStatuses?.find((one) => one.name === name)?.resourceClaimName;
  const names = (spec.resourceClaims ?? []).map(({ name, resourceClaimName }) => resourceClaimName ?? made(name));
  return [...names, status.extendedResourceClaimStatus?.resourceClaimName].filter((name) => name !== undefined);
}

/**
 * When the pod is to go because devices of its claims are tainted, in ms since 1970; undefined: it may stay. A toleration with `tolerationSeconds` holds for so long from when the
 * taint was set; the shortest of those that a claim has for a device counts. Source: KEP-5055; pkg/controller/devicetainteviction.
 */
export function evictionTime(pod: DeepReadonly<Pod>, claims: readonly DeepReadonly<ResourceClaim>[], taints: DeviceTaints): number | undefined {
  if (!pod.spec.nodeName || isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined) return undefined;
  const used = claims.filter(({ status }) => status.reservedFor?.some(({ uid }) => uid === pod.metadata.uid));
  const times = used.flatMap(({ status }) => status.allocation?.devices.results ?? []).flatMap(({ driver, pool, device, tolerations = [] }) => (
    (taints.get(`${driver}/${pool}/${device}`) ?? []).map((taint) => toleratedUntil(taint, tolerations))));
  const earliest = Math.min(...times);
  return Number.isFinite(earliest) ? earliest : undefined;
}

function toleratedUntil(taint: DeepReadonly<DeviceTaint>, tolerations: readonly DeepReadonly<DeviceToleration>[]): number {
  const setMs = msOf(taint.timeAdded) ?? 0;
  const used = tolerations.filter((toleration) => tolerates(toleration, taint));
  if (used.length === 0) return setMs;
  return Math.min(...used.map(({ tolerationSeconds }) => (tolerationSeconds === undefined ? Number.POSITIVE_INFINITY : setMs + Math.max(tolerationSeconds, 0) * 1000)));
}
