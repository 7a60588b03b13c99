import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podCgroupLimits } from '../cgroups/pod-cgroups.ts';
import { memoryBytes } from '../containers/resources.ts';

/** A resize that would have the kernel kill what it takes memory from. */
export class MemoryDecreaseError extends Error {
  override readonly name = 'MemoryDecreaseError';
}

/** Bytes that the containers of a pod use now, by their names. */
export type MemoryUsage = ReadonlyMap<string, number>;

/**
 * Throws `MemoryDecreaseError` where a limit of memory would go below what is used, of the pod as a whole or of one of `names`. `before` has the limits
 * that hold now, `after` the wished ones. Nobody is asked for the usage when no limit goes down. Source: KEP-1287, "Memory limit decreases".
 */
export async function checkMemoryDecrease(before: DeepReadonly<Pod>, after: DeepReadonly<Pod>, names: readonly string[], usage: () => Promise<MemoryUsage>): Promise<void> {
  const podLimit = decreased(podCgroupLimits(before).memoryBytes, podCgroupLimits(after).memoryBytes);
  const limits = names.flatMap((name) => {
    const limit = decreased(limitOf(before, name), limitOf(after, name));
    return limit === undefined ? [] : [{ name, limit }];
  });
  if (podLimit === undefined && limits.length === 0) return;
  const used = await usage();
  const whole = [...used.values()].reduce((sum, bytes) => sum + bytes, 0);
  const refusals = [
    ...(podLimit !== undefined && whole >= podLimit ? [`attempting to set pod memory limit (${podLimit}) below current usage (${whole})`] : []),
    ...limits.filter(({ name, limit }) => (used.get(name) ?? 0) >= limit).map(({ name, limit }) => `attempting to set container ${JSON.stringify(name)} memory limit (${limit}) below current usage (${used.get(name)})`),
  ];
  if (refusals.length > 0) throw new MemoryDecreaseError(`cannot decrease memory limits: ${refusals.length === 1 ? refusals[0] : `[${refusals.join(', ')}]`}`);
}

/** The new limit, where it is less than the old one, or than none. */
function decreased(before: number | undefined, after: number | undefined): number | undefined {
  return after !== undefined && after < (before ?? Infinity) ? after : undefined;
}

function limitOf({ spec }: DeepReadonly<Pod>, name: string): number | undefined {
  const found = [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name);
  return memoryBytes(found?.resources?.limits) ?? memoryBytes(spec.resources?.limits);
}
