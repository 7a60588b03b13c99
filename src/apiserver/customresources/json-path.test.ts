import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileJsonPath } from './json-path.ts';

for (const { path, expected } of [
  { path: '.spec.l[0].n', expected: ['one'] },
  { path: '.spec.l[*].n', expected: ['one', 'two'] },
  { path: '.spec.l[?(@.n=="two")].v', expected: [2] },
  { path: ".metadata.labels['a.b/c']", expected: ['d'] },
  { path: '.metadata.labels.a\\.b/c', expected: ['d'] },
  { path: '.none', expected: [] },
  { path: '.spec.l[-1].n', expected: ['two'] },
  { path: '.spec.l[-1:].n', expected: ['two'] },
  { path: '.spec.l[0:1].n', expected: ['one'] },
  { path: '.spec.l[::2].n', expected: ['one'] },
  { path: '.spec.l[5:].n', expected: [] },
  { path: '.spec..v', expected: [1, 2] },
  { path: '.spec.l[?(@.v)].n', expected: ['one', 'two'] },
  { path: '.spec.l[?(@.w)].n', expected: [] },
  { path: '.spec.l[?(@.v>1)].n', expected: ['two'] },
]) {
  test(`finds ${path}`, () => {
    const object = { metadata: { labels: { 'a.b/c': 'd' } }, spec: { l: [{ n: 'one', v: 1 }, { n: 'two', v: 2 }] } };
    assert.deepEqual(compileJsonPath(path)?.(object), expected);
  });
}
