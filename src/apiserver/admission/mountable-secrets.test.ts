import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec, ServiceAccount } from '../../api/generated/core-v1.ts';
import { ephemeralSecretProblem, secretProblem } from './mountable-secrets.ts';

const account = (annotation: string): ServiceAccount => ({
  metadata: { name: 'bot', annotations: { 'kubernetes.io/enforce-mountable-secrets': annotation } }, secrets: [{ name: 'own' }], imagePullSecrets: [{ name: 'pull' }],
}) as unknown as ServiceAccount;
const spec = (more: object): PodSpec => ({ containers: [{ name: 'c', image: 'i' }], ...more }) as unknown as PodSpec;
const from = (name: string): object => ({ env: [{ name: 'E', valueFrom: { secretKeyRef: { name, key: 'k' } } }] });
const NOT = 'secret.secretName="other" is not allowed because service account bot does not reference that secret';

for (const { name, pod, expected } of [
  { name: 'its own secrets', pod: { volumes: [{ name: 'v', secret: { secretName: 'own' } }], imagePullSecrets: [{ name: 'pull' }], containers: [{ name: 'c', ...from('own'), envFrom: [{ secretRef: { name: 'own' } }] }] }, expected: undefined },
  { name: 'a volume of another', pod: { volumes: [{ name: 'v', secret: { secretName: 'other' } }] }, expected: `volume with ${NOT}` },
  { name: 'a variable of another', pod: { containers: [{ name: 'c', ...from('other') }] }, expected: `container c with envVar E referencing ${NOT}` },
  { name: 'all variables of another, before it starts', pod: { initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'other' } }] }] }, expected: `init container i with envFrom referencing ${NOT}` },
  { name: 'images by another', pod: { imagePullSecrets: [{ name: 'pull' }, { name: 'other' }] }, expected: 'imagePullSecrets[1].name="other" is not allowed because service account bot does not reference that imagePullSecret' },
]) {
  test(`a pod of an account that says which secrets: ${name}`, () => {
    assert.equal(secretProblem(account('True'), spec(pod)), expected);
    assert.equal(secretProblem(account('no'), spec(pod)), undefined);
  });
}

test('containers that are added are held to the same', () => {
  const pod = spec({ ephemeralContainers: [{ name: 'e', ...from('other') }] });
  assert.equal(ephemeralSecretProblem(account('1'), pod), `ephemeral container e with envVar E referencing ${NOT}`);
  assert.equal(ephemeralSecretProblem(account('false'), pod), undefined);
});
