import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mandatoryFlowSchemas, mandatoryPriorityLevels, suggestedFlowSchemas, suggestedPriorityLevels } from '../../api/flowcontrol/bootstrap.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/generated/flowcontrol-v1.ts';
import { distinguisherOf, inOrder, schemaFor, type FlowRequest } from './classify.ts';
import { seatLimits } from './seats.ts';

const schemas = inOrder([...mandatoryFlowSchemas, ...suggestedFlowSchemas] as FlowSchema[]);
const pods: FlowRequest = { isResourceRequest: true, verb: 'list', group: '', resource: 'pods', subresource: '', namespace: 'a', path: '/api/v1/namespaces/a/pods' };
const lease: FlowRequest = { ...pods, verb: 'update', group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-system' };
const healthz: FlowRequest = { ...pods, isResourceRequest: false, verb: 'get', resource: '', namespace: '', path: '/healthz' };
const user = (name: string, ...groups: string[]): { name: string; groups: string[] } => ({ name, groups: [...groups, 'system:authenticated'] });

for (const { name, request, who, schema, flow } of [
  { name: 'superusers are exempt', request: pods, who: user('root', 'system:masters'), schema: 'exempt', flow: '' },
  { name: 'probes are exempt for everybody', request: healthz, who: user('alice'), schema: 'probes', flow: '' },
  { name: 'a node writes its own object', request: { ...pods, verb: 'patch', resource: 'nodes', subresource: 'status', namespace: '' }, who: user('system:node:n', 'system:nodes'), schema: 'system-node-high', flow: 'system:node:n' },
  { name: 'a node reads pods', request: pods, who: user('system:node:n', 'system:nodes'), schema: 'system-nodes', flow: 'system:node:n' },
  { name: 'leader election of the system', request: lease, who: user('system:kube-scheduler'), schema: 'system-leader-election', flow: 'system:kube-scheduler' },
  { name: 'the controllers of the system, by namespace', request: pods, who: user('system:serviceaccount:kube-system:x', 'system:serviceaccounts'), schema: 'kube-system-service-accounts', flow: 'a' },
  { name: 'workloads', request: pods, who: user('system:serviceaccount:a:b', 'system:serviceaccounts'), schema: 'service-accounts', flow: 'system:serviceaccount:a:b' },
  { name: 'people', request: pods, who: user('alice'), schema: 'global-default', flow: 'alice' },
]) {
  test(name, () => {
    const found = schemaFor(schemas, request, who);
    assert.equal(found?.metadata.name, schema);
    assert.equal(found && distinguisherOf(found, request, who), flow);
  });
}

test('seats follow the shares, and no level gets none', () => {
  const limits = seatLimits([...mandatoryPriorityLevels, ...suggestedPriorityLevels] as PriorityLevelConfiguration[], 600);
  assert.equal(limits.get('workload-low')?.nominal, 245);
  assert.equal(limits.get('catch-all')?.nominal, 13);
  assert.equal(limits.get('exempt')?.nominal, 0);
});
