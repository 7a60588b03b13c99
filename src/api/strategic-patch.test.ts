import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchSchemaOf } from '../apimachinery/patch/patch-schema.ts';
import { createThreeWayStrategicPatch, createTwoWayStrategicPatch } from '../apimachinery/patch/strategic-diff.ts';
import { applyStrategicMergePatch } from '../apimachinery/patch/strategic-merge.ts';
import { schemas } from './schemas.ts';

const schema = patchSchemaOf(schemas, 'core.v1.PodSpec');
const spec = {
  containers: [{ name: 'a', image: 'i:1', env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }], args: ['x', 'y'] }, { name: 'b', image: 'i:2' }],
  volumes: [{ name: 'v', emptyDir: {} }, { name: 'w', configMap: { name: 'c' } }], nodeSelector: { k: 'v' }, tolerations: [{ key: 'k' }],
};

for (const { name, patch, expected } of [
  { name: 'merges lists by key, new elements first', patch: { containers: [{ name: 'z', image: 'n' }, { name: 'b', image: 'i:3' }] },
    expected: { ...spec, containers: [{ name: 'z', image: 'n' }, spec.containers[0], { name: 'b', image: 'i:3' }] } },
  { name: 'deletes an element', patch: { containers: [{ name: 'b', $patch: 'delete' }] }, expected: { ...spec, containers: [spec.containers[0]] } },
  { name: 'deletes nothing where nothing is', patch: { volumes: [{ name: 'none', $patch: 'delete' }] }, expected: spec },
  { name: 'replaces lists without a merge strategy', patch: { tolerations: [{ key: 'z' }] }, expected: { ...spec, tolerations: [{ key: 'z' }] } },
  { name: 'replaces a list by directive', patch: { containers: [{ name: 'z' }, { $patch: 'replace' }] }, expected: { ...spec, containers: [{ name: 'z' }] } },
  { name: 'replaces a list with nothing', patch: { volumes: [{ name: 'w', $patch: 'replace' }] }, expected: { ...spec, volumes: [] } },
  { name: 'empties an object by directive', patch: { nodeSelector: { $patch: 'delete' } }, expected: { ...spec, nodeSelector: {} } },
  { name: 'replaces an object by directive', patch: { $patch: 'replace', containers: [] }, expected: { containers: [] } },
  { name: 'removes what is null', patch: { volumes: null, nodeSelector: { k: null } }, expected: { containers: spec.containers, nodeSelector: {}, tolerations: spec.tolerations } },
  { name: 'sets the order of a list', patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'a', image: 'x' }] },
    expected: { ...spec, containers: [{ name: 'b', image: 'i:2' }, { ...spec.containers[0], image: 'x' }] } },
  { name: 'keeps only retained keys', patch: { volumes: [{ name: 'w', $retainKeys: ['name', 'emptyDir'], emptyDir: {} }] },
    expected: { ...spec, volumes: [{ name: 'w', emptyDir: {} }, { name: 'v', emptyDir: {} }].reverse() } },
  { name: 'leaves nulls out of what it adds, and takes other directives there for fields', patch: { affinity: { $retainKeys: ['nodeAffinity'], nodeAffinity: null } }, expected: { ...spec, affinity: { $retainKeys: ['nodeAffinity'] } } },
  { name: 'adds nothing that is to be deleted or replaced', patch: { affinity: { $patch: 'delete' }, securityContext: { $patch: 'replace', runAsUser: 1 }, dnsConfig: { options: [{ name: 'a' }, { name: 'b', $patch: 'delete' }] } },
    expected: { ...spec, dnsConfig: { options: [{ name: 'a' }] } } },
  { name: 'takes new elements as they are', patch: { containers: [{ name: 'z', env: [{ name: 'E', $patch: 'delete' }], image: null }] },
    expected: { ...spec, containers: [{ name: 'z', env: [{ name: 'E', $patch: 'delete' }], image: null }, ...spec.containers] } },
]) test(`a strategic merge patch ${name}`, () => {
  const before = JSON.stringify(spec);
  assert.deepEqual(applyStrategicMergePatch(spec, patch, schema), expected);
  assert.equal(JSON.stringify(spec), before);
});

