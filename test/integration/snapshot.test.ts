import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ConfigMap } from '../../src/api/generated/core-v1.ts';
import { configMaps } from '../../src/api/refs.ts';
import type { Draft } from '../../src/apimachinery/meta.ts';
import type { Client } from '../../src/client/client.ts';
import { EtcdProcess, whyNoEtcd } from './support/etcd-process.ts';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kubets-snapshot-'));
after(() => rmSync(folder, { recursive: true }));
const call = { signal: new AbortController().signal };
const alone = ['--controllers=', '--disable-scheduler'];

function kubets(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>();
  execFile(process.execPath, [main, 'snapshot', ...args], (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }));
  return promise;
}

async function write(client: Client, name: string): Promise<void> {
  await client.resource(configMaps, 'default').create({ metadata: { name, namespace: 'default' }, data: { name } } as Draft<ConfigMap>, call);
}

async function names(client: Client): Promise<string[]> {
  const { items } = await client.resource(configMaps, 'default').list(call);
  return items.map((item) => item.metadata.name).filter((name) => name.startsWith('c-'));
}

test('a snapshot of a running server is a whole state, and a server goes on from it as the same cluster', { timeout: 600_000 }, async () => {
  const file = join(folder, 'running');
  const port = await freePort();
  await using server = new ServerProcess({ port, flags: alone });
  await server.start();
  const client = server.client();
  const stop = new AbortController();
  const counts = [0, 0, 0, 0];
  const writers = counts.map(async (_, writer) => {
    for (let count = 0; !stop.signal.aborted; count++) {
      await write(client, `c-${writer}-${String(count).padStart(5, '0')}`);
      counts[writer] = count + 1;
    }
  });
  const before = [...counts];
  const saved = await kubets('save', file, '--data-dir', server.dataDir);
  stop.abort();
  await Promise.all(writers);
  assert.equal(saved.code, 0, saved.stderr);
  assert.match(saved.stdout, /^saved \d+ keys of revision \d+ to /);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const [, sha256, revision, keys] = /^SHA-256 .*\n([0-9a-f]{64}) +(\d+) +(\d+)/.exec((await kubets('status', file)).stdout) ?? [];
  assert.ok(sha256 && Number(revision) > 1 && Number(keys) > 100);
  const { cert, key, ca } = server.tls;
  await server.end('SIGKILL');

  const dataDir = join(folder, 'restored');
  const restored = await kubets('restore', file, '--data-dir', dataDir);
  assert.equal(restored.code, 0, restored.stderr);
  await using again = new ServerProcess({ port, flags: alone, dataDir });
  await again.start();
  // With the credentials of the old one.
  const other = again.client({ ca, cert, key });
  const found = await names(other);
  for (const [writer, least] of before.entries()) {
    const own = found.filter((name) => name.startsWith(`c-${writer}-`));
    assert.ok(own.length >= least && own.length <= (counts[writer] ?? 0), `${own.length} of writer ${writer}, ${least} were written before`);
    assert.deepEqual(own, own.map((_, count) => `c-${writer}-${String(count).padStart(5, '0')}`), 'all up to the last one');
  }
  await write(other, 'c-after');
  const { metadata } = await other.resource(configMaps, 'default').get('c-after', call);
  assert.ok(Number(metadata.resourceVersion) > Number(revision));
});

test('what is no snapshot, is damaged, or would overwrite something is refused in one line', { timeout: 600_000 }, async () => {
  const file = join(folder, 'good');
  await using server = new ServerProcess({ port: await freePort(), flags: alone });
  await server.start();
  assert.equal((await kubets('save', file, '--data-dir', server.dataDir)).code, 0);
  const damaged = join(folder, 'damaged');
  const bytes = readFileSync(file);
  bytes[bytes.length - 2000] = (bytes[bytes.length - 2000] ?? 0) ^ 1;
  writeFileSync(damaged, bytes);
  const cut = join(folder, 'cut');
  copyFileSync(file, cut);
  truncateSync(cut, bytes.length - 1000);
  const longer = join(folder, 'longer');
  copyFileSync(file, longer);
  appendFileSync(longer, 'x');
  writeFileSync(join(folder, 'text'), 'hello');
  const fresh = join(folder, 'fresh');
  for (const { args, expected } of [
    { args: ['restore', damaged, '--data-dir', fresh], expected: /damaged is damaged or cut off: its contents do not have the SHA-256 that it tells$/ },
    { args: ['restore', cut, '--data-dir', fresh], expected: /cut is damaged or cut off/ },
    { args: ['status', longer], expected: /longer is damaged or cut off/ },
    { args: ['restore', join(folder, 'text'), '--data-dir', fresh], expected: /text is no snapshot of kubets$/ },
    { args: ['restore', join(folder, 'nothing'), '--data-dir', fresh], expected: /no such file/ },
    { args: ['restore', file, '--data-dir', server.dataDir], expected: /holds a store already; restore into a new --data-dir$/ },
    { args: ['save', join(folder, 'more'), '--data-dir', fresh], expected: /there is no store in .*; name the --data-dir of a server$/ },
    { args: ['save', join(folder, 'more'), '--store', 'memory'], expected: /snapshots are of --store lmdb or etcd=URL,URL, not of "memory"$/ },
  ]) {
    const { code, stderr } = await kubets(...args);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /^error: [^\n]*\n$/);
    assert.match(stderr.trim(), expected);
  }
  assert.equal(existsSync(fresh), false);
});

test('a cluster moves from LMDB to an etcd by a snapshot, and from that to another etcd', { skip: whyNoEtcd(), timeout: 600_000 }, async () => {
  const [first, second] = [join(folder, 'of-lmdb'), join(folder, 'of-etcd')];
  await using one = new EtcdProcess();
  await using other = new EtcdProcess();
  await Promise.all([one.start(), other.start()]);
  let tls;
  {
    await using server = new ServerProcess({ port: await freePort(), flags: alone });
    await server.start();
    tls = server.tls;
    await write(server.client(), 'c-moved');
    assert.equal((await kubets('save', first, '--data-dir', server.dataDir)).code, 0);
  }
  for (const args of [['restore', first, '--store', `etcd=${one.endpoint}`], ['save', second, '--store', `etcd=${one.endpoint}`], ['restore', second, '--store', `etcd=${other.endpoint}`]]) {
    const { code, stderr } = await kubets(...args);
    assert.equal(code, 0, stderr);
  }
  assert.match((await kubets('restore', first, '--store', `etcd=${other.endpoint}`)).stderr, /^error: this etcd holds a cluster already; restore into an empty one\n$/);
  await using server = new ServerProcess({ port: await freePort(), flags: [...alone, '--store', `etcd=${other.endpoint}`] });
  await server.start();
  assert.deepEqual(await names(server.client(tls)), ['c-moved']);
});
