/** Machines that lack something: what the command says, and that nothing is lost. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { configMaps } from '../../src/api/refs.ts';
import type { Status } from '../../src/apimachinery/status.ts';
import { Commands } from '../../src/base/commands.ts';
import { ServerProcess } from '../integration/support/server-process.ts';
import { unless } from '../support/needs.ts';
import { until } from '../support/until.ts';
import { root, whyNoCluster } from './support/cluster.ts';
import { freePort } from '../support/free-port.ts';

const why = await whyNoCluster();
const skip = unless(why === undefined, why ?? '');
const host = new Commands();
const signal = new AbortController().signal;
const program = join(root, 'bin', 'kubets.mjs');

interface Outcome {
  readonly code: number;
  readonly stderr: string;
}

function kubets(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: 300_000 }, (error, _, stderr) => resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stderr }));
  });
}

describe('a machine without a container runtime', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-bare-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const runtime of ['auto', 'containerd']) {
    test(`up --runtime ${runtime} names the line that installs one, and starts nothing`, async () => {
      // In a mount namespace of its own, where nothing stands in the place of the runtime's programs.
      const port = await freePort();
      const hidden = ['containerd', 'runc'];
      const cover = ['mount', '--bind', '/dev/null'];
      const paths = (await host.run(['sh', '-c', `for name in ${hidden.join(' ')}; do command -v $name; done`])).trim().split('\n');
      const inside = [...paths.map((path) => `${cover.join(' ')} ${path}`), `exec "$@"`].join(' && ');
      const result = await new Promise<Outcome>((resolve) => {
        const args = ['-m', 'sh', '-c', inside, 'sh', process.execPath, program, 'up', '--name', 'bare', '--data-dir', join(folder, runtime), '--runtime', runtime, '--port', String(port)];
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
        'agent', '--server', server.url, '--certificate-authority', join(server.dataDir, 'pki', 'ca.crt'), '--token', await joinToken(server), '--hostname-override', 'bare', '--node-ip', '192.0.2.7',
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
    await fill(100);
    const full = await kubets(['server', '--data-dir', join(folder, 'begin'), '--port', '0', '--bind-address', '127.0.0.1']);
    rmSync(filler);
    assert.notEqual(full.code, 0);
    assert.match(full.stderr, /no space|full|room/i);
    assert.equal(full.stderr.match(/^error/gm)?.length, 1, full.stderr);
  });

  test('refuses writes with one clear Status, goes on reading, loses nothing, and takes writes again once there is room', async () => {
    await server.start();
    const maps = server.client().resource(configMaps, 'default');
    const map = (name: string): object => ({ metadata: { name, labels: { test: 'full' } }, data: { text: 'x'.repeat(200_000) } });
    await fill(1500);
    const written: string[] = [];
    let refusal: Status | undefined;
    for (let i = 0; i < 400 && !refusal; i++) {
      const answer = await post(map(`m${i}`));
      if (answer.kind === 'Status') refusal = answer as Status;
      else written.push(`m${i}`);
    }
    assert.equal(refusal?.code, 503);
    assert.equal(refusal.reason, 'ServiceUnavailable');
    assert.match(refusal.message ?? '', /^the store is full: /);
    const seen = async (): Promise<string[]> => (await maps.list({ labelSelector: 'test=full', signal })).items.map(({ metadata }) => metadata.name).toSorted();
    assert.deepEqual(await seen(), written.toSorted());
    rmSync(filler);
    await until('writes are taken again', async () => (await post(map('later'))).kind === 'ConfigMap');
    written.push('later');
    await server.end('SIGKILL');
    await server.start();
    assert.deepEqual(await seen(), written.toSorted());
  });

  /** One request, without the retries that clients make. */
  async function post(body: object): Promise<{ readonly kind: string }> {
    const sent = request(`${server.url}/api/v1/namespaces/default/configmaps`, { method: 'POST', agent: false, ...server.tls, headers: { 'content-type': 'application/json' } });
    sent.end(JSON.stringify(body));
    const [answer] = await once(sent, 'response');
    return JSON.parse(await text(answer)) as { kind: string };
  }

  async function fill(leftKiB: number): Promise<void> {
    const free = Number((await host.run(['df', '-k', '--output=avail', folder])).split('\n')[1]);
    writeFileSync(filler, Buffer.alloc(Math.max(free - leftKiB, 0) * 1024, 1));
  }
});
