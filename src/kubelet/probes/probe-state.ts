import type { ProbeOutcome } from './run-probe.ts';

export type ProbeType = 'startup' | 'readiness' | 'liveness';

/** What one probe has seen in a row, and what it holds true. */
export interface ProbeState {
  readonly verdict: 'success' | 'failure' | 'unknown';
  readonly last: 'success' | 'failure' | undefined;
  readonly inARow: number;
}

export interface Thresholds {
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export function initialState(type: ProbeType): ProbeState {
  return { verdict: type === 'liveness' ? 'success' : type === 'readiness' ? 'failure' : 'unknown', last: undefined, inARow: 0 };
}

/** The state after one more outcome: the verdict changes only when its threshold is reached. Source: pkg/kubelet/prober, worker. */
export function afterOutcome(state: ProbeState, outcome: ProbeOutcome, { successThreshold, failureThreshold }: Thresholds): ProbeState {
  const result = outcome.result === 'failure' ? 'failure' : 'success';
  const inARow = state.last === result ? state.inARow + 1 : 1;
  const reached = inARow >= (result === 'success' ? successThreshold : failureThreshold);
  return { verdict: reached ? result : state.verdict, last: result, inARow };
}

/** When to ask regularly after `lastMs`: of the times that have passed meanwhile, one only. A burst of questions would use up a threshold at once. Source: Go, time.Ticker. */
export function nextRegularMs(lastMs: number, periodMs: number, nowMs: number): number {
  const missed = Math.floor((nowMs - lastMs) / periodMs);
  return lastMs + Math.max(missed, 1) * periodMs;
}

/** The first failures of a container that is only starting are asked again sooner than its period, without counting. */
const EAGER_MS = [50, 100, 200, 400, 800, 1600];

/** When to ask after `eagerAttempts` extra questions; undefined: at the regular time. */
export function eagerDelayMs(type: ProbeType, eagerAttempts: number, periodMs: number): number | undefined {
  if (type === 'liveness') return undefined;
  const delayMs = EAGER_MS[eagerAttempts];
  return delayMs !== undefined && delayMs < periodMs ? delayMs : undefined;
}