test('a strategic merge patch deletes from lists of scalars', () => {
  const meta = patchSchemaOf(schemas, 'meta.v1.ObjectMeta');
  assert.deepEqual(applyStrategicMergePatch({ finalizers: ['a', 'b', 'c'] }, { '$deleteFromPrimitiveList/finalizers': ['b'], finalizers: ['d'] }, meta), { finalizers: ['d', 'a', 'c'] });
});

for (const { patch, message } of [
  { patch: { containers: [{ image: 'nameless' }] }, message: 'map: map[image:nameless] does not contain declared merge key: name' },
  { patch: { nodeSelector: { $patch: 'odd' } }, message: 'unknown patch type: odd in map: map[$patch:odd]' },
  { patch: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'nope', image: 'x' }] }, message: "The order in patch list:\n[map[image:x name:nope]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n" },
  { patch: { '$setElementOrder/containers': [{}], containers: [{ name: 'a' }] }, message: 'map: map[] does not contain declared merge key: name' },
  { patch: { '$setElementOrder/containers': 'x', containers: [] }, message: 'expected a []interface {}, but received a string' },
  { patch: { containers: ['x'] }, message: 'list element types are not identical: [[map[args:[x y] env:[map[name:A value:1] map[name:B value:2]] image:i:1 name:a] map[image:i:2 name:b]] [x]]' },
  { patch: { strategy: 1, $retainKeys: 'x' }, message: 'invalid patch format of retainKeys' },
  { patch: { '$setElementOrder/imagePullSecrets': [], imagePullSecrets: [] }, message: 'no elements in any of the given slices' },
  { patch: { $setElementOrderVolumes: [] }, message: 'invalid patch format of setElementOrder list' },
  { patch: { $deleteFromPrimitiveListOfArgs: ['x'] }, message: 'invalid patch format of primitive list' },
  { patch: { containers: [{ name: 'a', '$deleteFromPrimitiveList/args': [1] }] }, message: 'list element types are not identical: [[x y] [1]]' },
  { patch: [], message: 'json: cannot unmarshal array into Go value of type map[string]interface {}' },
]) test(`a strategic merge patch fails: ${message.slice(0, 50)}`, () => assert.throws(() => applyStrategicMergePatch(spec, patch, schema), { message }));

test('a two-way patch turns one object into the other', () => {
  const modified = { ...spec, containers: [{ name: 'b', image: 'i:9' }, { name: 'c' }], nodeSelector: {}, tolerations: [] };
  const patch = createTwoWayStrategicPatch(spec, modified, schema);
  assert.deepEqual(patch, {
    containers: [{ name: 'b', image: 'i:9' }, { name: 'c' }, { name: 'a', $patch: 'delete' }], '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }],
    nodeSelector: { k: null }, tolerations: [],
  });
  assert.deepEqual(applyStrategicMergePatch(spec, patch, schema), modified);
});

test('a three-way patch removes what was applied before and leaves what others set', () => {
  const original = { containers: [{ name: 'a', image: 'i:1', env: [{ name: 'A', value: '1' }] }], hostNetwork: true };
  const modified = { containers: [{ name: 'a', image: 'i:2' }] };
  const current = { containers: [{ name: 'a', image: 'i:1', env: [{ name: 'A', value: '1' }, { name: 'X', value: '9' }], imagePullPolicy: 'Always' }, { name: 'sidecar', image: 's' }], hostNetwork: true };
  const patch = createThreeWayStrategicPatch(original, modified, current, schema);
  assert.deepEqual(patch, { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ env: null, name: 'a', image: 'i:2' }], hostNetwork: null });
  assert.deepEqual(applyStrategicMergePatch(current, patch, schema), { containers: [{ name: 'a', image: 'i:2', imagePullPolicy: 'Always' }, { name: 'sidecar', image: 's' }] });
});
