import { mkdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod, Secret, Volume } from '../../api/generated/core-v1.ts';
import type { Commands } from '../../base/commands.ts';
import type { ContainerRuntime, Image, VersionResponse } from '../../runtime/index.ts';
import type { ImageManager } from '../images/image-manager.ts';
import { podReference } from '../pods/pod-reference.ts';
import { isMountPoint } from './mount-points.ts';
import type { VolumePlugin } from './plugin.ts';

export interface ImagePluginOptions {
  readonly runtime: ContainerRuntime;
  readonly images: ImageManager;
  readonly commands: Commands;
  /** The runtime mounts images by itself when a container names them (CRI-O). */
  readonly isNative: boolean;
  pullSecrets(pod: DeepReadonly<Pod>): Promise<readonly DeepReadonly<Secret>[]>;
}

/** Files of an image as a volume, read-only. Source: KEP-4639. */
export function imagePlugin(options: ImagePluginOptions): VolumePlugin {
  const { runtime, commands, isNative } = options;
  return {
    name: 'kubernetes.io~image',
    supports: ({ image }) => image !== undefined,
    async setUp({ pod, volume, folder, signal }) {
      if (isNative) {
        await pull(options, pod, volume, signal);
        return { hostPath: '', isManaged: false, isReadonly: true, image: volume.image?.reference ?? '' };
      }
      if (!(await isMountPoint(folder))) {
        const image = await pull(options, pod, volume, signal);
        await mkdir(folder, { recursive: true });
        const [mount] = await runtime.viewImage(image.id, snapshotKey(folder), signal);
        if (!mount) throw new Error(`the runtime shows no files of image ${volume.image?.reference}`);
        await commands.run(['mount', '-t', mount.type === 'bind' ? 'none' : mount.type, '-o', mount.options.join(','), mount.source, folder], { signal });
      }
      return { hostPath: folder, isManaged: false, isReadonly: true };
    },
    async tearDown(folder, signal) {
      if (!isNative) await runtime.releaseImage(snapshotKey(folder), signal);
      await rmdir(folder).catch(() => undefined); // whatever is in it goes with the pod's folder
    },
  };
}

function pull(options: ImagePluginOptions, pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>, signal: AbortSignal): Promise<Image> {
  const { reference, pullPolicy } = volume.image ?? {};
  const asContainer = { name: volume.name, resources: {}, ...(reference !== undefined && { image: reference }), ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }) };
  return options.images.ensure(pod, asContainer, podReference(pod), () => options.pullSecrets(pod), signal);
}

/** Told by the folder alone, so that a restarted kubelet finds it: `kubets-volume/<uid>/<volume>`. */
function snapshotKey(folder: string): string {
  return join('kubets-volume', basename(dirname(dirname(dirname(folder)))), basename(folder));
}

/** Whether images are left to CRI: not with containerd, whose CRI mounts none before 2.1 and there no sub-paths of them. */
export function mountsImages(version: VersionResponse | undefined): boolean {
  return version?.runtimeName !== 'containerd';
}
