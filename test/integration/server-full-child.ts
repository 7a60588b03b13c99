/** Fills the file system of DIR under a server, makes room, and checks what the server says of itself: `node server-full-child.ts DIR`. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpConnection } from '../../bench/http-connection.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { LmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { ADMIN_TOKEN, startTestServer } from '../support/test-server.ts';

const [dir = ''] = process.argv.slice(2);
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const never = new AbortController().signal;
const clock = new SystemClock();
const ballast = join(dir, 'ballast');
const store = new LmdbStore({ clock, logger: silentLogger, dataDir: join(dir, 'data') });
await store.start(never);
const server = await startTestServer({ store });
const client = await HttpConnection.open(new URL(server.url), ADMIN_TOKEN);

async function say(path: string): Promise<{ status: number; text: string }> {
  const { status, body } = await client.request('GET', path, { keepsBody: true });
  return { status, text: body.toString() };
}

function write(name: string): Promise<{ status: number; body: Buffer }> {
  return client.request('POST', CONFIG_MAPS, { body: Buffer.from(JSON.stringify({ metadata: { name }, data: { filler: 'x'.repeat(20_000) } })) });
}

assert.equal((await say('/readyz')).status, 200);
writeFileSync(ballast, Buffer.alloc(20 * 2 ** 20));
let written = 0;
for (let refused: { status: number; body: Buffer } | undefined; !refused; written++) {
  assert.ok(written < 3000, 'the disk is never full');
  const answer = await write(`map-${written}`);
  if (answer.status !== 201) {
    refused = answer;
    assert.equal(refused.status, 503, refused.body.toString());
    assert.match(refused.body.toString(), /"reason":"ServiceUnavailable"/);
  }
}
const full = await say('/readyz?verbose');
assert.equal(full.status, 500);
assert.match(full.text, /\[-\]etcd failed/);
assert.match((await say('/readyz/etcd')).text, /the store has no room/);
assert.equal((await say(`${CONFIG_MAPS}/map-0`)).status, 200, 'reads go on');
rmSync(ballast);
while ((await say('/readyz')).status !== 200) await clock.sleep(50, never);
assert.equal((await write('after')).status, 201);
client.close();
await server[Symbol.asyncDispose]();
await store[Symbol.asyncDispose]();
