import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, VolumeMount } from '../../api/generated/core-v1.ts';
import type { ContainerConfig, Mount } from '../../runtime/index.ts';
import type { MountedVolume } from '../volumes/plugin.ts';
import { ContainerConfigError } from './config-error.ts';
import { expandVariables } from './expansion.ts';

export interface MountSources {
  /** Host paths by volume. */
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly environment: ReadonlyMap<string, string>;
  /** The runtime can make mounts read-only with all that is mounted in them. */
  readonly canBeRecursive: boolean;
}

const PROPAGATION = {
  None: 'PROPAGATION_PRIVATE', HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER', Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const;

/** The mounts that a container asks for. A sub-path that is not there is made as a folder; one that leads out of its volume is refused. */
export function containerMounts(container: DeepReadonly<Container>, sources: MountSources): Promise<Mount[]> {
  return Promise.all((container.volumeMounts ?? []).map(async (mount): Promise<Mount> => {
    const volume = sources.volumes.get(mount.name);
    if (!volume) throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`, 'CreateContainerConfigError');
    if (volume.isDevice) throw new ContainerConfigError(`volume "${mount.name}" is a block device; container "${container.name}" can have it by volumeDevices only`, 'CreateContainerConfigError');
    const subPath = subPathOf(mount, container, sources.environment);
    const containerPath = mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`;
    if (volume.image !== undefined) return { containerPath, readonly: true, image: { image: volume.image }, ...(subPath !== '' && { imageSubPath: subPath }) };
    return {
      containerPath,
      hostPath: subPath === '' ? volume.hostPath : await resolveSubPath(volume.hostPath, subPath, mount, container),
      readonly: mount.readOnly === true || volume.isReadonly === true,
      propagation: PROPAGATION[(mount.mountPropagation ?? 'None') as keyof typeof PROPAGATION],
      recursiveReadOnly: isRecursivelyReadOnly(mount, sources.canBeRecursive),
    };
  }));
}

/** Source: pkg/kubelet, resolveRecursiveReadOnly (KEP-3857). */
function isRecursivelyReadOnly({ name, readOnly, mountPropagation = 'None', recursiveReadOnly = 'Disabled' }: DeepReadonly<VolumeMount>, canBe: boolean): boolean {
  if (recursiveReadOnly === 'Disabled') return false;
  const refuse = (why: string): never => {
    throw new ContainerConfigError(`failed to resolve recursive read-only mode: volume ${JSON.stringify(name)} requested recursive read-only mode, but it is ${why}`);
  };
  if (!readOnly) refuse('not read-only');
  if (mountPropagation !== 'None') refuse(`not compatible with propagation ${JSON.stringify(mountPropagation)}`);
  if (recursiveReadOnly === 'Enabled' && !canBe) refuse('not supported by the runtime');
  return canBe;
}

/** Devices that a container asks for by the names of block volumes. */
export function containerDevices(container: DeepReadonly<Container>, volumes: MountSources['volumes']): NonNullable<ContainerConfig['devices']> {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    const volume = volumes.get(name);
    if (!volume?.isDevice) throw new ContainerConfigError(`cannot find block volume "${name}" for container "${container.name}"`, 'CreateContainerConfigError');
    return { containerPath: devicePath, hostPath: volume.hostPath, permissions: volume.isReadonly ? 'r' : 'mrw' };
  });
}

function subPathOf(mount: DeepReadonly<VolumeMount>, container: DeepReadonly<Container>, environment: ReadonlyMap<string, string>): string {
  if (mount.subPath) return mount.subPath;
  if (!mount.subPathExpr) return '';
  const expanded = expandVariables(mount.subPathExpr, (name) => environment.get(name));
  if (expanded.includes('$(')) throw new ContainerConfigError(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`);
  return expanded;
}

async function resolveSubPath(volume: string, subPath: string, mount: DeepReadonly<VolumeMount>, container: DeepReadonly<Container>): Promise<string> {
  const refuse = (): never => {
    throw new ContainerConfigError(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`);
  };
  if (subPath.startsWith('/') || normalize(subPath).split('/').includes('..')) refuse();
  const root = await realpath(volume);
  const wanted = join(root, subPath);
  if (!(await stat(wanted).catch(() => undefined))) {
    // Whoever may write to the volume may write to its part: the umask must not take that away.
    const { mode } = await stat(root);
    await mkdir(wanted, { recursive: true, mode: mode & 0o777 });
    await chmod(wanted, mode & 0o7777);
  }
  // Links inside the volume may be the container's own: only what stays inside is mounted.
  const real = await realpath(wanted);
  if (real !== root && !real.startsWith(`${root}/`)) refuse();
  return real;
}
