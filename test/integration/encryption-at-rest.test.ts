/** `--encryption-provider-config` on a real server over LMDB: what is on the disk, and how keys are rotated. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Secret } from '../../src/api/generated/core-v1.ts';
import { KmsPlugin } from '../support/kms-plugin.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const SECRETS = '/api/v1/namespaces/default/secrets';
const WORD = 'a word that must not be seen';
const value = Buffer.from(WORD).toString('base64');

const aesgcm = (name: string): object => ({ aesgcm: { keys: [{ name, secret: Buffer.alloc(32, name).toString('base64') }] } });
const identity = { identity: {} };

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-encryption-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function launch(folder: string, providers: readonly object[]): ChildProcess {
  const file = join(folder, 'encryption.yaml');
  writeFileSync(file, JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [{ resources: ['secrets'], providers }] }), { mode: 0o600 });
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, 'T0,admin,admin,system:masters\n', { mode: 0o600 });
  return spawn(process.execPath, [
    main, 'server', '--data-dir', folder, '--port', '0', '--bind-address', '127.0.0.1', '--disable-agent', '--disable-scheduler', '--token-auth-file', tokens, '--encryption-provider-config', file,
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A server on a folder; `ask` gives the answer of one request, `stop` ends it. */
async function start(context: TestContext, folder: string, ...providers: readonly object[]): Promise<{ ask: (method: string, path: string, body?: object) => Promise<Secret>; said: (path: string) => Promise<string>; stop: () => Promise<void> }> {
  const child = launch(folder, providers);
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  context.after(stop);
  const ready = Promise.withResolvers<void>();
  const onOutput = (chunk: Buffer): void => {
    if (chunk.includes('the control plane is ready')) ready.resolve();
  };
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);
  await Promise.race([ready.promise, exited.then(([code]) => assert.fail(`the server ended with ${code}`))]);
  const { server } = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as { server: string };
  const ca = readFileSync(join(folder, 'pki', 'ca.crt'), 'utf8');
  const said = async (path: string): Promise<string> => {
    const [answer] = await once(request(`${server}${path}`, { ca, agent: false, headers: { authorization: 'Bearer T0' } }).end(), 'response');
    return text(answer);
  };
  const ask = async (method: string, path: string, body?: object): Promise<Secret> => {
    const sent = request(`${server}${path}`, { method, ca, agent: false, headers: { authorization: 'Bearer T0', 'content-type': 'application/json' } });
    sent.end(body && JSON.stringify(body));
    const [answer] = await once(sent, 'response');
    const said = await text(answer);
    assert.ok(answer.statusCode < 300, said);
    return JSON.parse(said) as Secret;
  };
  return { ask, said, stop };
}

/** Whether the files of the store hold a text. */
function isOnDisk(folder: string, wanted: string): boolean {
  const files = readdirSync(join(folder, 'store'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.some((file) => readFileSync(join(file.parentPath, file.name)).includes(wanted));
}

const secret = (name: string): object => ({ metadata: { name }, data: { word: value } });

test('secrets are encrypted on the disk, readable after a restart, and written anew under the first key when they are put again', async (context) => {
  const folder = temporaryFolder(context);
  let server = await start(context, folder, aesgcm('old'), identity);
  await server.ask('POST', SECRETS, secret('s'));
  await server.ask('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'c' }, data: { open: 'everybody may see this' } });
  await server.stop();
  assert.equal(isOnDisk(folder, value), false);
  assert.equal(isOnDisk(folder, 'k8s:enc:aesgcm:v1:old:'), true);
  assert.equal(isOnDisk(folder, 'everybody may see this'), true);

  server = await start(context, folder, aesgcm('new'), aesgcm('old'));
  const before = await server.ask('GET', `${SECRETS}/s`);
  assert.equal(before.data?.['word'], value);
  const after = await server.ask('PUT', `${SECRETS}/s`, before);
  assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion, 'an update that changes nothing rewrites what is under a key that is given up');
  const again = await server.ask('PUT', `${SECRETS}/s`, after);
  assert.equal(again.metadata.resourceVersion, after.metadata.resourceVersion);
  await server.stop();

  server = await start(context, folder, aesgcm('new'));
  assert.equal((await server.ask('GET', `${SECRETS}/s`)).data?.['word'], value);
  await server.stop();
});

test('a KMS plugin keeps the key of secrets, and is a health check', async (context) => {
  const folder = temporaryFolder(context);
  await using plugin = await new KmsPlugin(join(folder, 'kms.sock')).start();
  const kms = { kms: { apiVersion: 'v2', name: 'vault', endpoint: plugin.endpoint } };
  let server = await start(context, folder, kms);
  await server.ask('POST', SECRETS, secret('s'));
  assert.equal(await server.said('/healthz/kms-providers'), 'ok');
  assert.match(await server.said('/readyz?verbose'), /\[\+\]kms-providers ok\n/);
  await server.stop();
  assert.equal(isOnDisk(folder, value), false);
  plugin.rotate('key-2');
  server = await start(context, folder, kms);
  assert.equal((await server.ask('GET', `${SECRETS}/s`)).data?.['word'], value);
  await server.stop();
});

test('a server that lacks the key of what is stored ends with one line that says so', async (context) => {
  const folder = temporaryFolder(context);
  const server = await start(context, folder, aesgcm('one'));
  await server.ask('POST', SECRETS, secret('s'));
  await server.stop();
  const child = launch(folder, [aesgcm('two')]);
  const [said, [code]] = await Promise.all([text(child.stderr ?? Readable.from([])), once(child, 'exit')]);
  assert.notEqual(code, 0);
  assert.match(said, /no provider of the encryption configuration reads \/registry\/core\/secrets\/default\/s, which is stored under k8s:enc:aesgcm:v1:one:/);
});

test('a wrong configuration is refused with the place of the mistake', async (context) => {
  const child = launch(temporaryFolder(context), [{ aesgcm: { keys: [{ name: 'a', secret: 'c2hvcnQ=' }] } }]);
  const [said, [code]] = await Promise.all([text(child.stderr ?? Readable.from([])), once(child, 'exit')]);
  assert.notEqual(code, 0);
  assert.match(said, /--encryption-provider-config: .*resources\[0\]\.providers\[0\]\.aesgcm\.keys\[0\]\.secret: Invalid value: \\?"REDACTED\\?": secret is not of the expected length, got 5, expected one of \[16 24 32\]/);
});
