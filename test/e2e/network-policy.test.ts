import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import type { NetworkPolicySpec } from '../../src/api/generated/networking-v1.ts';
import { networkPolicies, pods, serviceAccounts, services } from '../../src/api/refs.ts';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import { Commands } from '../../src/base/commands.ts';
import { ImageStore } from '../../src/cluster/images/image-store.ts';
import { detectMachine, whyNoContainers } from '../../src/cluster/local/detect.ts';
import { inNamespaces } from '../../src/cluster/local/namespace-holder.ts';
import { unless } from '../support/needs.ts';
import { nodeImage } from '../support/node-image.ts';
import { isGone, shellContainer, ShellCluster } from './support/shell-cluster.ts';

const why = whyNoContainers(await detectMachine());
const IMAGE = 'registry.test/node:1';
const skip = unless(why === undefined, why ?? '');

suite('network policies of real pods', { skip }, () => {
  let cluster: ShellCluster;
  let nodes: readonly string[];
  let server: DeepReadonly<Pod>;
  let sameNode: DeepReadonly<Pod>;
  let otherNode: DeepReadonly<Pod>;
  let stranger: DeepReadonly<Pod>;

  const make = async (namespace: string, name: string, node: number, spec: object = {}): Promise<DeepReadonly<Pod>> => {
    await cluster.create(pods, { metadata: { name, labels: { app: name } }, spec: { nodeName: nodes[node], terminationGracePeriodSeconds: 1, containers: [shellContainer()], ...spec } }, namespace);
    const [pod] = await cluster.readyPods(namespace, `app=${name}`, 1);
    return pod ?? assert.fail(name);
  };
  const apply = (name: string, spec: object): Promise<unknown> => cluster.create(networkPolicies, { metadata: { name }, spec: spec as NetworkPolicySpec }, 'x');
  const remove = (name: string): Promise<unknown> => cluster.client.resource(networkPolicies, 'x').delete(name, { signal: cluster.signal });
  const ipOf = (pod: DeepReadonly<Pod>): string => pod.status.podIP ?? '';
  const reaches = async (from: DeepReadonly<Pod>, address: string): Promise<boolean> => (await cluster.runInNetworkOf(from, ['sh', '-c', `curl -s --connect-timeout 5 http://${address}/name || true`])).trim() === server.metadata.name;
  const sees = (...expected: readonly [boolean, boolean, boolean]): Promise<unknown> => cluster.until(`who comes through is ${expected.join()}`, async () => {
    const seen = await Promise.all([sameNode, otherNode, stranger].map((pod) => reaches(pod, `${ipOf(server)}:8080`)));
    return seen.join() === expected.join();
  });

  before(async () => {
    cluster = await ShellCluster.start({ nodes: 2 });
    await new ImageStore(join(cluster.dataDir, 'images')).load(Readable.from([await nodeImage(IMAGE)]));
    for (const namespace of ['x', 'y']) {
      await cluster.newNamespace(namespace);
      await cluster.until('the namespace has its service account', async () => !(await isGone(cluster.client, serviceAccounts, namespace, 'default', cluster.signal)));
    }
    nodes = (await cluster.machines()).map(({ name }) => name);
    [server, sameNode, otherNode, stranger] = await Promise.all([make('x', 'server', 0), make('x', 'same-node', 0), make('x', 'other-node', 1), make('y', 'stranger', 1)]);
    await cluster.create(services, { metadata: { name: 'server' }, spec: { selector: { app: 'server' }, ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] } }, 'x');
  });

  after(() => cluster?.[Symbol.asyncDispose]());

  test('everybody is reached while there is no policy, and no node has a rule', async () => {
    await sees(true, true, true);
    for (const { holderPid } of await cluster.machines()) assert.doesNotMatch(await new Commands(inNamespaces(holderPid, ['net'])).run(['nft', 'list', 'tables']), /kubets-policy/);
  });

  test('deny all ingress, on the own node and from others; probes of the kubelet come through', async () => {
    await apply('deny', { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress'] });
    await sees(false, false, false);
    await apply('deny-new', { podSelector: { matchLabels: { app: 'new' } }, policyTypes: ['Ingress'] });
    await make('x', 'new', 0);
  });

  test('who is let in by labels comes through, by the address of the service too', async () => {
    await apply('allow', { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'other-node' } } }, { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'y' } } }], ports: [{ port: 8080, protocol: 'TCP' }] }] });
    await sees(false, true, true);
    const { spec } = await cluster.client.resource(services, 'x').get('server', { signal: cluster.signal });
    await cluster.until('who is let in comes through by the service', () => reaches(otherNode, `${spec.clusterIP}`));
    assert.equal(await reaches(sameNode, `${spec.clusterIP}`), false);
  });

  test('without policies everybody is reached again', async () => {
    for (const name of ['deny', 'deny-new', 'allow']) await remove(name);
    await sees(true, true, true);
  });

  test('a pod that policies isolate reaches nobody, from its first moment on; cluster DNS where that is allowed', async () => {
    await apply('alone', { podSelector: { matchLabels: { role: 'alone' } }, policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] }] });
    for (const [index, node] of [0, 1, 0, 1].entries()) {
      await cluster.create(pods, { metadata: { name: `alone-${index}`, labels: { role: 'alone' } }, spec: { nodeName: nodes[node], restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: IMAGE, command: ['node', '/programs/reach.ts', ipOf(server), '8080', 'server.x.svc.cluster.local'] }] } }, 'x');
    }
    const { spec } = await cluster.client.resource(services, 'x').get('server', { signal: cluster.signal });
    for (let index = 0; index < 4; index++) {
      const told = await cluster.until(`pod alone-${index} has ended`, async () => (await cluster.client.resource(pods, 'x').get(`alone-${index}`, { signal: cluster.signal })).status.containerStatuses?.[0]?.state?.terminated?.message);
      assert.equal(told, `nothing ${spec.clusterIP}`);
    }
  });
});
