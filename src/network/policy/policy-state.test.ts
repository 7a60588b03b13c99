import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { NetworkPolicy, NetworkPolicySpec } from '../../api/generated/networking-v1.ts';
import { compilePolicy } from './compile.ts';
import { podFacts, type PodFacts } from './pod-facts.ts';
import { PolicyState } from './policy-state.ts';
import { PolicyTable, type TableContent } from './policy-table.ts';

function policyOf(key: string, spec: object): NetworkPolicy {
  const [namespace = '', name = ''] = key.split('/');
  return { metadata: { namespace, name, uid: key, resourceVersion: '1', creationTimestamp: '' }, spec: spec as NetworkPolicySpec };
}

function podOf(key: string, ip: string, isLocal: boolean, labels: Record<string, string> = {}): PodFacts {
  return { key, uid: key, namespace: key.split('/')[0] ?? '', labels, ips: [ip], ports: [{ name: 'web', protocol: 'TCP', port: 8080 }], isLocal };
}

function stateWith(policies: Readonly<Record<string, object>>, ...pods: readonly PodFacts[]): PolicyState {
  const state = new PolicyState([]);
  for (const [key, spec] of Object.entries(policies)) state.setPolicy(key, compilePolicy(policyOf(key, spec)));
  for (const namespace of ['x', 'y']) state.setNamespace(namespace, { name: namespace });
  for (const pod of pods) state.setPod(pod.key, pod);
  return state;
}

const contentOf = (state: PolicyState): TableContent => state.contents(['IPv4'])[0] ?? assert.fail();
const namesOf = ({ chains, sets }: TableContent): string[] => [...chains.keys(), ...sets.keys()].filter((name) => name.includes('/') && !name.includes('-of/'));

test('only policies that select a pod of this node come to the kernel, with the sets that they refer to', () => {
  const policies = {
    'x/here': { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 'web' }] }] },
    'y/there': { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
  };
  const content = contentOf(stateWith(policies, podOf('x/a', '10.0.0.1', true), podOf('y/b', '10.0.1.1', false)));
  assert.equal(namesOf(content).length, 3);
  assert.deepEqual(content.chains.get('ingress/x/here'), [`ip saddr @${namesOf(content).find((name) => name.startsWith('pods/'))} ip daddr . tcp dport @ports/tcp/web accept`]);
  assert.deepEqual([...content.sets.get('ports/tcp/web')?.elements.keys() ?? []], ['10.0.0.1 . 8080', '10.0.1.1 . 8080']);
});

test('peers that select alike share a set, and pods that the same policies isolate a chain', () => {
  const rule = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: { matchLabels: { name: 'y' } } }] }] };
  const content = contentOf(stateWith({ 'x/one': rule, 'x/two': rule }, podOf('x/a', '10.0.0.1', true), podOf('x/b', '10.0.0.2', true), podOf('y/b', '10.0.1.1', false)));
  assert.equal(namesOf(content).filter((name) => name.startsWith('pods/')).length, 1);
  assert.equal([...content.chains.keys()].filter((name) => name.startsWith('ingress-of/')).length, 1);
});

test('names of namespaces and policies may be as long as they can be', () => {
  const key = `${'n'.repeat(63)}/${'p'.repeat(253)}`;
  const content = contentOf(stateWith({ [key]: { podSelector: {}, policyTypes: ['Ingress'] } }, podOf(`${'n'.repeat(63)}/a`, '10.0.0.1', true)));
  assert.ok([...content.chains.keys()].every((name) => name.length < 255), [...content.chains.keys()].join());
});

test('a change of one pod is a change of its elements', () => {
  const state = stateWith({ 'x/one': { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ namespaceSelector: {} }] }] } }, podOf('x/a', '10.0.0.1', true), podOf('y/b', '10.0.1.1', false));
  const table = new PolicyTable('IPv4', 'test');
  table.script(contentOf(state));
  table.applied();
  assert.equal(table.script(contentOf(state)), '');
  state.setPod('y/b', podOf('y/b', '10.0.1.2', false));
  assert.match(table.script(contentOf(state)), /^delete element ip test pods\/\w+ { 10\.0\.1\.1 }\nadd element ip test pods\/\w+ { 10\.0\.1\.2 }\n$/);
  table.applied();
  state.setPolicy('x/one', undefined);
  assert.equal(table.script(contentOf(state)), 'add table ip test\ndelete table ip test\n');
});

test('pods of the node network, those that have ended and those without an address are nobody; sidecars have ports too', () => {
  const pod = (status: object, spec: object = {}): Pod => ({ metadata: { name: 'a', namespace: 'x', uid: '1' }, spec: { nodeName: 'here', containers: [{ name: 'c' }], ...spec }, status }) as unknown as Pod;
  const podIPs = [{ ip: '10.0.0.1' }];
  assert.equal(podFacts(pod({ podIPs }, { hostNetwork: true }), 'here'), undefined);
  for (const phase of ['Succeeded', 'Failed']) assert.equal(podFacts(pod({ phase, podIPs }), 'here'), undefined);
  assert.equal(podFacts(pod({}), 'here'), undefined);
  assert.deepEqual(podFacts(pod({}), 'here', ['10.0.0.2'])?.ips, ['10.0.0.2']);
  const initContainers = [{ name: 'once', ports: [{ name: 'once', containerPort: 1 }] }, { name: 'always', restartPolicy: 'Always', ports: [{ name: 'metrics', containerPort: 2 }] }];
  assert.deepEqual(podFacts(pod({ podIPs }, { initContainers }), 'here')?.ports, [{ name: 'metrics', protocol: 'TCP', port: 2 }]);
});

test('without policy types a policy isolates its pods from who comes', () => {
  const { rules } = compilePolicy(policyOf('x/a', { podSelector: {} }));
  assert.deepEqual(rules, { ingress: [] });
});
