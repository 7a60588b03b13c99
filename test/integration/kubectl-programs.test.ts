import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kubets-programs-'));
let server: TestServer;
let env: NodeJS.ProcessEnv;

/** Our kubectl as a program of its own: what it starts (an editor, a plugin) inherits its streams. */
async function kubectl(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, 'kubectl', ...args], { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  const taken = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (taken.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (taken.stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...taken };
}

function script(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

before(async () => {
  server = await startTestServer();
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 't', contexts: [{ name: 't', context: { cluster: 't', user: 't', namespace: 'default' } }],
    clusters: [{ name: 't', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }], users: [{ name: 't', user: { token: ADMIN_TOKEN } }],
  }));
  env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder };
  await kubectl(['create', 'namespace', 'default']);
  await kubectl(['create', 'configmap', 'a', '--from-literal=k=v']);
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('edit writes what the editor left, and says so when that is nothing new', async () => {
  const changed = await kubectl(['edit', 'configmap', 'a'], { KUBE_EDITOR: script('change', "sed -i 's/k: v/k: w/' \"$1\"") });
  assert.deepEqual(changed, { code: 0, stdout: 'configmap/a edited\n', stderr: '' });
  assert.equal((await kubectl(['get', 'configmap', 'a', '-o', 'jsonpath={.data.k}'])).stdout, 'w');
  assert.deepEqual(await kubectl(['edit', 'configmap', 'a'], { KUBE_EDITOR: 'true' }), { code: 0, stdout: '', stderr: 'Edit cancelled, no changes made.\n' });
  assert.deepEqual(await kubectl(['edit', 'configmap', 'a'], { KUBE_EDITOR: script('empty', ': > "$1"') }), { code: 0, stdout: '', stderr: 'Edit cancelled, saved file was empty.\n' });
  assert.match((await kubectl(['edit', 'configmap', 'a'], { KUBE_EDITOR: 'false' })).stderr, /there was a problem with the editor "false"/);
});

test('edit opens the file again with what was wrong', async () => {
  const twice = script('twice', `if grep -q 'is invalid\\|unknown field' "$1"; then sed -i 's/nonsense: 1/data2: 1/; /data2/d' "$1"; sed -i 's/k: w/k: x/' "$1"; else echo 'nonsense: 1' >> "$1"; fi`);
  const { code, stdout, stderr } = await kubectl(['edit', 'configmap', 'a'], { KUBE_EDITOR: twice });
  assert.match(stderr, /unknown field "nonsense"/);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'configmap/a edited\n' });
});

test('a plugin of the path is run with the rest of the arguments', async () => {
  script('kubectl-hello_there', 'echo "hello $*"; exit 3');
  const path = `${folder}:${process.env['PATH'] ?? ''}`;
  assert.deepEqual(await kubectl(['hello-there', '--flag', 'x'], { PATH: path }), { code: 3, stdout: 'hello --flag x\n', stderr: '' });
  assert.match((await kubectl(['plugin', 'list', '--name-only'], { PATH: path })).stdout, /kubectl-hello_there\n/);
});

test('proxy serves the API as the user of the kubeconfig, to this machine only', async () => {
  const child = spawn(process.execPath, [main, 'kubectl', 'proxy', '--port=0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let said = '';
    while (!said.endsWith('\n')) said += String((await once(child.stdout, 'data'))[0]);
    const address = /^Starting to serve on (127\.0\.0\.1:\d+)\n$/.exec(said)?.[1] ?? '';
    const got = (await (await fetch(`http://${address}/api/v1/namespaces/default/configmaps/a`)).json()) as { metadata: { name: string } };
    assert.equal(got.metadata.name, 'a');
    assert.equal((await kubectl(['--server', `http://${address}`, '--context=t', 'get', 'configmap', 'a', '-o', 'name'])).stdout, 'configmap/a\n', 'kubectl itself may go through it');
    const exec = await fetch(`http://${address}/api/v1/namespaces/default/pods/p/exec?command=sh`, { method: 'POST' });
    assert.equal(exec.status, 403);
    await exec.arrayBuffer();
    const created = await fetch(`http://${address}/api/v1/namespaces/default/configmaps`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ metadata: { name: 'b' } }) });
    assert.equal(created.status, 201);
    await created.arrayBuffer();
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
  }
});

