import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PodStatus } from '../../api/generated/core-v1.ts';

/**
 * The strategic merge patch that brings `before` to `after`, or undefined when they are the same. Only changed fields are in it, conditions and
 * addresses by their keys, so that what others write at the same time stays. The uid makes it fail on a pod of the same name that came later.
 */
export function podStatusPatch(uid: string, before: DeepReadonly<PodStatus>, after: DeepReadonly<PodStatus>): object | undefined {
  const changes: Record<string, unknown> = {};
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof PodStatus>;
  for (const name of names) {
    if (OTHERS.has(name) || isDeepStrictEqual(plain(before[name]), plain(after[name]))) continue;
    changes[name] = MERGED[name] ? mergedList(MERGED[name], before[name] as Items, after[name] as Items) : (after[name] ?? null);
  }
  return Object.keys(changes).length === 0 ? undefined : { metadata: { uid }, status: changes };
}

type Items = readonly Readonly<Record<string, unknown>>[] | undefined;

/** Lists that strategic merge patches merge by a key. */
const MERGED: Readonly<Partial<Record<keyof PodStatus, string>>> = { conditions: 'type', podIPs: 'ip', hostIPs: 'ip' };
/** Fields that the scheduler and controllers write. */
const OTHERS: ReadonlySet<keyof PodStatus> = new Set(['nominatedNodeName', 'resourceClaimStatuses', 'extendedResourceClaimStatus', 'nodeAllocatableResourceClaimStatuses']);

/** Fields that are undefined are the same as absent ones. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function mergedList(key: string, before: Items = [], after: Items = []): object[] {
  const changed = after.filter((item) => !before.some((old) => isDeepStrictEqual(plain(old), plain(item))));
  const removed = before.filter((old) => !after.some((item) => item[key] === old[key]));
  return [...changed.map((item) => withNulls(item, before.find((old) => old[key] === item[key]))), ...removed.map((old) => ({ $patch: 'delete', [key]: old[key] }))];
}

/** Fields that are gone are taken away. */
function withNulls(item: Readonly<Record<string, unknown>>, old: Readonly<Record<string, unknown>> | undefined): object {
  const gone = Object.keys(old ?? {}).filter((name) => item[name] === undefined);
  return { ...item, ...Object.fromEntries(gone.map((name) => [name, null])) };
}
