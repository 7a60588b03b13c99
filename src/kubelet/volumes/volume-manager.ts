import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod, Volume } from '../../api/generated/core-v1.ts';
import type { Commands } from '../../base/commands.ts';
import type { Clock } from '../../base/clock.ts';
import type { NodeFields } from '../containers/field-values.ts';
import { emptyDirPlugin } from './empty-dir.ts';
import { hostPathPlugin } from './host-path.ts';
import { mountPointsUnder } from './mount-points.ts';
import { giveToGroup, isOfGroup } from './ownership.ts';
import type { PodVolumes } from '../disk/pod-disk.ts';
import { isRuntimeError } from '../../runtime/index.ts';
import { VolumeError, type MountedVolume, type VolumePlugin } from './plugin.ts';
import { configMapPlugin, downwardApiPlugin, projectedPlugin, secretPlugin } from './plugins.ts';
import type { ReferencedObjects } from './referenced-objects.ts';
import type { TokenManager } from './token-manager.ts';
import { fileSystemUsage, type ClaimUsage } from './volume-stats.ts';

/** Clearing away is not given up half-way. */
const NEVER = new AbortController().signal;

/** Sets up the volumes of pods before their containers start, keeps them up to date while they run, and clears them away. */
export class VolumeManager {
  readonly #podsDir: string;
  readonly #objects: ReferencedObjects;
  readonly #tokens: TokenManager;
  readonly #commands: Commands;
  readonly #clock: Clock;
  readonly #plugins: readonly VolumePlugin[];
  readonly #mounted = new Map<string, Map<string, MountedVolume>>();

  constructor(options: { podsDir: string; objects: ReferencedObjects; tokens: TokenManager; commands: Commands; clock: Clock; plugins?: readonly VolumePlugin[] }) {
    this.#podsDir = options.podsDir;
    this.#objects = options.objects;
    this.#tokens = options.tokens;
    this.#commands = options.commands;
    this.#clock = options.clock;
    this.#plugins = [
      emptyDirPlugin(options.commands), hostPathPlugin, configMapPlugin, secretPlugin, downwardApiPlugin, projectedPlugin, ...(options.plugins ?? []),
    ];
  }

  /** Makes what is desired actual; safe to repeat. Throws `VolumeError`, naming the first volume that cannot be set up. */
  async setUp(pod: DeepReadonly<Pod>, node: NodeFields, signal: AbortSignal): Promise<PodVolumes> {
    const { uid } = pod.metadata;
    const actual = this.#mounted.get(uid) ?? new Map<string, MountedVolume>();
    this.#mounted.set(uid, actual);
    await Promise.all(usedVolumes(pod).map(async (volume) => {
      const isNew = !actual.has(volume.name);
      const mounted = await this.#setUpOne(pod, volume, node, signal);
      if (isNew && mounted.isManaged) await giveToGroupOf(pod, mounted.hostPath);
      actual.set(volume.name, mounted);
    }));
    return actual;
  }

  async #setUpOne(pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>, node: NodeFields, signal: AbortSignal): Promise<MountedVolume> {
    const { uid, namespace = '' } = pod.metadata;
    const plugin = this.#plugins.find((one) => one.supports(volume));
    if (!plugin) throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : no volume plugin matched`);
    try {
      return await plugin.setUp({
        pod, volume, node, signal,
        folder: join(this.#podsDir, uid, 'volumes', plugin.name, volume.name),
        configMap: (name) => this.#objects.configMap(uid, namespace, name),
        secret: (name) => this.#objects.secret(uid, namespace, name),
        token: (request) => this.#tokens.token(pod, request, signal),
      });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`, { cause: error });
    }
  }

  /** How full the volumes of a pod are that are claims'; without those that cannot be measured. */
  async claimUsage(uid: string, signal: AbortSignal): Promise<ClaimUsage[]> {
    const found = await Promise.all([...(this.#mounted.get(uid) ?? [])].map(async ([name, { claim, measure, hostPath, isDevice }]) => {
      if (!claim || (isDevice && !measure)) return [];
      try {
        return [{ name, claim, usage: await (measure ? measure(signal) : fileSystemUsage(hostPath)) }];
      } catch (error) {
        if (signal.aborted || !(isRuntimeError(error) || (error as NodeJS.ErrnoException).code !== undefined)) throw error;
        return [];
      }
    }));
    return found.flat();
  }

  /** The earliest time at which a volume of the pod must be set up again. */
  refreshAtMs(uid: string): number | undefined {
    const times = [...(this.#mounted.get(uid)?.values() ?? [])].map((volume) => volume.refreshAtMs ?? Infinity);
    const earliest = Math.min(...times);
    return Number.isFinite(earliest) ? Math.max(earliest, this.#clock.now() + 1000) : undefined;
  }

  /** Unmounts what the pod had and removes its folder. Works from the disk alone, also for pods of before a restart. */
  async tearDown(uid: string): Promise<void> {
    const folder = join(this.#podsDir, uid);
    for (const plugin of this.#plugins) if (plugin.release) await this.#eachOf(join(folder, 'volumes', plugin.name), (volume) => plugin.release?.(volume, NEVER));
    const mounts = await mountPointsUnder(folder);
    for (const mount of mounts) await this.#commands.run(['umount', '-l', mount]);
    for (const plugin of this.#plugins) if (plugin.tearDown) await this.#eachOf(join(folder, 'volumes', plugin.name), (volume) => plugin.tearDown?.(volume, NEVER));
    await rm(folder, { recursive: true, force: true });
    this.#mounted.delete(uid);
    this.#objects.release(uid);
    this.#tokens.forgetPod(uid);
  }

  async #eachOf(folder: string, work: (volumeFolder: string) => Promise<void> | undefined): Promise<void> {
    for (const name of await readdir(folder).catch(() => [])) await work(join(folder, name));
  }

  /** The uids of pods that have folders. */
  async podsOnDisk(): Promise<string[]> {
    return readdir(this.#podsDir).catch(() => []);
  }
}

/** A volume that was the group's before may keep what is in it as it is: there may be much. */
async function giveToGroupOf({ spec }: DeepReadonly<Pod>, folder: string): Promise<void> {
  const { fsGroup, fsGroupChangePolicy } = spec.securityContext ?? {};
  if (fsGroup === undefined || (fsGroupChangePolicy === 'OnRootMismatch' && (await isOfGroup(folder, fsGroup)))) return;
  await giveToGroup(folder, fsGroup);
}

/** Only what a container uses is set up. */
function usedVolumes(pod: DeepReadonly<Pod>): DeepReadonly<Volume>[] {
  const { containers, initContainers = [], ephemeralContainers = [], volumes = [] } = pod.spec;
  const used = new Set([...containers, ...initContainers, ...ephemeralContainers].flatMap(({ volumeMounts = [], volumeDevices = [], env = [] }) => [
    ...[...volumeMounts, ...volumeDevices].map(({ name }) => name), ...env.flatMap(({ valueFrom }) => valueFrom?.fileKeyRef?.volumeName ?? []),
  ]));
  return volumes.filter(({ name }) => used.has(name));
}
