import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManifestError, mirrorOf, parseManifest } from './manifest.ts';

const TEXT = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels: {app: web}\nspec:\n  containers:\n  - name: c\n    image: i:1\n';

const SOURCE = { nodeName: 'n1', path: '/m/web.yaml', seenMs: Date.UTC(2030, 0, 2, 3, 4, 5, 120) };

test('a static pod bears the name of its node, defaults, and a uid that follows from the file', () => {
  const pod = parseManifest(TEXT, SOURCE);
  assert.deepEqual([pod.metadata.name, pod.metadata.namespace, pod.spec.nodeName, pod.spec.restartPolicy, pod.spec.containers[0]?.imagePullPolicy, pod.spec.containers[0]?.resources], ['web-n1', 'default', 'n1', 'Always', 'IfNotPresent', {}]);
  assert.equal(parseManifest(TEXT, SOURCE).metadata.uid, pod.metadata.uid);
  assert.notEqual(parseManifest(`${TEXT}\n`, SOURCE).metadata.uid, pod.metadata.uid);
  const mirror = mirrorOf(pod, { name: 'n1', uid: 'node-uid' });
  assert.equal(mirror.metadata.annotations?.['kubernetes.io/config.mirror'], pod.metadata.uid);
  assert.equal(mirror.metadata.annotations?.['kubernetes.io/config.seen'], '2030-01-02T03:04:05.12Z');
  assert.equal(parseManifest(TEXT, { ...SOURCE, seenMs: Date.UTC(2030, 0, 2) }).metadata.annotations?.['kubernetes.io/config.seen'], '2030-01-02T00:00:00Z');
  assert.equal(mirror.metadata.ownerReferences?.[0]?.kind, 'Node');
});

for (const { name, text } of [
  { name: 'broken YAML', text: 'a: [' },
  { name: 'another kind', text: TEXT.replace('Pod', 'Service') },
  { name: 'no containers', text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {}' },
  { name: 'nothing', text: '' },
]) test(`a file with ${name} is told as such`, () => assert.throws(() => parseManifest(text, { ...SOURCE, path: '/m/x' }), ManifestError));
