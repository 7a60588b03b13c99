/** Machines that lack something: what the command says, and that nothing is lost. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configMaps, namespaces } from '../../src/api/refs.ts';
import type { Draft, KubeObject } from '../../src/apimachinery/meta.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import { Commands } from '../../src/base/commands.ts';
import { ServerProcess, freePort } from '../integration/support/server-process.ts';
import { unless } from '../support/needs.ts';
import { root, whyNoCluster } from './support/cluster.ts';

const why = await whyNoCluster();
const skip = unless(why === undefined, why ?? '');
const host = new Commands();
const signal = new AbortController().signal;
const program = join(root, 'bin', 'kubets.mjs');

interface Outcome {
  readonly code: number;
  readonly stderr: string;
}

function kubets(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, _, stderr) => resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stderr }));
  });
}

describe('a machine without a container runtime', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-bare-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const runtime of ['auto', 'containerd']) {
    test(`up --runtime ${runtime} names the line that installs one, and starts nothing`, async () => {
      // In a mount namespace of its own, where nothing stands in the place of the runtime's programs.
      const hidden = ['containerd', 'runc'];
      const cover = ['mount', '--bind', '/dev/null'];
      const paths = (await host.run(['sh', '-c', `for name in ${hidden.join(' ')}; do command -v $name; done`])).trim().split('\n');
      const inside = [...paths.map((path) => `${cover.join(' ')} ${path}`), `exec "$@"`].join(' && ');
      const result = await new Promise<Outcome>((resolve) => {
        const args = ['-m', 'sh', '-c', inside, 'sh', process.execPath, program, 'up', '--name', 'bare', '--data-dir', join(folder, runtime), '--runtime', runtime, '--port', '0'];
        execFile('unshare', args, { env: { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') } }, (error, _, stderr) => resolve({ code: error ? Number(error.code) : 0, stderr }));
      });
      assert.notEqual(result.code, 0);
      assert.match(result.stderr, /containerd, runc missing; install with: apt-get install .*containerd.*runc/);
      assert.equal(result.stderr.match(/^error/gm)?.length, 1, result.stderr);
    });
  }

  test('an agent that is sent to a runtime that is not there says which socket it tried', async () => {
    const server = new ServerProcess({ port: await freePort(), flags: ['--disable-agent', '--store', 'memory'] });
    try {
      await server.start();
      const result = await kubets([
        'agent', '--server', server.url, '--certificate-authority', join(server.dataDir, 'pki', 'ca.crt'), '--token', await joinToken(server), '--hostname-override', 'bare', '--node-ip', '127.0.0.1',
        '--data-dir', join(folder, 'agent'), '--container-runtime-endpoint', 'unix:///nowhere/containerd.sock',
      ]);
      assert.notEqual(result.code, 0);
      assert.match(result.stderr, /unix:\/\/\/nowhere\/containerd\.sock/);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});

async function joinToken(server: ServerProcess): Promise<string> {
  return (await host.run([process.execPath, program, 'token', 'create', '--data-dir', server.dataDir])).trim();
}

describe('a server whose disk is full', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-disk-'));
  const filler = join(folder, 'filler');
  let server: ServerProcess;

  before(async () => {
    await host.run(['mount', '-t', 'tmpfs', '-o', 'size=64m', 'kubets-full-disk', folder]);
    server = new ServerProcess({ port: await freePort(), dataDir: join(folder, 'data'), flags: ['--disable-agent', '--disable-scheduler', '--controllers', 'namespace-controller'] });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await host.run(['umount', folder]);
    rmSync(folder, { recursive: true });
  });

  test('a server that cannot begin says so in one line', async () => {
    await fill();
    const full = await kubets(['server', '--data-dir', join(folder, 'begin'), '--port', '0', '--bind-address', '127.0.0.1']);
    rmSync(filler);
    assert.notEqual(full.code, 0);
    assert.match(full.stderr, /no space|full|room/i);
    assert.equal(full.stderr.match(/^error/gm)?.length, 1, full.stderr);
  });

  test('refuses writes with one clear Status, goes on reading, loses nothing, and takes writes again once there is room', async () => {
    await server.start();
    const maps = server.client().resource(configMaps, 'default');
    const map = (name: string): Draft<KubeObject> => ({ metadata: { name, namespace: 'default' }, data: { text: 'x'.repeat(200_000) } }) as unknown as Draft<KubeObject>;
    await fill();
    const written: string[] = [];
    let refusal: unknown;
    for (let i = 0; i < 400 && !refusal; i++) {
      await maps.create(map(`m${i}`) as never, { signal }).then(() => written.push(`m${i}`), (error: unknown) => (refusal = error));
    }
    assert.ok(StatusError.is(refusal), String(refusal));
    assert.equal(refusal.code, 503);
    assert.match(refusal.message, /^the store is full: /);
    const seen = async (): Promise<string[]> => (await maps.list({ signal })).items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('m')).toSorted();
    assert.deepEqual(await seen(), written.toSorted());
    rmSync(filler);
    const client = server.client();
    for (let tries = 0; ; tries++) {
      try {
        await client.resource(namespaces).create({ metadata: { name: `room-${tries}` } } as never, { signal });
        break;
      } catch (error) {
        if (!StatusError.is(error) || error.code !== 503 || tries > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    await server.end('SIGKILL');
    await server.start();
    assert.deepEqual(await seen(), written.toSorted());
  });

  /** Leaves a few hundred KiB. */
  async function fill(): Promise<void> {
    const free = Number((await host.run(['df', '-k', '--output=avail', folder])).split('\n')[1]);
    writeFileSync(filler, Buffer.alloc(Math.max(free - 1500, 0) * 1024, 1));
  }
});
