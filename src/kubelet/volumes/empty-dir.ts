import { chmod, mkdir } from 'node:fs/promises';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { canonicalQuantity, parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Commands } from '../../base/commands.ts';
import { podCgroupLimits } from '../cgroups/pod-cgroups.ts';
import { hugePagesOf } from '../containers/huge-pages.ts';
import { isMountPoint } from './mount-points.ts';
import { VolumeError, type VolumeContext, type VolumePlugin } from './plugin.ts';

/** The folder of a pod's emptyDirs among its volumes. */
export const EMPTY_DIR = 'kubernetes.io~empty-dir';
const HUGE_PAGES = 'HugePages';
const HUGE_PAGES_OF = `${HUGE_PAGES}-`;

/** A folder that lives as long as the pod; in memory for `medium: Memory`, in huge pages for `HugePages` and `HugePages-2Mi`. */
export function emptyDirPlugin(commands: Commands): VolumePlugin {
  return {
    name: EMPTY_DIR,
    supports: ({ emptyDir }) => emptyDir !== undefined,
    async setUp(context) {
      const { folder, signal } = context;
      const mount = mountOf(context);
      const isNew = (await mkdir(folder, { recursive: true })) !== undefined;
      if (isNew) await chmod(folder, 0o777);
      if (mount && !(await isMountPoint(folder))) {
        await commands.run(['mount', '-t', mount.type, ...(mount.options.length > 0 ? ['-o', mount.options.join(',')] : []), mount.source, folder], { signal });
        // Later its mode is that of the pod's group, and the pod's own business. Huge pages are root's and the group's.
        if (mount.type === 'tmpfs') await chmod(folder, 0o777);
      }
      return { hostPath: folder, isManaged: true };
    },
  };
}

interface FileSystemMount {
  readonly type: 'tmpfs' | 'hugetlbfs';
  readonly source: string;
  readonly options: readonly string[];
}

/** What is to be mounted at the folder of the volume, if anything. Throws `VolumeError`. Source: pkg/volume/emptydir. */
function mountOf({ pod, volume, node }: Pick<VolumeContext, 'pod' | 'volume' | 'node'>): FileSystemMount | undefined {
  const { medium = '', sizeLimit } = volume.emptyDir ?? {};
  if (medium === '') return undefined;
  if (medium === 'Memory') {
    const size = memoryVolumeBytes([node.allocatable.memory, podCgroupLimits(pod).memoryBytes, sizeLimit]);
    return { type: 'tmpfs', source: 'tmpfs', options: size === undefined ? [] : [`size=${size}`] };
  }
  if (medium === HUGE_PAGES || medium.startsWith(HUGE_PAGES_OF)) return { type: 'hugetlbfs', source: 'nodev', options: [`pagesize=${pageSizeOf(medium, pod)}`] };
  throw new VolumeError(`unknown storage medium ${JSON.stringify(medium)}`);
}

/** A volume in memory holds no more than its pod could use: the least of what is given, nothing being no bound. Source: KEP-1967. */
function memoryVolumeBytes(bounds: readonly (string | number | undefined)[]): number | undefined {
  const least = Math.min(...bounds.flatMap((bound) => (bound === undefined ? [] : [wholeValue(parseQuantity(bound))])).filter((bytes) => bytes > 0));
  return Number.isFinite(least) ? least : undefined;
}

/** The size of the pages of a volume, as a quantity: the one that its medium names or, if it names none, the only one that the pod asks for. Throws `VolumeError`. */
function pageSizeOf(medium: string, { spec }: DeepReadonly<Pod>): string {
  const requests = [spec.resources?.requests, ...[...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources?.requests)];
  const asked = new Set(requests.flatMap((list) => [...hugePagesOf(list).keys()]));
  const named = medium === HUGE_PAGES ? undefined : wholeValue(parseQuantity(medium.slice(HUGE_PAGES_OF.length)));
  if (named === undefined && asked.size > 1) throw new VolumeError(`medium: ${medium} can't be used if container requests multiple huge page sizes`);
  const [size] = named === undefined ? asked : [...asked].filter((bytes) => bytes === named);
  if (size === undefined) throw new VolumeError(`medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`);
  return canonicalQuantity(`${size / 1024}Ki`);
}
