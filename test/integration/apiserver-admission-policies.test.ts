import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ConfigMap } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import { MutatingAdmissionPolicies } from '../../src/apiserver/admission/policies/mutating-admission-policies.ts';
import { ValidatingAdmissionPolicies } from '../../src/apiserver/admission/policies/validating-admission-policies.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
let server: TestServer;
let client: Client;
const tools = {
  objects: () => new CachedObjects(server.server.cacher), resources: () => server.server.resources,
  authorizer: { authorize: async ({ verb }: { verb: string }) => ({ decision: verb === 'get' ? ('allow' as const) : ('no opinion' as const), reason: '' }) },
};
const CONFIG_MAPS = { resourceRules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] };

before(async () => {
  server = await startTestServer({ admission: [new MutatingAdmissionPolicies(tools), new ValidatingAdmissionPolicies(tools)] });
  client = new Client({ transport: server.server.transportFor(admin), clock, userAgent: 'test' });
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns', labels: { team: 'a' } } } as never, { signal });
});
after(async () => {
  await server[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const ref of [refs.validatingAdmissionPolicies, refs.validatingAdmissionPolicyBindings, refs.mutatingAdmissionPolicies, refs.mutatingAdmissionPolicyBindings]) await client.resource(ref as never).deleteCollection({ signal });
  await client.resource(refs.configMaps, 'ns').deleteCollection({ signal });
});

async function validating(spec: object, binding: object = {}): Promise<void> {
  await client.resource(refs.validatingAdmissionPolicies).create({ metadata: { name: 'p' }, spec: { matchConstraints: CONFIG_MAPS, ...spec } } as never, { signal });
  await client.resource(refs.validatingAdmissionPolicyBindings).create({ metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Deny'], ...binding } } as never, { signal });
}

async function mutating(mutations: object[], spec: object = {}): Promise<void> {
  await client.resource(refs.mutatingAdmissionPolicies).create({ metadata: { name: 'p' }, spec: { matchConstraints: CONFIG_MAPS, reinvocationPolicy: 'Never', mutations, ...spec } } as never, { signal });
  await client.resource(refs.mutatingAdmissionPolicyBindings).create({ metadata: { name: 'b' }, spec: { policyName: 'p' } } as never, { signal });
}

function configMap(name: string, data: Record<string, string> = {}): Promise<ConfigMap> {
  return client.resource(refs.configMaps, 'ns').create({ metadata: { name }, data } as never, { signal }) as Promise<ConfigMap>;
}

const denied = (code: number, why: string) => (error: unknown) => {
  assert.ok(StatusError.is(error));
  assert.equal(error.message, why);
  assert.equal(error.code, code);
  return true;
};
const BY = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request:";
const DENY = { validations: [{ expression: 'false', message: 'no' }] };

test('a policy denies what its expression refuses, at once, with its reason and what its message expression says', async () => {
  await validating({ validations: [{ expression: "!('bad' in object.data)", messageExpression: "'not ' + object.metadata.name", reason: 'Forbidden' }] });
  await assert.rejects(configMap('a', { bad: '1' }), denied(403, `configmaps "a" is forbidden: ${BY} not a`));
  await configMap('b', { good: '1' });
});

test('a policy without a binding asks nothing, and one whose binding goes stops', async () => {
  await validating(DENY);
  await assert.rejects(configMap('a'), denied(422, `configmaps "a" is forbidden: ${BY} no`));
  await client.resource(refs.validatingAdmissionPolicyBindings).delete('b', { signal });
  await configMap('a');
});

test('variables are found when asked for, know those before them, and tell their errors', async () => {
  await validating({ variables: [{ name: 'n', expression: 'object.data.size()' }, { name: 'twice', expression: 'variables.n * 2' }, { name: 'broken', expression: 'object.data.none' }], validations: [{ expression: 'variables.twice < 8' }, { expression: "variables.n < 2 || variables.broken == ''" }] });
  await configMap('a', { x: '1' });
  await assert.rejects(configMap('b', { x: '1', y: '1' }), denied(422, `configmaps "b" is forbidden: ${BY} expression 'variables.n < 2 || variables.broken == ''' resulted in error: composited variable "broken" fails to evaluate: no such key: none`));
});

test('with failurePolicy Ignore an expression without a value denies nothing', async () => {
  await validating({ failurePolicy: 'Ignore', validations: [{ expression: "object.data.none == ''" }] });
  await configMap('a');
});

test('match conditions, selectors and excluded resources say what a policy is not about', async () => {
  await validating({ ...DENY, matchConditions: [{ name: 'named', expression: "object.metadata.name.startsWith('x')" }], matchConstraints: { ...CONFIG_MAPS, namespaceSelector: { matchLabels: { team: 'a' } }, excludeResourceRules: [{ ...CONFIG_MAPS.resourceRules[0], resourceNames: ['xfree'] }] } });
  await configMap('a');
  await configMap('xfree');
  await assert.rejects(configMap('x'), denied(422, `configmaps "x" is forbidden: ${BY} no`));
});

test('parameters come from the objects that the binding names or selects, once each', async () => {
  for (const [name, max] of [['one', '1'], ['two', '2']]) await client.resource(refs.secrets, 'ns').create({ metadata: { name, labels: { for: 'policy' } }, stringData: { max }, type: 'Opaque' } as never, { signal });
  const spec = { paramKind: { apiVersion: 'v1', kind: 'Secret' }, validations: [{ expression: 'nothing(params)' }] };
  await assert.rejects(validating(spec), /undeclared reference to 'nothing'/);
  await validating({ ...spec, validations: [{ expression: "object.metadata.name != params.metadata.name", messageExpression: "'taken by ' + params.metadata.name" }] }, { paramRef: { selector: { matchLabels: { for: 'policy' } }, parameterNotFoundAction: 'Deny' } });
  await assert.rejects(configMap('two'), denied(422, `configmaps "two" is forbidden: ${BY} taken by two`));
  await configMap('three');
  await client.resource(refs.secrets, 'ns').deleteCollection({ signal });
  await assert.rejects(configMap('four'), denied(422, `configmaps "four" is forbidden: ${BY} failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`));
});

test('expressions ask the authorizer about whoever makes the request', async () => {
  await validating({ validations: [{ expression: "authorizer.group('').resource('pods').check('get').allowed() && !authorizer.requestResource.check('delete').allowed()" }] });
  await configMap('a');
});

test('a mutating policy applies configurations and JSON patches in their order, and gives defaults again', async () => {
  await mutating([
    { patchType: 'ApplyConfiguration', applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'by': 'policy'}}}" } },
    { patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'test', path: '/metadata/labels/by', value: 'policy'}, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: 'c'}]" } },
  ]);
  const { metadata } = await configMap('a');
  assert.deepEqual(metadata.labels, { by: 'policy', 'a/b': 'c' });
});

