import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { rankForEviction } from './ranking.ts';
import { DEFAULT_THRESHOLDS, isOutOfDisk, shortages } from './thresholds.ts';

const MEBI = 1024 ** 2;
const fs = { capacityBytes: 1000, availableBytes: 500, inodes: 100, inodesFree: 50 };
const plenty = { memoryAvailableBytes: 1024 * MEBI, nodeFs: fs, imageFs: fs, pidsMax: 100, pidsUsed: 10 };

for (const { name, usage, expected } of [
  { name: 'nothing', usage: plenty, expected: [] },
  { name: 'memory', usage: { ...plenty, memoryAvailableBytes: 99 * MEBI }, expected: ['memory.available'] },
  { name: 'the disk of pods', usage: { ...plenty, nodeFs: { ...fs, availableBytes: 99 } }, expected: ['nodefs.available'] },
  { name: 'the disk of images', usage: { ...plenty, imageFs: { ...fs, availableBytes: 149 } }, expected: ['imagefs.available'] },
  { name: 'inodes', usage: { ...plenty, nodeFs: { ...fs, inodesFree: 4 } }, expected: ['nodefs.inodesFree'] },
  { name: 'a file system without inodes', usage: { ...plenty, nodeFs: { ...fs, inodes: 0, inodesFree: 0 } }, expected: [] },
]) test(`short of ${name}`, () => assert.deepEqual(shortages(usage, DEFAULT_THRESHOLDS).map(({ signal }) => signal), expected));

test('out of disk is when less than the share is free for pods or for images', () => {
  assert.equal(isOutOfDisk(plenty, 0.01), false);
  assert.equal(isOutOfDisk({ ...plenty, imageFs: { ...fs, availableBytes: 9 } }, 0.01), true);
});

test('who uses more than asked for goes first, then the lower priority, then the most over; critical pods never', () => {
  const pod = (name: string, request: string | undefined, priority = 0): Pod => ({
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { priority, containers: [{ name: 'c', resources: request ? { requests: { memory: request } } : {} }] }, status: {},
  });
  const using = (subject: Pod, mebi: number) => ({ pod: subject, usage: { memoryBytes: mebi * MEBI, diskBytes: 0, processes: 1 } });
  const ranked = rankForEviction([
    using(pod('within', '100Mi'), 50), using(pod('over-important', '10Mi', 10), 500), using(pod('over-a-little', '10Mi'), 20), using(pod('best-effort', undefined), 100),
    using(pod('critical', undefined, 2_000_001_000), 900),
  ], { signal: 'memory.available', resource: 'memory', threshold: 0, available: 0 });
  assert.deepEqual(ranked.map(({ pod: { metadata } }) => metadata.name), ['best-effort', 'over-a-little', 'over-important', 'within']);
});
