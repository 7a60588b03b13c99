import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Change } from './change.ts';
import { Entry } from './entry.ts';
import { ResourceCache } from './resource-cache.ts';

function entryAt(revision: number, bytes: number): Entry {
  return Entry.ofObject('/registry/core/configmaps/default/a', revision, {
    kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', uid: 'u', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z', annotations: { filler: 'x'.repeat(bytes) } },
  });
}

/** A cache in which one object of so many bytes was written again and again, up to the revision. */
function written(times: number, bytes: number): ResourceCache {
  const cache = new ResourceCache(0);
  let previous: Entry | undefined;
  for (let revision = 1; revision <= times; revision++) {
    const entry = entryAt(revision, bytes);
    cache.apply(new Change(revision, entry, previous));
    previous = entry;
  }
  return cache;
}

test('keeps the latest changes for watches that resume, and says when it does not reach back so far', () => {
  const cache = written(5000, 100);
  assert.equal(cache.changesAfter(4000)?.length, 1000);
  assert.deepEqual(cache.changesAfter(5000), []);
  assert.equal(cache.changesAfter(10), undefined);
});

test('keeps fewer changes of large objects', () => {
  const cache = written(100, 500_000);
  const kept = Array.from({ length: 101 }, (_, revision) => cache.changesAfter(revision)?.length);
  assert.equal(kept[100], 0);
  assert.equal(kept[95], 5);
  assert.ok(kept.findIndex((count) => count !== undefined) >= 80, 'more than ten megabytes of old states are kept');
});
