import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterOutcome, eagerDelayMs, initialState, nextRegularMs, type ProbeState } from './probe-state.ts';

function after(state: ProbeState, results: string, thresholds: { successThreshold: number; failureThreshold: number }): string {
  let now = state;
  for (const result of results) now = afterOutcome(now, { result: result === '+' ? 'success' : 'failure', output: '' }, thresholds);
  return now.verdict;
}

for (const { name, type, results, expected } of [
  { name: 'readiness begins unready', type: 'readiness' as const, results: '', expected: 'failure' },
  { name: 'readiness needs its successes in a row', type: 'readiness' as const, results: '+-+', expected: 'failure' },
  { name: 'readiness after two', type: 'readiness' as const, results: '++', expected: 'success' },
  { name: 'readiness lasts through a few failures', type: 'readiness' as const, results: '++--', expected: 'success' },
  { name: 'readiness is lost after three', type: 'readiness' as const, results: '++---', expected: 'failure' },
  { name: 'liveness begins well', type: 'liveness' as const, results: '--', expected: 'success' },
  { name: 'liveness fails after three', type: 'liveness' as const, results: '---', expected: 'failure' },
  { name: 'startup is open', type: 'startup' as const, results: '--', expected: 'unknown' },
]) test(`probe: ${name}`, () => assert.equal(after(initialState(type), results, { successThreshold: 2, failureThreshold: 3 }), expected));

test('only what is starting is asked again before its period', () => {
  assert.deepEqual([eagerDelayMs('readiness', 0, 10_000), eagerDelayMs('readiness', 5, 1000), eagerDelayMs('liveness', 0, 10_000), eagerDelayMs('startup', 6, 10_000)], [50, undefined, undefined, undefined]);
});

for (const { name, nowMs, expected } of [
  { name: 'in the next period', nowMs: 100_100, expected: 110_000 },
  { name: 'at once when the answer took longer than a period', nowMs: 112_000, expected: 110_000 },
  { name: 'at once, and not for each period that was missed', nowMs: 165_000, expected: 160_000 },
]) test(`asks again ${name}`, () => assert.equal(nextRegularMs(100_000, 10_000, nowMs), expected));
