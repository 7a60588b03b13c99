import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const run = promisify(execFile);

/** Stock kubectls of this machine: `kubectl` of the path, and other versions beside it. */
async function stockKubectls(): Promise<string[]> {
  try {
    const { stdout } = await run('which', ['kubectl']);
    const own = realpathSync(stdout.trim());
    const others = ['1.27', '1.28', '1.29', '1.30', '1.31', '1.32', '1.33'].map((version) => join(dirname(own), `kubectl.${version}`));
    return [own, ...others.filter((path) => existsSync(path))];
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

let server: TestServer;
const folder = mkdtempSync(join(tmpdir(), 'kubets-kubectl-'));
const kubeconfig = join(folder, 'kubeconfig');

before(async () => {
  server = await startTestServer();
  const admin = server.server.transportFor({ name: 'admin', groups: ['system:masters'] });
  const { status } = await admin.send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'default' } }, signal: new AbortController().signal });
  assert.equal(status, 201);
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'test', contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }],
    users: [{ name: 'test', user: { token: ADMIN_TOKEN } }],
  }));
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const kubectls = await stockKubectls();
test('stock kubectl is there', { skip: kubectls.length === 0 ? 'no kubectl on this machine' : false }, () => assert.ok(kubectls.length > 0));

for (const [i, path] of kubectls.entries()) {
  test(`${path} creates, gets, lists, patches and deletes pods and config maps`, async () => {
    const kubectl = async (...args: string[]): Promise<string> => {
      const { stdout } = await run(path, ['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'cache'), ...args]);
      return stdout.trim();
    };
    const name = `k${i}`;
    assert.equal(await kubectl('create', 'configmap', name, '--from-literal=a=b'), `configmap/${name} created`);
    assert.equal(await kubectl('get', 'configmap', name, '-o', 'jsonpath={.data.a}'), 'b');
    assert.equal(await kubectl('patch', 'configmap', name, '--type=merge', '-p', '{"data":{"c":"d"}}'), `configmap/${name} patched`);
    assert.equal(await kubectl('run', name, '--image=nginx'), `pod/${name} created`);
    assert.match(await kubectl('get', 'pods'), new RegExp(`${name} +0/1 +Pending +0 `));
    assert.equal(await kubectl('label', 'pod', name, 'a=b'), `pod/${name} labeled`);
    assert.equal(await kubectl('get', 'pods', '-l', 'a=b', '-o', 'name'), `pod/${name}`);
    assert.equal(await kubectl('wait', '--for=jsonpath={.status.phase}=Pending', `pod/${name}`), `pod/${name} condition met`);
    await kubectl('delete', 'pod', name);
    await kubectl('delete', 'configmap', name);
    await assert.rejects(kubectl('get', 'pod', name), /pods "k\d" not found/);
  });
}
