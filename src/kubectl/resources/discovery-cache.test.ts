import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SystemClock } from '../../base/clock.ts';
import type { Discovery } from './discovery.ts';
import { DiscoveryCache } from './discovery-cache.ts';

const root = mkdtempSync(join(tmpdir(), 'kubets-discovery-'));
const clock = new SystemClock();
const HOUR_S = 3600;
const discovery: Discovery = {
  groups: { kind: 'APIGroupList', apiVersion: 'v1', groups: [{ name: '', versions: [{ groupVersion: 'v1', version: 'v1' }] }, { name: 'apps', versions: [{ groupVersion: 'apps/v1', version: 'v1' }] }] },
  lists: new Map(['v1', 'apps/v1'].map((groupVersion) => [groupVersion, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [] }])),
};

after(() => rmSync(root, { recursive: true }));

test('gives back what was written, of the same server only', async () => {
  await new DiscoveryCache(root, 'https://127.0.0.1:6443', clock).write(discovery);
  assert.deepEqual(await new DiscoveryCache(root, 'https://127.0.0.1:6443', clock).read(), discovery);
  assert.equal(await new DiscoveryCache(root, 'https://127.0.0.1:6444', clock).read(), undefined);
  assert.deepEqual(new Set(readdirSync(join(root, 'discovery', '127.0.0.1_6443'), { recursive: true, encoding: 'utf8' })), new Set(['apps', 'apps/v1', 'apps/v1/serverresources.json', 'servergroups.json', 'v1', 'v1/serverresources.json']));
  assert.equal(statSync(join(root, 'discovery')).mode & 0o7, 0);
});

test('is nothing when a part is missing, broken or older than six hours', async () => {
  const cache = new DiscoveryCache(root, 'https://old', clock);
  const part = join(root, 'discovery', 'old', 'apps', 'v1', 'serverresources.json');
  const aged = (hours: number): void => utimesSync(part, clock.now() / 1000, clock.now() / 1000 - hours * HOUR_S);
  await cache.write(discovery);
  aged(5);
  assert.ok(await cache.read());
  aged(7);
  assert.equal(await cache.read(), undefined);
  aged(0);
  writeFileSync(part, '{');
  assert.equal(await cache.read(), undefined);
  rmSync(part);
  assert.equal(await cache.read(), undefined);
});

for (const { name, folder } of [
  { name: 'a file stands in its place', folder: join(root, 'file') },
  { name: 'the kernel lets nobody make folders there', folder: '/proc/kubets' },
]) test(`breaks nothing where ${name}`, async () => {
  writeFileSync(join(root, 'file'), '');
  const cache = new DiscoveryCache(folder, 'https://x', clock);
  await cache.write(discovery);
  assert.equal(await cache.read(), undefined);
});
