import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import type { Commands } from '../../base/commands.ts';
import type { Random } from '../../base/random.ts';
import type { ContainerStatus, Mount } from '../../runtime/index.ts';
import type { NodeFields } from '../containers/field-values.ts';
import { hostsFile, podHostNames } from '../containers/host-names.ts';
import { containerMounts, type MountSources } from '../containers/mounts.ts';
import { containerLogPath, podLogDirectory } from '../containers/sandbox-config.ts';
import { readTerminationMessage } from '../containers/termination-message.ts';
import { linkLog, unlinkLogs } from '../logs/log-links.ts';
import { rotatedLogs } from '../logs/log-rotation.ts';
import type { PodFiles } from '../eviction/pod-usage.ts';
import { EMPTY_DIR } from '../volumes/empty-dir.ts';
import type { ClaimUsage } from '../volumes/volume-stats.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import type { PodDisk, PodVolumes } from './pod-disk.ts';
import { podFiles } from './pod-files.ts';

export interface RealPodDiskOptions {
  readonly volumes: VolumeManager;
  readonly random: Random;
  readonly commands: Commands;
  /** `/var/lib/kubelet/pods` */
  readonly podsDir: string;
  /** `/var/log/pods` */
  readonly podLogsDir: string;
  /** `/var/log/containers`; undefined: nobody collects logs there. */
  readonly containerLogsDir: string | undefined;
  readonly clusterDomain: string;
  hostname(): string;
}

export class RealPodDisk implements PodDisk {
  readonly #options: RealPodDiskOptions;

  constructor(options: RealPodDiskOptions) {
    this.#options = options;
  }

  async prepare(pod: DeepReadonly<Pod>, node: NodeFields, signal: AbortSignal): Promise<PodVolumes> {
    const { volumes, podsDir, podLogsDir } = this.#options;
    const [mounted] = await Promise.all([
      volumes.setUp(pod, node, signal),
      mkdir(join(podsDir, pod.metadata.uid), { recursive: true, mode: 0o750 }),
      mkdir(podLogDirectory(podLogsDir, pod), { recursive: true }),
    ]);
    return mounted;
  }

  /** The container's own, the hosts file, and the file of its last words. */
  async containerMounts(
    pod: DeepReadonly<Pod>,
    container: DeepReadonly<Container>,
    sources: MountSources & { readonly podIPs: readonly string[] },
  ): Promise<Mount[]> {
    const { podLogsDir } = this.#options;
    const [mounts, hosts, lastWords] = await Promise.all([
      containerMounts(container, sources),
      this.#hostsMount(pod, container, sources.podIPs),
      this.#terminationMount(pod, container),
      mkdir(join(podLogDirectory(podLogsDir, pod), container.name), { recursive: true }),
    ]);
    return [...mounts, ...hosts, ...lastWords];
  }

  async #hostsMount(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, podIPs: readonly string[]): Promise<Mount[]> {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === '/etc/hosts')) return [];
    const { podsDir, clusterDomain } = this.#options;
    const hostPath = join(podsDir, pod.metadata.uid, 'etc-hosts');
    const nodeHosts = pod.spec.hostNetwork ? await readFile('/etc/hosts', 'utf8').catch(() => '') : '';
    await writeFile(hostPath, hostsFile(pod, podIPs, podHostNames(pod, clusterDomain, this.#options.hostname()), nodeHosts));
    return [{ containerPath: '/etc/hosts', hostPath }];
  }

  async #terminationMount(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): Promise<Mount[]> {
    const containerPath = container.terminationMessagePath ?? '/dev/termination-log';
    if (containerPath === '') return [];
    const folder = join(this.#options.podsDir, pod.metadata.uid, 'containers', container.name);
    await mkdir(folder, { recursive: true });
    const hostPath = join(folder, Buffer.from(this.#options.random.bytes(4)).toString('hex'));
    await writeFile(hostPath, '');
    await chmod(hostPath, 0o666);
    return [{ containerPath, hostPath }];
  }

  refreshAtMs(uid: string): number | undefined {
    return this.#options.volumes.refreshAtMs(uid);
  }

  terminationMessage(container: ContainerStatus): Promise<string | undefined> {
    return readTerminationMessage(container);
  }

  async linkLog(pod: DeepReadonly<Pod>, container: string, restartCount: number, id: string): Promise<void> {
    const { containerLogsDir, podLogsDir } = this.#options;
    const { name, namespace = '' } = pod.metadata;
    if (containerLogsDir === undefined) return;
    await linkLog(containerLogsDir, { pod: name, namespace, container, id, path: join(podLogDirectory(podLogsDir, pod), containerLogPath(container, restartCount)) });
  }

  async removeLog(logPath: string): Promise<void> {
    for (const path of [logPath, ...(await rotatedLogs(logPath))]) await rm(path, { force: true });
    await this.#unlink(logPath);
  }

  async removeLogs(pod: DeepReadonly<Pod>): Promise<void> {
    const folder = podLogDirectory(this.#options.podLogsDir, pod);
    await rm(folder, { recursive: true, force: true });
    await this.#unlink(folder);
  }

  async #unlink(path: string): Promise<void> {
    if (this.#options.containerLogsDir !== undefined) await unlinkLogs(this.#options.containerLogsDir, path);
  }

  tearDown(uid: string): Promise<void> {
    return this.#options.volumes.tearDown(uid);
  }

  claimUsage(uid: string, signal: AbortSignal): Promise<readonly ClaimUsage[]> {
    return this.#options.volumes.claimUsage(uid, signal);
  }

  files(pods: readonly DeepReadonly<Pod>[], signal: AbortSignal): Promise<ReadonlyMap<string, PodFiles>> {
    const { podsDir, podLogsDir, commands } = this.#options;
    const folders = pods.map((pod) => ({
      uid: pod.metadata.uid, logs: podLogDirectory(podLogsDir, pod), emptyDirs: join(podsDir, pod.metadata.uid, 'volumes', EMPTY_DIR),
    }));
    return podFiles(folders, commands, signal);
  }

  podsOnDisk(): Promise<readonly string[]> {
    return this.#options.volumes.podsOnDisk();
  }
}
