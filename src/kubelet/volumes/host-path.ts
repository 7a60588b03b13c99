import { mkdir, stat, writeFile } from 'node:fs/promises';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { HostPathVolumeSource } from '../../api/generated/core-v1.ts';
import { VolumeError, type VolumePlugin } from './plugin.ts';

export const hostPathPlugin: VolumePlugin = {
  name: 'kubernetes.io~host-path',
  supports: ({ hostPath }) => hostPath !== undefined,
  async setUp({ volume }) {
    const source = volume.hostPath as DeepReadonly<HostPathVolumeSource>;
    await checkHostPath(source);
    return { hostPath: source.path, isManaged: false };
  },
};

/** Source: "hostPath volume types". */
export async function checkHostPath({ path, type = '' }: DeepReadonly<HostPathVolumeSource>): Promise<void> {
  if (type === '') return;
  const found = await stat(path).catch(() => undefined);
  if (type === 'DirectoryOrCreate' && !found) {
    await mkdir(path, { recursive: true, mode: 0o755 });
    return;
  }
  if (type === 'FileOrCreate' && !found) {
    await writeFile(path, '', { mode: 0o644 });
    return;
  }
  const fits: Readonly<Record<string, boolean | undefined>> = {
    DirectoryOrCreate: found?.isDirectory(), Directory: found?.isDirectory(), FileOrCreate: found?.isFile(), File: found?.isFile(),
    Socket: found?.isSocket(), CharDevice: found?.isCharacterDevice(), BlockDevice: found?.isBlockDevice(),
  };
  if (!fits[type]) throw new VolumeError(`hostPath type check failed: ${path} is not a ${TYPE_NAMES[type] ?? type}`);
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  DirectoryOrCreate: 'directory', Directory: 'directory', FileOrCreate: 'file', File: 'file', Socket: 'socket file', CharDevice: 'character device', BlockDevice: 'block device',
};
