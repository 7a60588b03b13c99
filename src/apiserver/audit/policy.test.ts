import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../http/request-info.ts';
import { AuditPolicy } from './policy.ts';

const policy = AuditPolicy.parse(`
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- {level: None, users: [system:kube-proxy], verbs: [watch], resources: [{group: "", resources: [endpoints, services]}]}
- {level: None, nonResourceURLs: ["/healthz*", /version]}
- {level: Request, resources: [{group: "", resources: [configmaps], resourceNames: [controller-leader]}]}
- {level: RequestResponse, namespaces: [kube-system], resources: [{group: "", resources: [secrets, pods/*, "*/scale"]}], omitManagedFields: false}
- {level: Request, userGroups: [ops], omitStages: [ResponseComplete]}
- {level: Metadata, resources: [{group: apps}]}
- {level: Metadata, namespaces: [""]}
`);

for (const { name, user = 'u', groups = [], path, query = {}, level, stages = ['RequestReceived'], managed = true } of [
  { name: 'users, verbs and resources together', user: 'system:kube-proxy', path: '/api/v1/services', query: { watch: 'true' }, level: 'None', stages: undefined, managed: false },
  { name: 'another user goes on', path: '/api/v1/services', query: { watch: 'true' }, level: 'Metadata' },
  { name: 'a path with a star', path: '/healthz/ping', level: 'None', stages: undefined, managed: false },
  { name: 'a whole path only', path: '/version/x', level: 'None', stages: undefined, managed: false },
  { name: 'names of resources', path: '/api/v1/namespaces/a/configmaps/controller-leader', level: 'Request' },
  { name: 'a namespace', path: '/api/v1/namespaces/kube-system/secrets/s', level: 'RequestResponse', managed: false },
  { name: 'any subresource', path: '/api/v1/namespaces/kube-system/pods/p/log', level: 'RequestResponse', managed: false },
  { name: 'a resource with all of its subresources', path: '/api/v1/namespaces/kube-system/pods/p', level: 'RequestResponse', managed: false },
  { name: 'a subresource of anything', path: '/api/v1/namespaces/kube-system/replicationcontrollers/r/scale', level: 'RequestResponse', managed: false },
  { name: 'a resource is not its subresources', path: '/api/v1/namespaces/kube-system/secrets/s/status', level: 'None', stages: undefined, managed: false },
  { name: 'a group of users, with stages of the rule', groups: ['ops'], path: '/apis', level: 'Request', stages: ['RequestReceived', 'ResponseComplete'] },
  { name: 'all of a group', path: '/apis/apps/v1/namespaces/a/deployments', level: 'Metadata' },
  { name: 'objects of the cluster', path: '/api/v1/nodes/n', level: 'Metadata' },
  { name: 'no rule', path: '/api/v1/namespaces/a/secrets', level: 'None', stages: undefined, managed: false },
]) test(name, () => {
  const decision = policy.decide({ name: user, groups }, requestInfo('GET', path, (key) => (query as Record<string, string>)[key]));
  assert.equal(decision.level, level);
  if (level !== 'None') assert.deepEqual([[...decision.omitStages], decision.omitManagedFields], [stages, managed]);
});

for (const { name, text, expected } of [
  { name: 'no rules', text: 'rules: []', expected: /loaded illegal policy with 0 rules/ },
  { name: 'an unknown level', text: 'rules: [{level: Everything}]', expected: /rules\[0\]\.level must be one of None, Metadata/ },
  { name: 'paths and resources together', text: 'rules: [{level: None, nonResourceURLs: [/a], namespaces: [b]}]', expected: /cannot apply to both/ },
  { name: 'a group with its version', text: 'rules: [{level: None, resources: [{group: apps/v1}]}]', expected: /rules\[0\]\.resources\[0\]\.group: "apps\/v1" is no group/ },
  { name: 'a star in the middle', text: 'rules: [{level: None, nonResourceURLs: ["/a*/b"]}]', expected: /may end with "\*"/ },
]) test(`refused: ${name}`, () => assert.throws(() => AuditPolicy.parse(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${text}`), expected));

test('fields that nobody knows are told and left out', () => {
  const unknown: string[] = [];
  const read = AuditPolicy.parse('{apiVersion: audit.k8s.io/v1, kind: Policy, more: 1, rules: [{level: Request, user: [a], resources: [{group: "", resource: [pods]}]}]}', (field) => unknown.push(field));
  assert.deepEqual(unknown, ['more', 'rules[0].user', 'rules[0].resources[0].resource']);
  assert.equal(read.decide({ name: 'u', groups: [] }, requestInfo('GET', '/api/v1/nodes', () => undefined)).level, 'Request');
});
