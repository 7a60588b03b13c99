import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pack } from 'tar-stream';
import { silentLogger } from '../../base/logger.ts';
import { buildPauseImage } from '../../runtime/index.ts';
import { ImageRegistry } from './image-registry.ts';
import { ImageStore } from './image-store.ts';
import { formatReference, parseReference } from './reference.ts';

for (const [text, full] of [
  ['busybox', 'docker.io/library/busybox:latest'],
  ['team/app:v1', 'docker.io/team/app:v1'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
  ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
  [`x@sha256:${'a'.repeat(64)}`, `docker.io/library/x@sha256:${'a'.repeat(64)}`],
] as const) test(`${text} is ${full}`, () => assert.equal(formatReference(parseReference(text)), full));

for (const text of ['', 'A B', 'x:', 'a//b', '../../etc']) test(`"${text}" names no image`, () => assert.throws(() => parseReference(text), /names no image/));

async function withRegistry(run: (store: ImageStore, url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  const store = new ImageStore(folder);
  const registry = new ImageRegistry({ store, address: '127.0.0.1', port: 0, logger: silentLogger });
  try {
    await registry.start(new AbortController().signal);
    await run(store, `http://127.0.0.1:${registry.port}`);
  } finally {
    await registry[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
}

test('an OCI archive is loaded and can be pulled, whole', () =>
  withRegistry(async (store, url) => {
    const archive = await buildPauseImage('x64', 'registry.k8s.io/pause:3.10');
    assert.deepEqual(await store.load(Readable.from([archive])), ['registry.k8s.io/pause:3.10']);
    assert.equal((await fetch(`${url}/v2/`)).status, 200);
    const answer = await fetch(`${url}/v2/pause/manifests/3.10?ns=registry.k8s.io`);
    assert.equal(answer.status, 200);
    const manifest = (await answer.json()) as { config: { digest: string }; layers: { digest: string; size: number }[] };
    for (const { digest } of [manifest.config, ...manifest.layers]) {
      const bytes = Buffer.from(await (await fetch(`${url}/v2/pause/blobs/${digest}?ns=registry.k8s.io`)).arrayBuffer());
      assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, digest);
    }
    const byDigest = await fetch(`${url}/v2/pause/manifests/${answer.headers.get('docker-content-digest')}?ns=registry.k8s.io`, { method: 'HEAD' });
    assert.equal(byDigest.status, 200);
    assert.equal((await fetch(`${url}/v2/pause/manifests/3.10?ns=other.example`)).status, 404);
    assert.equal((await fetch(`${url}/v2/__proto__/manifests/x`)).status, 404);
    assert.equal((await fetch(`${url}/v2/pause/manifests/3.10`, { method: 'PUT' })).status, 405);
  }));

test('an archive of docker save is loaded', () =>
  withRegistry(async (store, url) => {
    const tar = pack();
    tar.entry({ name: 'abc.json' }, '{"architecture":"amd64"}');
    tar.entry({ name: 'layer.tar' }, 'layer');
    tar.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: 'abc.json', RepoTags: ['team/app:v1'], Layers: ['layer.tar'] }]));
    tar.finalize();
    assert.deepEqual(await store.load(tar), ['docker.io/team/app:v1']);
    const manifest = (await (await fetch(`${url}/v2/team/app/manifests/v1?ns=docker.io`)).json()) as { layers: { size: number }[] };
    assert.equal(manifest.layers[0]?.size, 5);
  }));

test('a file that is no archive is refused, and nothing is kept under a name', () =>
  withRegistry(async (store) => {
    await assert.rejects(store.load(Readable.from([Buffer.from('hello'.repeat(300))])), /no tar archive|holds no named image/);
    assert.deepEqual(store.images(), {});
  }));
