import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { DEFAULT_THRESHOLDS, type EvictionSignal, type EvictionThresholds, parseGracePeriods, parseThresholds } from '../kubelet/index.ts';
import { UsageError } from './errors.ts';
import { count, duration } from './flags.ts';

/** When a node is short of something, under the kubelet's names. */
export interface EvictionFlags {
  readonly evictionHard?: EvictionThresholds['hard'];
  readonly evictionSoft: ReturnType<typeof parseThresholds>;
  readonly evictionSoftGracePeriod: Partial<Record<EvictionSignal, number>>;
  readonly evictionMaxPodGracePeriod: number;
  readonly evictionPressureTransitionPeriod?: number;
  readonly outOfDiskThreshold: number;
}

/** Turns what a parser throws into commander's error, which names the flag. */
function refusing<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}

function share(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (!match?.[1] || Number(match[1]) > 100) throw new InvalidArgumentError('must be a percentage such as 1%.');
  return Number(match[1]) / 100;
}

export function addEvictionFlags(command: Command): void {
  command
    .option('--eviction-hard <thresholds>', 'what must stay free, or pods are evicted at once: memory.available<100Mi,nodefs.available<10%', refusing(parseThresholds))
    .option('--eviction-soft <thresholds>', 'what must stay free, or pods are evicted after a while', refusing(parseThresholds), {})
    .option('--eviction-soft-grace-period <periods>', 'after which while: memory.available=1m30s', refusing((text) => parseGracePeriods(text, duration)), {})
    .option('--eviction-max-pod-grace-period <seconds>', 'how long pods have to end when a soft threshold evicts them', count, 0)
    .option('--eviction-pressure-transition-period <duration>', 'how long a node says that it is under pressure after it was; default: 5m', duration)
    .option('--out-of-disk-threshold <percent>', 'free space below which the node is OutOfDisk', share, DEFAULT_THRESHOLDS.outOfDisk);
}

/** Throws UsageError for a soft threshold without its grace period. */
export function evictionThresholds(flags: EvictionFlags): EvictionThresholds {
  const soft = Object.entries(flags.evictionSoft).map(([signal, amount]) => {
    const graceMs = flags.evictionSoftGracePeriod[signal as EvictionSignal];
    if (graceMs === undefined) throw new UsageError(`--eviction-soft names ${signal}: say after how long with --eviction-soft-grace-period=${signal}=1m30s`);
    return [signal, { amount, graceMs }];
  });
  return {
    hard: flags.evictionHard ?? DEFAULT_THRESHOLDS.hard, soft: Object.fromEntries(soft) as EvictionThresholds['soft'], maxPodGraceSeconds: flags.evictionMaxPodGracePeriod,
    outOfDisk: flags.outOfDiskThreshold,
  };
}
