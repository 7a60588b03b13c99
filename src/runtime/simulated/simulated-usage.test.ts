import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedUsage } from './simulated-usage.ts';

for (const { name, annotations, expected } of [
  { name: 'nothing is used where nothing is said', annotations: {}, expected: { cores: 0, memoryBytes: 0 } },
  { name: 'quantities', annotations: { 'kubets.io/simulated-cpu': '250m', 'kubets.io/simulated-memory': '64Mi' }, expected: { cores: 0.25, memoryBytes: 64 * 1024 * 1024 } },
  { name: 'texts that are none, and less than nothing', annotations: { 'kubets.io/simulated-cpu': 'much', 'kubets.io/simulated-memory': '-5' }, expected: { cores: 0, memoryBytes: 0 } },
]) test(name, () => assert.deepEqual(simulatedUsage(annotations), expected));
