import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import type { LinuxContainerResources } from '../../runtime/index.ts';

const PREFIX = 'hugepages-';
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

type ResourceList = DeepReadonly<Record<string, string | number>>;

/** The amounts of huge pages in a list of resources: bytes, by the bytes of a page. */
export function hugePagesOf(list: ResourceList | undefined): Map<number, number> {
  const found = new Map<number, number>();
  for (const [name, amount] of Object.entries(list ?? {})) {
    if (!name.startsWith(PREFIX)) continue;
    const size = wholeValue(parseQuantity(name.slice(PREFIX.length)));
    found.set(size, (found.get(size) ?? 0) + wholeValue(parseQuantity(amount)));
  }
  return found;
}

/** `2MB`: what the kernel's control groups and the CRI call pages of so many bytes. */
export function pageSizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  return `${bytes / 1024 ** power}${UNITS[power]}`;
}

/**
 * What a container may take of the pages of each size that the machine has (`pageSizes`, bytes): none of those that are not in its limits.
 * Source: pkg/kubelet/kuberuntime, GetHugepageLimitsFromResources.
 */
export function hugePageLimits(limits: ResourceList | undefined, pageSizes: readonly number[]): NonNullable<LinuxContainerResources['hugepageLimits']> {
  const wanted = hugePagesOf(limits);
  return pageSizes.map((bytes) => ({ pageSize: pageSizeText(bytes), limit: wanted.get(bytes) ?? 0 }));
}
