import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { UserNamespaces } from './user-namespaces.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'userns-'));
});
after(() => rm(folder, { recursive: true }));

test('each pod has users of its own, the same after a restart; those of pods that are gone are free again', async () => {
  const first = new UserNamespaces(folder);
  assert.deepEqual((await first.ensure('a')).uids, [{ hostId: 65_536, containerId: 0, length: 65_536 }]);
  assert.equal((await first.ensure('b')).gids[0]?.hostId, 131_072);
  assert.equal((await first.ensure('a')).uids[0]?.hostId, 65_536);
  await mkdir(join(folder, 'broken'));
  await writeFile(join(folder, 'broken', 'userns'), '{');
  const second = new UserNamespaces(folder);
  await second.load();
  assert.equal(second.of('b')?.uids[0]?.hostId, 131_072);
  assert.equal((await second.ensure('c')).uids[0]?.hostId, 196_608);
  second.release('a');
  assert.equal((await second.ensure('d')).uids[0]?.hostId, 65_536);
});
