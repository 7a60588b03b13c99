import { join } from 'node:path';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { KubeletOptions } from '../options.ts';
import type { PodManager } from '../pods/pod-manager.ts';
import { ShutdownManager, type ShutdownManagerOptions } from './shutdown-manager.ts';
import { ShutdownTimes } from './shutdown-times.ts';

/** The shutdowns of a node; undefined where nobody waits for its pods. */
export async function makeShutdown(
  { clock, logger, shutdown, disk }: KubeletOptions,
  { manager, metrics, ...told }: { readonly manager: PodManager; readonly metrics: KubeletMetrics } & Pick<ShutdownManagerOptions, 'tell' | 'onChange'>,
): Promise<ShutdownManager | undefined> {
  if (!shutdown) return undefined;
  const times = new ShutdownTimes(disk && join(disk.rootDir, 'graceful_node_shutdown_state'));
  await times.load();
  metrics.shutdownTimes = times;
  return new ShutdownManager({ clock, logger, times, ...told, gracePeriods: shutdown.gracePeriods, pods: () => manager.activePods, end: (...args) => manager.end(...args) });
}
