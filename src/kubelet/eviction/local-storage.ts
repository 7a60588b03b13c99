import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { canonicalQuantity, formatQuantity, parseQuantity, quantityOf, wholeValue } from '../../apimachinery/quantity.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { PodUsage } from './pod-usage.ts';

type ReadonlyPod = DeepReadonly<Pod>;

function bytesOf(quantity: string | number): number {
  return Number(wholeValue(parseQuantity(String(quantity))));
}

function limitOf(container: DeepReadonly<Pod['spec']['containers'][number]>): number | undefined {
  const limit = container.resources?.limits?.['ephemeral-storage'];
  return limit === undefined ? undefined : bytesOf(limit);
}

/** Whether anything of the pod may not grow beyond a limit on disk. */
export function hasLocalStorageLimits({ spec }: ReadonlyPod): boolean {
  return spec.containers.some((container) => limitOf(container) !== undefined) || (spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined && emptyDir.medium !== 'Memory');
}

/** Why a pod has to go that has outgrown its limits on disk; undefined: it has not. Source: pkg/kubelet/eviction, localStorageEviction and its messages. */
export function localStorageExcess(pod: ReadonlyPod, usage: PodUsage): string | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const used = usage.emptyDirs.get(name);
    if (used === undefined || emptyDir?.sizeLimit === undefined) continue;
    if (bytesOf(emptyDir.sizeLimit) > 0 && used > bytesOf(emptyDir.sizeLimit)) return `Usage of EmptyDir volume "${name}" exceeds the limit "${canonicalQuantity(String(emptyDir.sizeLimit))}". `;
  }
  const limits = pod.spec.containers.map(limitOf);
  const total = limits.reduce<number>((all, limit) => all + (limit ?? 0), 0);
  const isWholeLimited = limits.every((limit) => limit !== undefined);
  if (isWholeLimited && usage.diskBytes > total) return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(quantityOf(total, 'BinarySI'))}. `;
  for (const container of pod.spec.containers) {
    const limit = limitOf(container);
    if (limit === undefined || (usage.containers.get(container.name)?.diskBytes ?? 0) <= limit) continue;
    return `Container ${container.name} exceeded its local ephemeral storage limit "${canonicalQuantity(String(container.resources?.limits?.['ephemeral-storage']))}". `;
  }
  return undefined;
}
