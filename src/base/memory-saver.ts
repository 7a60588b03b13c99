import { cpuUsage, memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from './clock.ts';

const CHECK_MS = 5000;
/** Less garbage than this is not worth a collection. */
const WORTHWHILE_BYTES = 6 * 1024 * 1024;
/** A process that takes more of a core than this, from one check to the next, has use for compiled code. */
const BUSY_SHARE = 0.4;
/** V8's compilers that make fast code of what runs often. Their own code, once used, is some 9 MB of memory, and what they work with as much again. */
const COMPILERS = ['maglev', 'turbofan'] as const;

/** To be called first of all, before much has run: V8 only interprets, or compiles without optimizing, until `saveMemory` finds the process busy. */
export function compileLittle(): void {
  for (const name of COMPILERS) setFlagsFromString(`--no-${name}`);
}

/**
 * Keeps a process small that works in bursts and waits most of the time: V8 does not let its young generation grow, what a burst left behind is given
 * back once memory has stopped growing, and compilers are used once the process is busy for seconds (see `compileLittle`). Costs a few per cent of a busy process's time: not for
 * a server. Source: `node --v8-options`.
 */
export async function saveMemory(clock: Clock, signal: AbortSignal): Promise<void> {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;
  let keptBytes = 0;
  let beforeBytes = 0;
  let compilesLittle = true;
  for (let before = cpuUsage(); !signal.aborted; before = cpuUsage()) {
    await clock.sleep(CHECK_MS, signal).catch(() => undefined);
    if (compilesLittle && isBusy(cpuUsage(before))) {
      compilesLittle = false;
      for (const name of COMPILERS) setFlagsFromString(`--${name}`);
    }
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

function isBusy({ user, system }: NodeJS.CpuUsage): boolean {
  return (user + system) / 1000 > CHECK_MS * BUSY_SHARE;
}
