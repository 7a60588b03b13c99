import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { EventRateLimit } from './event-rate-limit.ts';

const made = (...limits: readonly object[]): EventRateLimit => new EventRateLimit(new VirtualClock(), {
  folder: '/', value: { kind: 'Configuration', apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', limits: [...limits] },
} as ConstructorParameters<typeof EventRateLimit>[1]);

// The cases of plugin/pkg/admission/eventratelimit, validation_test.go.
test('takes limits of every type', () => {
  assert.ok(made({ type: 'Server', burst: 5, qps: 1 }, { type: 'Namespace', burst: 10, qps: 2, cacheSize: 100 }, { type: 'SourceAndObject', burst: 25, qps: 10, cacheSize: 1000 }));
  assert.ok(made({ type: 'User', burst: 10, qps: 2, cacheSize: 100 }));
});

for (const { name, limits, problem } of [
  { name: 'no limits', limits: [], problem: 'limits: Invalid value: []: must not be empty' },
  { name: 'a missing type', limits: [{ burst: 25, qps: 10 }], problem: 'limits[0].type: Unsupported value: "": supported values: "Namespace", "Server", "SourceAndObject", "User"' },
  { name: 'a missing burst', limits: [{ type: 'Server', qps: 1 }], problem: 'limits[0].burst: Invalid value: 0: must be positive' },
  { name: 'a missing rate', limits: [{ type: 'Server', burst: 5 }], problem: 'limits[0].qps: Invalid value: 0: must be positive' },
  { name: 'a negative size', limits: [{ type: 'Namespace', burst: 10, qps: 2, cacheSize: -1 }], problem: 'limits[0].cacheSize: Invalid value: -1: must not be negative' },
]) {
  test(`refuses ${name}`, () => assert.throws(() => made(...limits), { message: problem }));
}
