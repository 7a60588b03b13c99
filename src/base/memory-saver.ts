import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './clock.ts';

const CHECK_MS = 5000;
/** Less garbage than this is not worth a collection. */
const WORTHWHILE_BYTES = 6 * 1024 * 1024;

/**
 * Keeps a process small that works in bursts and waits most of the time: V8 does not let its young generation grow, and what a burst left behind is given
 * back once memory has stopped growing. Costs a few per cent of a busy process's time: not for a server. Source: `node --v8-options`.
 */
export async function saveMemory(clock: Clock, signal: AbortSignal): Promise<void> {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;
  let keptBytes = 0;
  let beforeBytes = 0;
  while (!signal.aborted) {
    await clock.sleep(CHECK_MS, signal).catch(() => undefined);
    const { heapUsed, external } = memoryUsage();
    const usedBytes = heapUsed + external;
    const hasCalmedDown = usedBytes - beforeBytes < WORTHWHILE_BYTES / 3;
    beforeBytes = usedBytes;
    if (signal.aborted || !hasCalmedDown || usedBytes - keptBytes < WORTHWHILE_BYTES) continue;
    collect({ type: 'major', flavor: 'last-resort' });
    const after = memoryUsage();
    keptBytes = after.heapUsed + after.external;
    beforeBytes = keptBytes;
  }
}