test('a JSON patch whose test does not hold is left out, and so are mutations that err where they may', async () => {
  const patch = (...operations: string[]): object => ({ patchType: 'JSONPatch', jsonPatch: { expression: `[${operations.join(', ')}]` } });
  await mutating([
    patch("JSONPatch{op: 'test', path: '/metadata/name', value: 'other'}", "JSONPatch{op: 'add', path: '/data', value: {'a': '1'}}"), patch("JSONPatch{op: 'remove', path: '/data/none'}"), patch("JSONPatch{op: 'add', path: '/immutable', value: false}"),
  ], { failurePolicy: 'Ignore' });
  const made = await configMap('a');
  assert.deepEqual([made.data, made.immutable], [undefined, false]);
});

for (const { what, mutation, status, message } of [
  { what: 'a JSON patch that does not fit', mutation: { patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'add', path: '/none/a', value: '1'}]" } }, status: 403, message: `policy 'p' with binding 'b' denied request: JSON Patch: add operation does not apply: doc is missing path: "/none/a": missing value` },
  { what: 'a list that belongs together', mutation: { patchType: 'ApplyConfiguration', applyConfiguration: { expression: "Object{metadata: Object.metadata{managedFields: [Object.metadata.managedFields{manager: 'a'}]}}" } }, status: 403, message: "policy 'p' with binding 'b' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .metadata.managedFields" },
  { what: 'a field that the kind has not', mutation: { patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'add', path: '/datum', value: '1'}]" } }, status: 500, message: 'Internal error occurred: strict decoding error: unknown field "datum"' },
  { what: 'a part under the name of another', mutation: { patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'add', path: '/metadata', value: Object.metadata{labels: {'a': Object.metadata.annotations{}}}}]" } }, status: 403, message: `policy 'p' with binding 'b' denied request: type mismatch: unexpected type name "Object.metadata.annotations", expected "Object.metadata.labels", which matches field name path from root Object type` },
]) test(`a mutating policy is refused ${what}`, async () => {
  await mutating([mutation]);
  await assert.rejects(configMap('a', { x: '1' }), denied(status, message));
});

test('a mutating policy that errs refuses the request', async () => {
  const mutations = [{ patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'remove', path: '/data/' + object.data.none}]" } }];
  await mutating(mutations);
  await assert.rejects(configMap('a', { x: '1' }), denied(403, `policy 'p' with binding 'b' denied request: expression '${mutations[0]?.jsonPatch.expression ?? ''}' resulted in error: no such key: none`));
});

test('a policy is asked again for what those after it have made, if it wants so', async () => {
  await mutating([{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'n': has(object.metadata.labels) && 'z' in object.metadata.labels ? 'seen' : 'not seen'}}}" } }], { reinvocationPolicy: 'IfNeeded' });
  await client.resource(refs.mutatingAdmissionPolicies).create({ metadata: { name: 'q' }, spec: { matchConstraints: CONFIG_MAPS, reinvocationPolicy: 'Never', mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'z': 'z'}}}" } }] } } as never, { signal });
  await client.resource(refs.mutatingAdmissionPolicyBindings).create({ metadata: { name: 'q' }, spec: { policyName: 'q' } } as never, { signal });
  const { metadata } = await configMap('a');
  assert.deepEqual(metadata.labels, { n: 'seen', z: 'z' });
});
