import { cpuUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import type { Clock } from './clock.ts';

const CHECK_MS = 10_000;
/** A process that takes more of a core than this, from one check to the next, will run what it runs now for long. */
const BUSY_SHARE = 0.4;

/**
 * To be called once a process has loaded what it needs, for V8 takes no compiled code that was kept under other flags: it leaves out its second optimizing compiler until `compileOnceBusy` finds the
 * process busy for seconds. What that compiler takes in its own thread for a server's first few thousand requests is 7 to 11 % of all they cost, and it comes back only after some ten thousand more:
 * most servers are never asked so much. Source: `node --v8-options`.
 */
export function compileLate(): void {
  setFlagsFromString('--no-turbofan');
  // Else what is compiled meanwhile would never be compiled again.
  setFlagsFromString('--force-emit-interrupt-budget-checks');
}

/** Waits, until `signal` is aborted, for load that lasts; then V8 may use all its compilers. `cpuMs`: what the process has taken of the processors. */
export async function compileOnceBusy(clock: Clock, signal: AbortSignal, cpuMs: () => number = ownCpuMs): Promise<void> {
  for (let before = cpuMs(); await waited(clock, signal);) {
    const now = cpuMs();
    if (now - before > CHECK_MS * BUSY_SHARE) {
      setFlagsFromString('--turbofan');
      return;
    }
    before = now;
  }
}

function ownCpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

async function waited(clock: Clock, signal: AbortSignal): Promise<boolean> {
  await clock.sleep(CHECK_MS, signal).catch(() => undefined);
  return !signal.aborted;
}
