import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { ordinaryAndCritical, type ShutdownGracePeriod } from '../kubelet/index.ts';
import { UsageError } from './errors.ts';
import { duration } from './flags.ts';

/** How long pods have to end before the machine does, as a kubelet's configuration has it. */
export interface ShutdownFlags {
  /** In ms, as the next. */
  readonly shutdownGracePeriod?: number;
  readonly shutdownGracePeriodCriticalPods?: number;
  readonly shutdownGracePeriodByPodPriority?: readonly ShutdownGracePeriod[];
}

/** `0=60s,100000=10s`: from which priority on, and how long. */
export function gracePeriodsByPriority(text: string): ShutdownGracePeriod[] {
  const periods = text.split(',').map((one) => {
    const [, priority, period = ''] = /^(-?\d{1,10})=(.+)$/.exec(one.trim()) ?? [];
    if (priority === undefined) throw new InvalidArgumentError('a period looks like 100000=10s: from which priority on, and how long.');
    return { priority: Number(priority), seconds: Math.floor(duration(period) / 1000) };
  });
  const twice = periods.find(({ priority }, index) => periods.findIndex((one) => one.priority === priority) !== index);
  if (twice) throw new InvalidArgumentError(`priority ${twice.priority} has two periods.`);
  return periods;
}

export function addShutdownFlags(command: Command): void {
  command
    .option('--shutdown-grace-period <duration>', 'how long pods have to end before the machine does; default: nobody waits for them', duration)
    .option('--shutdown-grace-period-critical-pods <duration>', 'the last part of it, in which critical pods end', duration)
    .option('--shutdown-grace-period-by-pod-priority <periods>', 'instead of both, by priority: 0=60s,100000=10s', gracePeriodsByPriority);
}

/** Undefined: nobody waits for pods. Throws UsageError for what does not fit together. */
export function shutdownGracePeriods({ shutdownGracePeriod, shutdownGracePeriodCriticalPods, shutdownGracePeriodByPodPriority }: ShutdownFlags): readonly ShutdownGracePeriod[] | undefined {
  if (shutdownGracePeriodByPodPriority) {
    if (shutdownGracePeriod !== undefined || shutdownGracePeriodCriticalPods !== undefined) {
      throw new UsageError('--shutdown-grace-period-by-pod-priority says all: leave --shutdown-grace-period and --shutdown-grace-period-critical-pods out');
    }
    return shutdownGracePeriodByPodPriority;
  }
  const [whole, critical] = [shutdownGracePeriod ?? 0, shutdownGracePeriodCriticalPods ?? 0];
  if (critical > whole) throw new UsageError('--shutdown-grace-period-critical-pods is a part of --shutdown-grace-period: that must be as long at least');
  for (const period of [whole, critical]) if (period > 0 && period < 1000) throw new UsageError('--shutdown-grace-period and --shutdown-grace-period-critical-pods are 0, or 1s or more');
  return whole === 0 ? undefined : ordinaryAndCritical(Math.floor(whole / 1000), Math.floor(critical / 1000));
}
