import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { runKubectl } from '../../src/kubectl/index.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-kept-'));
const kubeconfig = join(folder, 'kubeconfig');
let server: TestServer;

async function kubectl(words: string, stdin = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  const taken = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr'): Writable => new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      taken[name] += chunk.toString();
      done();
    },
  });
  const io = { stdin: Readable.from([Buffer.from(stdin)]), stdout: into('stdout'), stderr: into('stderr'), env: { KUBECONFIG: kubeconfig, HOME: folder }, clock: new SystemClock(), random: new SystemRandom(), signal: new AbortController().signal };
  return { code: await runKubectl(words.split(' '), io), ...taken };
}

before(async () => {
  server = await startTestServer();
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 't', contexts: [{ name: 't', context: { cluster: 't', user: 't' } }],
    clusters: [{ name: 't', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }], users: [{ name: 't', user: { token: ADMIN_TOKEN } }],
  }));
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const widgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Cluster, names: {plural: widgets, kind: Widget}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}
`;

test('what the server has is kept in the home of the user, and asked for again when a word is not in it', async () => {
  assert.equal((await kubectl('get configmaps')).code, 0);
  const kept = join(folder, '.kube', 'cache', 'discovery', server.url.slice('https://'.length).replace(':', '_'), 'v1', 'serverresources.json');
  const written = readFileSync(kept, 'utf8');
  writeFileSync(kept, written.replace('"shortNames":["cm"]', '"shortNames":["kept"]'));
  assert.deepEqual(await kubectl('get kept'), { code: 0, stdout: '', stderr: 'No resources found in default namespace.\n' });
  assert.match((await kubectl('api-resources --cached --api-group=')).stdout, /kept/);
  assert.match((await kubectl('get nothing')).stderr, /the server doesn't have a resource type "nothing"/);
  assert.equal(readFileSync(kept, 'utf8'), written);

  assert.equal((await kubectl('create -f -', widgets)).stderr, '');
  assert.deepEqual(await kubectl('get widgets'), { code: 0, stdout: '', stderr: 'No resources found\n' });
  assert.match((await kubectl('api-resources --api-group=example.com -o name')).stdout, /^widgets\.example\.com$/m);
});

test('a folder that cannot be written is as good as none', async () => {
  writeFileSync(join(folder, 'file'), '');
  assert.deepEqual(await kubectl(`get configmaps --cache-dir=${join(folder, 'file')}`), { code: 0, stdout: '', stderr: 'No resources found in default namespace.\n' });
});
