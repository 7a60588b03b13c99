import { cpuUsage, memoryUsage } from 'node:process';
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './clock.ts';

/** A larger half of the young generation is not faster here: so much stays in the processor's caches. */
const YOUNG_HALF_BYTES = 8 * 10 ** 6;
const YOUNG_CHECK_MS = 250;
const CALM_CHECK_MS = 10_000;
/** A process that takes less of a core than this has nothing to do. */
const CALM_SHARE = 0.03;
/** Less garbage than this is not worth a collection. */
const WORTHWHILE_BYTES = 8 * 2 ** 20;
/** A heap beyond the first figure is collected once garbage is so many per cent of what lives: V8 would wait for twice as much and more. */
const LARGE_HEAP_BYTES = 32 * 2 ** 20;
const LARGE_HEAP_GROWTH_PERCENT = 30;
/** So much garbage a heap may hold whatever lives in it: one of 40 MB would else be collected for each 12 MB. */
const SPARE_BYTES = 32 * 2 ** 20;
/** A heap may grow by that much within seconds: thousands of objects are made in one. */
const GROWTH_CHECK_MS = 500;
/** A larger heap would stand still for too long, even when nobody waits. */
const MAX_COLLECTED_BYTES = 64 * 2 ** 20;

/**
 * Keeps the memory of a process small that must answer at once: the young generation does not grow beyond what is of use, a large heap holds less garbage, and when there is
 * nothing to do, a small heap gives back what a burst left behind. Until `signal` is aborted. Source: `node --v8-options`.
 */
export async function keepServerSmall(clock: Clock, signal: AbortSignal): Promise<void> {
  // A young generation of this size is scanned in a millisecond or two: to wake other threads for it takes more of the processors than it spares this one.
  setFlagsFromString('--no-parallel-scavenge');
  await Promise.all([boundYoungGeneration(clock, signal), boundGrowth(clock, signal), collectWhenCalm(clock, signal)]);
}

/** V8 doubles the young generation as it needs; its limit can be told only before a process starts, but not to grow any more always. */
async function boundYoungGeneration(clock: Clock, signal: AbortSignal): Promise<void> {
  while (youngHalfBytes() < YOUNG_HALF_BYTES) if (!(await waited(clock, YOUNG_CHECK_MS, signal))) return;
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** How much fits into one of the two halves, of which one is in use. */
function youngHalfBytes(): number {
  const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
  return young ? young.space_used_size + young.space_available_size : Infinity;
}

async function boundGrowth(clock: Clock, signal: AbortSignal): Promise<void> {
  for (let before = -1; await waited(clock, GROWTH_CHECK_MS, signal);) {
    const percent = heapGrowthPercent(getHeapStatistics().used_heap_size);
    if (percent !== before) setFlagsFromString(`--heap-growing-percent=${percent}`);
    before = percent;
  }
}

async function collectWhenCalm(clock: Clock, signal: AbortSignal): Promise<void> {
  let keptBytes = 0;
  for (let before = cpuUsage(); await waited(clock, CALM_CHECK_MS, signal); before = cpuUsage()) {
    const { user, system } = cpuUsage(before);
    const heldBytes = held();
    const isCalm = (user + system) / 1000 < CALM_CHECK_MS * CALM_SHARE;
    if (!isCalm || heldBytes - keptBytes < WORTHWHILE_BYTES || heldBytes > MAX_COLLECTED_BYTES) continue;
    collect();
    keptBytes = held();
  }
}

/** For V8's flag of this name; 0: as it thinks best. */
export function heapGrowthPercent(heapBytes: number): number {
  return heapBytes > LARGE_HEAP_BYTES ? Math.max(LARGE_HEAP_GROWTH_PERCENT, Math.ceil((100 * SPARE_BYTES) / heapBytes)) : 0;
}

function held(): number {
  const { heapUsed, external } = memoryUsage();
  return heapUsed + external;
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;
  gc({ type: 'major', flavor: 'last-resort' });
}

async function waited(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  await clock.sleep(ms, signal).catch(() => undefined);
  return !signal.aborted;
}
