import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { ServerProcess } from './support/server-process.ts';
import { freePort } from '../support/free-port.ts';

// The bundles load modules of Node and packages when they are first used: what runs from sources does not show whether that works.
const root = fileURLToPath(new URL('../..', import.meta.url));
mkdirSync(join(root, '.cache'), { recursive: true });
// Under the project: the bundles find their native packages from there.
const folder = mkdtempSync(join(root, '.cache', 'built-'));
const program = join(folder, 'dist', 'kubets.mjs');
const compiled = join(folder, 'compiled');
const loaded = join(folder, 'loaded');
/** Told to, a process writes which modules of Node and which files of CommonJS it has loaded: the file is there once it is whole. */
const tellLoaded = `data:text/javascript,process.on('SIGUSR2', () => { const fs = process.getBuiltinModule('node:fs'), file = ${JSON.stringify(loaded)}; fs.writeFileSync(file + '.new', JSON.stringify([...process.moduleLoadList, ...Object.keys(process.getBuiltinModule('node:module')._cache)])); fs.renameSync(file + '.new', file); })`;
let server: ServerProcess;

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: colours.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {kind: Colour, plural: colours}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          name: {type: string, pattern: '^[a-z]+$'}
          code: {type: string, x-kubernetes-validations: [{rule: "self.matches('^#[0-9a-f]{6}$')"}]}
`;
const colour = (name: string, code: string): string => `{apiVersion: example.com/v1, kind: Colour, metadata: {name: red}, name: ${name}, code: "${code}"}`;

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const file = join(folder, 'input.yaml');
  if (input !== undefined) writeFileSync(file, input);
  const given = ['kubectl', '--server', server.url, '--certificate-authority', join(server.dataDir, 'pki/ca.crt'), '--client-certificate', join(server.dataDir, 'pki/admin.crt'), '--client-key', join(server.dataDir, 'pki/admin.key')];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...given, ...args, ...(input === undefined ? [] : ['-f', file])]);
  return stdout;
}

async function get(path: string, headers: Record<string, string>): Promise<{ encoding: string | undefined; body: Buffer }> {
  const sent = request(`${server.url}${path}`, { ...server.tls, headers, agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { encoding: answer.headers['content-encoding'], body: Buffer.concat(await answer.toArray() as Buffer[]) };
}

before(async () => {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), join(folder, 'dist')], { cwd: root });
  server = new ServerProcess({ port: await freePort(), flags: ['--controllers=', '--disable-scheduler'], program: ['--import', tellLoaded, program] });
  process.env['NODE_COMPILE_CACHE'] = compiled;
  await server.start();
  delete process.env['NODE_COMPILE_CACHE'];
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('a start loads nothing that it does not need', async () => {
  process.kill(server.pid, 'SIGUSR2');
  while (!existsSync(loaded)) await pause(10);
  const modules = JSON.parse(readFileSync(loaded, 'utf8')) as string[];
  assert.ok(modules.includes('NativeModule tls'));
  for (const name of ['http', 'https', 'http2', 'zlib', 'worker_threads', 'internal/crypto/webcrypto', 'internal/deps/undici/undici']) assert.ok(!modules.includes(`NativeModule ${name}`), name);
  assert.deepEqual(modules.filter((name) => /server.packages|controllers-|scheduler-/.test(name)), []);
});

test('what was compiled is kept once the server is ready, however it ends', () => {
  const [folderOfVersion = ''] = readdirSync(compiled);
  assert.ok(readdirSync(join(compiled, folderOfVersion)).length > 5);
});

test('what is loaded later works: YAML, regular expressions, gzip, HTTP/2 and WebSockets', async () => {
  assert.match(await kubectl(['apply'], DEFINITION), /created/);
  await kubectl(['wait', '--for=condition=Established', 'crd/colours.example.com']);
  assert.match(await kubectl(['apply'], colour('red', '#ff0000')), /created/);
  await assert.rejects(kubectl(['apply'], colour('RED', '#ff0000')), /should match/);
  await assert.rejects(kubectl(['apply'], colour('red', 'ff0000')), /failed rule/);
  const yaml = await get('/apis/example.com/v1/colours/red', { accept: 'application/yaml' });
  assert.match(yaml.body.toString(), /^name: red$/m);
  for (const name of ['one', 'two']) await kubectl(['create', 'configmap', name, `--from-literal=long=${'x'.repeat(100_000)}`]);
  const zipped = await get('/api/v1/configmaps', { 'accept-encoding': 'gzip' });
  assert.equal(zipped.encoding, 'gzip');
  assert.match(gunzipSync(zipped.body).toString(), /"two"/);
  const watch = new WebSocket(`${server.url.replace('https', 'wss')}/apis/example.com/v1/colours?watch=true`, server.tls);
  const [first] = (await once(watch, 'message')) as [Buffer];
  watch.close();
  assert.match(first.toString(), /"ADDED"/);
});

test('an agent joins, and its node is Ready', async () => {
  await using whole = new ServerProcess({ port: await freePort(), flags: ['--store', 'memory'], program: [program] });
  await whole.start();
  const { stdout: token } = await promisify(execFile)(process.execPath, [program, 'token', 'create', '--data-dir', whole.dataDir]);
  const args = ['agent', '--server', whole.url, '--token', token.trim().split('\n').at(-1) ?? '', '--runtime', 'simulated', '--data-dir', join(folder, 'agent'), '--hostname-override', 'n1', '--node-ip', '127.0.0.1'];
  const agent = spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
  try {
    const given = ['kubectl', '--server', whole.url, '--certificate-authority', join(whole.dataDir, 'pki/ca.crt'), '--client-certificate', join(whole.dataDir, 'pki/admin.crt'), '--client-key', join(whole.dataDir, 'pki/admin.key')];
    const wait = ['wait', '--for=create', 'node/n1', '--timeout=300s'];
    await promisify(execFile)(process.execPath, [program, ...given, ...wait]);
    await promisify(execFile)(process.execPath, [program, ...given, 'wait', '--for=condition=Ready', 'node/n1', '--timeout=300s']);
  } finally {
    const gone = once(agent, 'exit');
    agent.kill('SIGKILL');
    await gone;
  }
});
