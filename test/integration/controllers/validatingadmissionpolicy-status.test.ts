import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customResourceDefinitions, validatingAdmissionPolicies } from '../../../src/api/refs.ts';
import { startControllers } from './controllers-under-test.ts';

const SCHEMA = { type: 'object', properties: { spec: { type: 'object', properties: { replicas: { type: 'integer' } } } } };

test('the status of a policy tells which expressions do not fit built-in and custom kinds', async () => {
  await using cluster = await startControllers(['validatingadmissionpolicy-status-controller']);
  const { client, signal, until } = cluster;
  await client.resource(customResourceDefinitions).create({
    metadata: { name: 'crons.e.io' },
    spec: { group: 'e.io', scope: 'Namespaced', names: { kind: 'Cron', plural: 'crons' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: SCHEMA } }] },
  } as never, { signal });
  await until('served', async () => (await client.resource(customResourceDefinitions).get('crons.e.io', { signal })).status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'));
  const rule = (group: string, resource: string): object => ({ operations: ['*'], apiGroups: [group], apiVersions: ['v1'], resources: [resource] });
  await client.resource(validatingAdmissionPolicies).create({
    metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [rule('apps', 'deployments'), rule('e.io', 'crons')] }, validations: [{ expression: "object.spec.replicas > '1'" }, { expression: 'object.spec.replicas > 1' }] },
  } as never, { signal });
  const status = await until('checked', async () => {
    const found = await client.resource(validatingAdmissionPolicies).get('p', { signal });
    return found.status?.observedGeneration === 1 ? found.status : undefined;
  });
  const text = "ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^";
  assert.deepEqual(status.typeChecking?.expressionWarnings, [{ fieldRef: 'spec.validations[0].expression', warning: `apps/v1, Kind=Deployment: ${text}\ne.io/v1, Kind=Cron: ${text}` }]);
});
