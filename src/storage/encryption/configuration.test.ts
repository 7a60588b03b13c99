import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encryptionRules } from './configuration.ts';

const secret = Buffer.alloc(32, 1).toString('base64');
const aesgcm = { aesgcm: { keys: [{ name: 'one', secret }] } };
const document = (...resources: readonly unknown[]): unknown => ({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources });

test('reads providers in order', () => {
  const kms = { kms: { apiVersion: 'v2', name: 'vault', endpoint: 'unix:///run/kms.sock', timeout: '1.5s' } };
  const [rule] = encryptionRules(document({ resources: ['secrets', '*.apps'], providers: [kms, aesgcm, { identity: {} }] }));
  assert.deepEqual(rule?.resources, ['secrets', '*.apps']);
  assert.deepEqual(rule?.providers, [
    { kind: 'kms', name: 'vault', endpoint: 'unix:///run/kms.sock', timeoutMs: 1500 },
    { kind: 'aesgcm', keys: [{ name: 'one', secret: Buffer.alloc(32, 1) }] },
    { kind: 'identity' },
  ]);
});

for (const { name, resources = ['secrets'], providers = [aesgcm], message } of [
  { name: 'no resources', resources: [], message: /resources\[0\]\.resources: must be a list that is not empty/ },
  { name: 'no providers', providers: [], message: /resources\[0\]\.providers: must be a list/ },
  { name: 'two providers in one entry', providers: [{ ...aesgcm, identity: {} }], message: /providers\[0\]: must hold exactly one provider/ },
  { name: 'a provider that nobody knows', providers: [{ rot13: {} }], message: /there is no field rot13; there are: aesgcm, aescbc, secretbox, identity, kms/ },
  { name: 'a secret of a wrong length', providers: [{ secretbox: { keys: [{ name: 'a', secret: Buffer.alloc(16).toString('base64') }] } }], message: /secret: must be 32 bytes, has 16/ },
  { name: 'a secret that is no base64', providers: [{ aescbc: { keys: [{ name: 'a', secret: '§' }] } }], message: /secret: must be base64/ },
  { name: 'a name with a colon', providers: [{ aescbc: { keys: [{ name: 'a:b', secret }] } }], message: /name without colons/ },
  { name: 'a key twice', providers: [{ aesgcm: { keys: [{ name: 'a', secret }, { name: 'a', secret }] } }], message: /the name a is given twice/ },
  { name: 'kms v1', providers: [{ kms: { apiVersion: 'v1', name: 'a', endpoint: 'unix:///a' } }], message: /kms\.apiVersion: must be v2/ },
  { name: 'kms over tcp', providers: [{ kms: { apiVersion: 'v2', name: 'a', endpoint: 'tcp://a' } }], message: /must be a socket/ },
  { name: 'a lone star', resources: ['*'], message: /use \*\. for all resources of the core group/ },
  { name: 'a subresource', resources: ['pods/status'], message: /is a subresource/ },
  { name: 'a resource after the wildcard that takes it', resources: ['*.apps', 'deployments.apps'], message: /deployments\.apps is never used: \*\.apps stands before it/ },
]) {
  test(`refuses ${name}`, () => assert.throws(() => encryptionRules(document({ resources, providers })), message));
}

test('refuses another kind', () => assert.throws(() => encryptionRules({ kind: 'Pod' }), /there is no field|must be of kind EncryptionConfiguration/));
