import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesOf, scenarioOptions } from '../../scripts/conformity-report.ts';

test('what a refusal says comes before all that it lacks, and the lines are few', () => {
  const absent = Array.from({ length: 40 }, (_, i) => ({ path: `spec.field${i}`, expected: 'x'.repeat(1000), got: undefined }));
  const diffs = [...absent, { path: '(status)', expected: 201, got: 404 }, { path: 'message', expected: undefined, got: 'namespaces "a" not found' }];
  const lines = differencesOf({ area: 'rich', scenario: 'volume claims', ok: false, passed: 0, total: 9, steps: Array.from({ length: 9 }, (_, step) => ({ step, request: 'admin POST /x', diffs })) });
  assert.deepEqual(lines.slice(0, 4), ['  0 of 9 steps are alike', '  step 0: admin POST /x', '    (status): expected 201, got 404', '    message: expected (absent), got "namespaces \\"a\\" not found"']);
  assert.ok(lines.length < 40 && lines.every((line) => line.length < 700));
});

test('a scenario is replayed alone with the options that do not choose scenarios', () => {
  assert.deepEqual(scenarioOptions(['--area', 'rich', '--cases', 'dir', '--parallel', '4', '--quiet', '--json', 'f', '--scenario', 'x']), ['--cases', 'dir', '--quiet']);
});
