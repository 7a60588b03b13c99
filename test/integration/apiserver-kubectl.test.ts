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

/** The commands of the list, each with what its output must match; in this order, in a namespace of each version's own. */
const COMMANDS: readonly (readonly [string, RegExp])[] = [
  ['create deployment web --image=nginx:1', /^deployment.apps\/web created$/], ['expose deployment web --port=80', /^service\/web exposed$/], ['scale deployment web --replicas=3', /^deployment.apps\/web scaled$/],
  ['set image deployment/web nginx=nginx:2', /image updated$/], ['set env deployment/web A=b', /env updated$/], ['rollout status deployment/web --watch=false', /^Waiting for deployment/], ['rollout history deployment/web', /No rollout history found|REVISION/],
  ['rollout restart deployment/web', /restarted$/], ['rollout pause deployment/web', /paused$/], ['rollout resume deployment/web', /resumed$/], ['describe deployment web', /Selector: +app=web/], ['describe service web', /Type: +ClusterIP/],
  ['get deployment web -o yaml', /kind: Deployment/], ['get all', /deployment.apps\/web/], ['get deployment -o wide', /nginx:2/], ['autoscale deployment web --max=3', /autoscaled$/], ['label deployment web a=b', /labeled$/], ['annotate deployment web a=b', /annotated?$/],
  ['patch deployment web -p {"spec":{"replicas":2}}', /patched$/], ['wait --for=jsonpath={.spec.replicas}=2 deployment/web', /condition met$/], ['explain deployment.spec.replicas', /FIELD/], ['events', /^$|No events/], ['api-resources --api-group=apps', /deployments +deploy/],
  ['api-versions', /^apps\/v1$/m], ['cluster-info', /control plane/], ['version', /Server Version:.*v1\.36/], ['auth can-i get pods', /^yes$/], ['config current-context', /^test$/], ['create secret generic s --from-literal=a=b', /^secret\/s created$/], ['create serviceaccount sa', /created$/],
  ['create role r --verb=get --resource=pods', /created$/], ['create job j --image=busybox', /created$/], ['create cronjob c --image=busybox --schedule=@daily', /created$/], ['create ingress i --rule=a.b/x=svc:80', /created$/], ['create quota q --hard=pods=9', /created$/], ['create pdb p --selector=a=b --min-available=1', /created$/],
  ['get pods --watch-only --request-timeout=5s', /^$/], ['delete deployment,service,job,secret --all', /deployment.apps "web" deleted/],
];

for (const [i, path] of kubectls.entries()) {
  test(`${path} runs the commands of the list`, async () => {
    const namespace = `versions-${i}`;
    const call = (...args: string[]): Promise<{ stdout: string }> => run(path, ['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'cache'), ...args]);
    await call('create', 'namespace', namespace);
    const wrong: string[] = [];
    for (const [words, expected] of COMMANDS) {
      try {
        const { stdout } = await call('-n', namespace, ...words.split(' '));
        if (!expected.test(stdout.trim())) wrong.push(`${words}: ${stdout}`);
      } catch (error) {
        wrong.push(`${words}: ${(error as Error).message}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

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
