/** Nodes without containers: the same kubelet over a simulated runtime. Needs neither root nor containerd. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import { unless } from '../support/needs.ts';
import { until } from '../support/until.ts';
import { TestCluster, whyNoKubectl } from './support/cluster.ts';

const why = whyNoKubectl();
const skip = unless(why === undefined, why ?? '');
let cluster: TestCluster;

before(async () => {
  if (skip) return;
  cluster = await TestCluster.create('simulated');
  await cluster.up('--nodes', '2', '--runtime', 'simulated');
});

after(async () => {
  if (!skip) await cluster[Symbol.asyncDispose]();
});

test('a Deployment runs on simulated nodes', { skip }, async () => {
  await cluster.kubectl('create', 'deployment', 'web', '--image=nothing', '--replicas=4');
  await cluster.kubectl('rollout', 'status', 'deployment', 'web', '--timeout=300s');
  const { items } = await cluster.json<{ items: Pod[] }>('get', 'pods', '-l', 'app=web');
  assert.deepEqual([...new Set(items.map((pod) => pod.spec.nodeName ?? ''))].sort(), ['simulated-node-1', 'simulated-node-2']);
});

test('a node that is removed shows that it was meant before it goes', { skip }, async () => {
  const result = await cluster.kubets('node', 'remove', 'simulated-node-2', '--data-dir', cluster.dataDir);
  assert.equal(result.stdout, 'node simulated-node-2 removed\n', result.stderr);
});

const bad: readonly { readonly name: string; readonly args: readonly string[]; readonly says: RegExp }[] = [
  { name: 'a port out of range', args: ['up', '--port', '99999'], says: /a port is a whole number from 0 to 65535/ },
  { name: 'a count that is none', args: ['up', '--nodes', 'many'], says: /must be a whole number/ },
  { name: 'a name that cannot be one', args: ['up', '--name', 'Not_A_Name'], says: /lower-case letters, digits and dashes/ },
  { name: 'a flag that nobody knows', args: ['up', '--fast'], says: /unknown option '--fast'/ },
  { name: 'a store that nobody knows', args: ['server', '--store', 'paper'], says: /there is no store "paper"; there are: lmdb, memory, etcd=/ },
  { name: 'a controller that nobody knows', args: ['server', '--controllers', 'deploymnt-controller'], says: /there is no controller "deploymnt-controller"; there are: .*deployment-controller/ },
  { name: 'a token of another form', args: ['agent', '--server', 'https://127.0.0.1:1', '--token', 'secret'], says: /not a join token: it has the form/ },
  { name: 'an address that is no address of a server', args: ['agent', '--server', 'master'], says: /must be an address such as https:/ },
  { name: 'an image that is not there', args: ['image', 'load', '/nowhere.tar'], says: /there is no file \/nowhere.tar/ },
];
for (const { name, args, says } of bad) {
  test(`bad input: ${name}`, { skip }, async () => {
    const result = await cluster.kubets(...args, ...(['server', 'agent', 'image'].includes(args[0] ?? '') ? ['--data-dir', `${cluster.folder}/bad`] : []));
    assert.notEqual(result.code, 0);
    assert.match(result.stderr, says);
    assert.equal(result.stderr.match(/^error/gm)?.length, 1, `one clear error: ${result.stderr}`);
  });
}

test('bad input: a token of another cluster, and a wrong secret', { skip }, async () => {
  const { stdout } = await cluster.kubets('token', 'create', '--data-dir', cluster.dataDir);
  const [id = '', , hash = ''] = stdout.trim().split('.');
  const agent = (token: string) => cluster.kubets('agent', '--server', `https://127.0.0.1:${cluster.port}`, '--token', token, '--runtime', 'simulated', '--hostname-override', 'stranger', '--node-ip', '127.0.0.1', '--data-dir', `${cluster.folder}/stranger`);
  const other = await agent(`${id}.${'a'.repeat(16)}.${'A'.repeat(43)}`);
  assert.match(other.stderr, /belongs to another cluster than the token/);
  const wrong = await agent(`${id}.${'a'.repeat(16)}.${hash}`);
  assert.match(wrong.stderr, /the server does not accept the token/);
  assert.deepEqual([other.code, wrong.code], [1, 1]);
});

test('bad input: a port that is taken, a broken manifest, an unknown field, an invalid name', { skip }, async () => {
  const taken = await cluster.kubets('up', '--name', 'second', '--data-dir', `${cluster.folder}/second`, '--port', String(cluster.port), '--nodes', '0');
  assert.match(taken.stderr, /port \d+ is in use by another program; end it, or choose another port/);
  await assert.rejects(cluster.apply('kind: ['), /error parsing/);
  await assert.rejects(cluster.apply('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dta": {}}'), /unknown field "dta"/);
  await assert.rejects(cluster.apply('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "A_b"}}'), /a lowercase RFC 1123 subdomain must consist of/);
  await until('the server to go on', async () => (await cluster.kubectl('get', '--raw', '/readyz')) === 'ok');
});