test('proxy looks at paths without the prefix that it serves under', async () => {
  const child = spawn(process.execPath, [main, 'kubectl', 'proxy', '--port=0', '--api-prefix=/k/', '--accept-paths=^/api'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let said = '';
    while (!said.endsWith('\n')) said += String((await once(child.stdout, 'data'))[0]);
    const address = /(127\.0\.0\.1:\d+)/.exec(said)?.[1] ?? '';
    for (const [path, status] of [['/k/api', 200], ['/k/version', 403], ['/version', 403], ['/apix', 404]] as const) {
      const answer = await fetch(`http://${address}${path}`);
      await answer.arrayBuffer();
      assert.equal(answer.status, status, path);
    }
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
  }
});

test('the bundle carries the descriptions that explain prints', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const out = mkdtempSync(join(root, 'node_modules', '.build-test-'));
  try {
    execFileSync(process.execPath, [join(root, 'scripts/build.ts'), out]);
    assert.ok(existsSync(join(out, 'kubets.mjs')));
    // The text asks for the file beside itself: the server's bundle has to have both in one folder.
    const texts = readdirSync(join(out, 'server')).filter((name) => name.endsWith('.mjs') && readFileSync(join(out, 'server', name), 'utf8').includes('./generated/descriptions.json'));
    assert.equal(texts.length, 1, texts.join());
    const count = Object.keys(JSON.parse(readFileSync(join(out, 'server/generated/descriptions.json'), 'utf8')) as object).length;
    assert.ok(count > 500, `the bundle holds descriptions of ${count} types`);
  } finally {
    rmSync(out, { recursive: true });
  }
});

test('a manifest may come from a URL', async () => {
  const web = createServer((request, response) => void (request.url === '/a.yaml' ? response.end('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-afar}\n') : response.writeHead(404).end()));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  try {
    const root = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    assert.deepEqual(await kubectl(['create', '-f', `${root}/a.yaml`]), { code: 0, stdout: 'configmap/from-afar created\n', stderr: '' });
    assert.deepEqual(await kubectl(['create', '-f', `${root}/b.yaml`]), { code: 1, stdout: '', stderr: `error: unable to read URL "${root}/b.yaml", server reported 404 Not Found, status code=404\n` });
  } finally {
    web.closeAllConnections();
    web.close();
  }
});

test('edit-last-applied and create --edit open the editor on what is applied and created', async () => {
  await kubectl(['create', 'configmap', 'applied', '--from-literal=k=v', '--save-config']);
  const changed = await kubectl(['apply', 'edit-last-applied', 'configmap/applied'], { KUBE_EDITOR: script('turn', "sed -i 's/k: v/k: turned/' \"$1\"") });
  assert.deepEqual(changed, { code: 0, stdout: 'configmap/applied edited\n', stderr: '' });
  assert.match((await kubectl(['apply', 'view-last-applied', 'configmap/applied'])).stdout, /k: turned/);
  assert.equal((await kubectl(['get', 'configmap', 'applied', '-o', 'jsonpath={.data.k}'])).stdout, 'v', 'only the annotation is written');
  const manifest = join(folder, 'new.yaml');
  writeFileSync(manifest, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: edited}\ndata: {k: v}\n');
  assert.deepEqual(await kubectl(['create', '--edit', '-f', manifest], { KUBE_EDITOR: script('other', "sed -i 's/k: v/k: other/' \"$1\"") }), { code: 0, stdout: 'configmap/edited created\n', stderr: '' });
  assert.equal((await kubectl(['get', 'configmap', 'edited', '-o', 'jsonpath={.data.k}'])).stdout, 'other');
});
