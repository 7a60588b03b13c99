import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { localStorageExcess } from './local-storage.ts';
import { NO_USAGE } from './pod-usage.ts';
import { evictionMessage, rankForEviction } from './ranking.ts';
import { parseGracePeriods, parseThresholds } from './threshold-texts.ts';
import { DEFAULT_THRESHOLDS, isOutOfDisk, shortages } from './thresholds.ts';

const MEBI = 1024 ** 2;
const fs = { capacityBytes: 1000, availableBytes: 500, inodes: 100, inodesFree: 50 };
const plenty = { cpuSeconds: 0, uptimeSeconds: 1, memoryBytes: 4096 * MEBI, memoryAvailableBytes: 1024 * MEBI, nodeFs: fs, imageFs: fs, pidsMax: 100, pidsUsed: 10 };

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
  const using = (subject: Pod, mebi: number) => ({ pod: subject, usage: { ...NO_USAGE, memoryBytes: mebi * MEBI } });
  const ranked = rankForEviction([
    using(pod('within', '100Mi'), 50), using(pod('over-important', '10Mi', 10), 500), using(pod('over-a-little', '10Mi'), 20), using(pod('best-effort', undefined), 100),
    using(pod('critical', undefined, 2_000_001_000), 900),
  ], { resource: 'memory' });
  assert.deepEqual(ranked.map(({ pod: { metadata } }) => metadata.name), ['best-effort', 'over-a-little', 'over-important', 'within']);
});

test('when inodes are short requests for space spare nobody', () => {
  const pod = (name: string, request: string): Pod => ({
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [{ name: 'c', resources: { requests: { 'ephemeral-storage': request } } }] }, status: {},
  });
  const pods = [{ pod: pod('small', '1Mi'), usage: { ...NO_USAGE, diskBytes: 2 * MEBI } }, { pod: pod('large', '1Gi'), usage: { ...NO_USAGE, diskBytes: 100 * MEBI } }];
  const first = (resource: 'inodes' | 'ephemeral-storage'): string | undefined => rankForEviction(pods, { resource })[0]?.pod.metadata.name;
  assert.deepEqual([first('ephemeral-storage'), first('inodes')], ['small', 'large']);
});

test('thresholds are read as a kubelet reads them; those that are not named keep nothing free', () => {
  const hard = parseThresholds('memory.available<500Mi,nodefs.available<12.5%,pid.available<10');
  assert.deepEqual(hard, { 'memory.available': { absolute: 500 * MEBI }, 'nodefs.available': { share: 0.125 }, 'pid.available': { absolute: 10 } });
  assert.deepEqual(shortages({ ...plenty, memoryAvailableBytes: 499 * MEBI, imageFs: { ...fs, availableBytes: 0 }, pidsUsed: 91 }, { hard, soft: {} }).map(({ signal }) => signal), ['memory.available', 'pid.available']);
  assert.deepEqual(parseGracePeriods('memory.available=90s', () => 90_000), { 'memory.available': 90_000 });
});

for (const { text, message } of [
  { text: 'memory.free<1Gi', message: /there is no signal "memory\.free"; there are: memory\.available, / },
  { text: 'memory.available', message: /has not the form signal<value/ },
  { text: 'memory.available<much', message: /"much" is neither a percentage such as 10% nor a quantity such as 100Mi/ },
  { text: 'nodefs.available<101%', message: /101% is more than everything/ },
]) test(`refuses the threshold ${text}`, () => assert.throws(() => parseThresholds(text), message));

test('a message names the containers that used more than they had asked for', () => {
  const pod: Pod = {
    metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '' }, status: {},
    spec: { containers: [{ name: 'modest', resources: { requests: { memory: '64Mi' } } }, { name: 'greedy', resources: { requests: { memory: '64Mi' } } }, { name: 'bold', resources: {} }], initContainers: [{ name: 'beside', restartPolicy: 'Always', resources: { requests: { memory: '1024Ki' } } }] },
  };
  const containers = new Map([['modest', 10], ['greedy', 100], ['bold', 5], ['beside', 2]].map(([name, mebi]) => [String(name), { memoryBytes: Number(mebi) * MEBI, diskBytes: 0 }]));
  const shortage = { signal: 'memory.available', resource: 'memory', threshold: 100 * MEBI, available: 51_300 * 1024, graceMs: undefined } as const;
  assert.equal(evictionMessage(shortage, { pod, usage: { ...NO_USAGE, containers } }), 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 51300Ki. '
    + 'Container greedy was using 100Mi, request is 64Mi, has larger consumption of memory. Container bold was using 5Mi, request is 0, has larger consumption of memory. '
    + 'Container beside was using 2Mi, request is 1Mi, has larger consumption of memory. ');
  const inodes = { signal: 'nodefs.inodesFree', resource: 'inodes', threshold: 60_000, available: 1234, graceMs: undefined } as const;
  assert.equal(evictionMessage(inodes, { pod, usage: NO_USAGE }), 'The node was low on resource: inodes. Threshold quantity: 60k, available: 1234. ');
});

for (const { name, limits, sizeLimit, expected } of [
  { name: 'an emptyDir over its size limit', limits: [undefined], sizeLimit: '9Mi', expected: 'Usage of EmptyDir volume "scratch" exceeds the limit "9Mi". ' },
  { name: 'a container over its limit', limits: ['4Mi', undefined], sizeLimit: undefined, expected: 'Container c0 exceeded its local ephemeral storage limit "4Mi". ' },
  { name: 'a pod over the sum of its limits', limits: ['6Mi', '6Mi'], sizeLimit: undefined, expected: 'Pod ephemeral local storage usage exceeds the total limit of containers 12Mi. ' },
  { name: 'nothing over', limits: ['20Mi', '20Mi'], sizeLimit: '10Mi', expected: undefined },
]) {
  test(`limits on disk: ${name}`, () => {
    const pod: Pod = {
      metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '' }, status: {},
      spec: {
        containers: limits.map((limit, i) => ({ name: `c${i}`, resources: limit ? { limits: { 'ephemeral-storage': limit } } : {} })),
        volumes: [{ name: 'scratch', emptyDir: sizeLimit === undefined ? {} : { sizeLimit } }],
      },
    };
    const containers = new Map([['c0', { memoryBytes: 0, diskBytes: 5 * MEBI }], ['c1', { memoryBytes: 0, diskBytes: 0 }]]);
    assert.equal(localStorageExcess(pod, { ...NO_USAGE, diskBytes: 15 * MEBI, containers, emptyDirs: new Map([['scratch', 10 * MEBI]]) }), expected);
  });
}
