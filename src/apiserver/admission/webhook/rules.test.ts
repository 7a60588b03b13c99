import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAdmissionConfiguration, ruleMatches } from './rules.ts';

const pods = { operation: 'CREATE', group: '', version: 'v1', resource: 'pods', subresource: '', isNamespaced: true };
const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: '*' };

for (const { name, change = {}, request = {}, matches } of [
  { name: 'a rule matches what it names', matches: true },
  { name: 'another operation does not match', request: { operation: 'UPDATE' }, matches: false },
  { name: 'another version does not match', request: { version: 'v2' }, matches: false },
  { name: 'a subresource is not its parent', request: { subresource: 'status' }, matches: false },
  { name: 'a star after the slash takes the parent too', change: { resources: ['pods/*'] }, matches: true },
  { name: 'a star before the slash takes the subresource of all', change: { resources: ['*/status'] }, request: { subresource: 'status' }, matches: true },
  { name: 'a star alone takes no subresources', change: { resources: ['*'] }, request: { subresource: 'status' }, matches: false },
  { name: 'two stars take all', change: { resources: ['*/*'], apiGroups: ['*'], apiVersions: ['*'], operations: ['*'] }, request: { group: 'a', operation: 'CONNECT', subresource: 'exec' }, matches: true },
  { name: 'a rule for the cluster leaves namespaces alone', change: { scope: 'Cluster' }, matches: false },
  { name: 'a rule for namespaces leaves the cluster alone', change: { scope: 'Namespaced' }, request: { isNamespaced: false }, matches: false },
]) test(name, () => assert.equal(ruleMatches({ ...rule, ...change }, { ...pods, ...request }), matches));

test('what configures admission is exempt', () => {
  assert.ok(isAdmissionConfiguration({ group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations' }));
  assert.ok(!isAdmissionConfiguration({ group: '', resource: 'configmaps' }));
});
