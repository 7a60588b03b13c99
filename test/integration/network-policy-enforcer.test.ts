import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Namespace, Pod } from '../../src/api/generated/core-v1.ts';
import type { NetworkPolicy } from '../../src/api/generated/networking-v1.ts';
import { namespaces, networkPolicies, pods } from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { Client, InformerFactory } from '../../src/client/index.ts';
import { detectMachine } from '../../src/cluster/local/detect.ts';
import { NetworkPolicyEnforcer } from '../../src/network/index.ts';
import { TestNamespace } from '../support/namespaces.ts';
import { unless } from '../support/needs.ts';
import { TinyApi } from '../support/tiny-api.ts';

const facts = await detectMachine();
const skip = unless(facts.root && facts.programs.nft !== undefined, 'this needs root and nft');
const clock = new SystemClock();
const common = { clock, logger: silentLogger };

suite('the enforcer of network policies of a node', { skip }, () => {
  const api = new TinyApi();
  const stop = new AbortController();
  const { signal } = stop;
  let node: TestNamespace;
  let informers: InformerFactory;
  let enforcer: NetworkPolicyEnforcer;

  const start = async (): Promise<void> => {
    informers = new InformerFactory({ client: new Client({ transport: api, clock }), random: new SystemRandom(), ...common });
    enforcer = new NetworkPolicyEnforcer({ informers, nodeName: 'here', families: ['IPv4', 'IPv6'], commands: node.commands, ...common });
    await Promise.all([informers.start(signal), enforcer.start(signal)]);
  };
  const end = async (): Promise<void> => {
    for (const part of [enforcer, informers]) await part?.[Symbol.asyncDispose]();
  };
  const rules = async (): Promise<string> => (await node.commands.run(['nft', 'list', 'tables'])) === '' ? '' : node.commands.run(['nft', 'list', 'ruleset']);
  const until = async (what: string, holds: (rules: string) => boolean): Promise<void> => {
    let seen = '';
    for (const deadline = clock.monotonic() + 180_000; !holds((seen = await rules())); await clock.sleep(20, signal)) assert(clock.monotonic() < deadline, `${what}: ${seen}`);
  };
  const policy = { metadata: { name: 'deny', namespace: 'x', uid: '1', resourceVersion: '1', creationTimestamp: '' }, spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: {} }] }] } } as NetworkPolicy;

  before(async () => {
    node = await TestNamespace.create('policy-node');
    for (const name of ['x', 'y']) api.put(namespaces, { metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' } } as Namespace);
    api.put(pods, podOf('x/a', 'here', '10.244.1.2', 'fd00::2'));
    api.put(pods, podOf('y/b', 'there', '10.244.2.2'));
    await start();
  });

  after(async () => {
    await end();
    await node?.[Symbol.asyncDispose]();
  });

  test('while there is no policy no pod is watched, nothing is in the kernel, and pods start at once', async () => {
    assert.deepEqual([informers.existing(pods), informers.existing(namespaces), await rules()], [undefined, undefined, '']);
    await enforcer.isolate(podOf('x/new', 'here'), ['10.244.1.9'], signal);
  });

  test('a policy isolates the pods of this node, by their addresses of both families', async () => {
    api.put(networkPolicies, policy);
    await until('both addresses are isolated', (text) => /10\.244\.1\.2 : goto/.test(text) && /fd00::2 : goto/.test(text) && text.includes('10.244.2.2'));
  });

  test('a pod is isolated before it starts, and stays so while its status tells no address', async () => {
    const starting = podOf('x/new', 'here');
    api.put(pods, starting);
    await enforcer.isolate(starting, ['10.244.1.9'], signal);
    assert.match(await rules(), /10\.244\.1\.9 : goto/);
    api.put(pods, { ...starting, metadata: { ...starting.metadata, labels: { changed: 'yes' } } });
    api.put(pods, podOf('x/other', 'here', '10.244.1.10'));
    await until('the other one', (text) => /10\.244\.1\.10 : goto/.test(text));
    assert.match(await rules(), /10\.244\.1\.9 : goto/);
    api.put(pods, podOf('x/new', 'here', '10.244.1.11'));
    await until('the address of its status besides', (text) => /10\.244\.1\.9 : goto/.test(text) && /10\.244\.1\.11 : goto/.test(text));
    api.put(pods, podOf('x/new', 'here', '10.244.1.9'));
    await until('its own address only', (text) => /10\.244\.1\.9 : goto/.test(text) && !text.includes('10.244.1.11'));
    api.delete(pods, podOf('x/new', 'here', '10.244.1.9'));
    await until('it is gone', (text) => !text.includes('10.244.1.9'));
  });

  test('an agent that comes back leaves the rules as they are meanwhile, and takes what has changed', async () => {
    await end();
    assert.match(await rules(), /10\.244\.1\.2 : goto/);
    api.delete(pods, podOf('x/other', 'here', '10.244.1.10'));
    await start();
    const text = await rules();
    assert.match(text, /10\.244\.1\.2 : goto/);
    assert.doesNotMatch(text, /10\.244\.1\.10/);
  });

  test('rules that somebody took away come back with the next change', async () => {
    await node.commands.nft('flush ruleset');
    api.put(pods, podOf('y/c', 'there', '10.244.2.3'));
    await until('all is there again', (text) => /10\.244\.1\.2 : goto/.test(text) && text.includes('10.244.2.3'));
  });

  test('a pod that cannot be isolated while the enforcer stops hears of it', async () => {
    const stopping = new NetworkPolicyEnforcer({ informers, nodeName: 'here', families: ['IPv4'], commands: node.commands, ...common });
    const started = stopping.start(signal);
    await started;
    const isolating = stopping.isolate(podOf('x/late', 'here'), ['10.244.1.20'], signal);
    await Promise.all([assert.rejects(isolating, { name: 'AbortError' }), stopping[Symbol.asyncDispose]()]);
  });

  test('when the last policy has gone nothing is left, and pods are watched no more', async () => {
    api.delete(networkPolicies, policy);
    await until('no rules', (text) => !text.includes('kubets-policy'));
    assert.equal(informers.existing(pods), undefined);
    api.put(networkPolicies, policy);
    await until('they come again', (text) => /10\.244\.1\.2 : goto/.test(text));
    api.delete(networkPolicies, policy);
    await until('no rules', (text) => !text.includes('kubets-policy'));
  });
});

function podOf(key: string, nodeName: string, ...ips: readonly string[]): Pod {
  const [namespace = '', name = ''] = key.split('/');
  return {
    metadata: { name, namespace, uid: key, resourceVersion: '1', creationTimestamp: '' },
    spec: { nodeName, containers: [{ name: 'c', resources: {} }] },
    status: { phase: 'Running', ...(ips.length > 0 && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }) },
  } as Pod;
}
