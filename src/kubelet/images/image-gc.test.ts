import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { ContainerRuntime, Image } from '../../runtime/index.ts';
import type { Machine } from '../node/machine.ts';
import { ImageGarbageCollector } from './image-gc.ts';
import { pullFailure } from './image-manager.ts';
import { PullRecords } from './pull-records.ts';

const NEVER = new AbortController().signal;
const image = (id: string): Image => ({ id, repoTags: [`${id}:1`], repoDigests: [], size: 100, username: '', pinned: false });

test('images that were just pulled are not cleared away', async () => {
  const clock = new VirtualClock();
  const images = [image('old')];
  const runtime = {
    listImages: async () => [...images], listContainers: async () => [],
    removeImage: async ({ image: id }: { image: string }) => void images.splice(images.findIndex((one) => one.id === id), 1),
  } as unknown as ContainerRuntime;
  const collector = new ImageGarbageCollector({ runtime, clock, machine: {} as Machine, records: new PullRecords({ clock, folder: undefined }), logger: silentLogger, highThreshold: 0.85, lowThreshold: 0.8 });
  assert.equal(await collector.collect(0, NEVER), 0);
  images.push(image('new'));
  await clock.advance(60_000);
  assert.equal(await collector.collect(1000, NEVER), 100);
  assert.deepEqual(images.map(({ id }) => id), ['new']);
  await clock.advance(120_000);
  assert.equal(await collector.collect(1000, NEVER), 100);
});

for (const { text, expected } of [
  { text: 'failed to resolve', expected: { reason: 'ErrImagePull', message: 'failed to resolve' } },
  { text: 'RegistryUnavailable: 503', expected: { reason: 'RegistryUnavailable', message: 'image pull failed for busybox:1 because the registry is unavailable: 503' } },
  { text: 'SignatureValidationFailed', expected: { reason: 'SignatureValidationFailed', message: 'image pull failed for busybox:1 because the signature validation failed' } },
]) test(`a failed pull: ${text}`, () => assert.deepEqual(pullFailure('busybox:1', text), expected));
