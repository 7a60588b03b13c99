import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encryptionRules } from './configuration.ts';

const secret = Buffer.alloc(32, 1).toString('base64');
const aesgcm = { aesgcm: { keys: [{ name: 'one', secret }] } };
const document = (...resources: readonly unknown[]): unknown => ({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources });

test('reads providers in order', () => {
  const vault = { kms: { apiVersion: 'v2', name: 'vault', endpoint: 'unix:///run/kms.sock', timeout: '1.5s' } };
  const [rule] = encryptionRules(document({ resources: ['secrets', '*.apps'], providers: [vault, aesgcm, { identity: {} }] }));
  assert.deepEqual(rule?.resources, ['secrets', '*.apps']);
  assert.deepEqual(rule?.providers, [
    { kind: 'kms', name: 'vault', endpoint: 'unix:///run/kms.sock', timeoutMs: 1500 },
    { kind: 'aesgcm', keys: [{ name: 'one', secret: Buffer.alloc(32, 1) }] },
    { kind: 'identity' },
  ]);
});

const key = (fields: object): object => ({ aesgcm: { keys: [fields] } });
const kms = (fields: object): object => ({ kms: { apiVersion: 'v2', name: 'foo', endpoint: 'unix:///tmp/kms-provider.socket', ...fields } });
const OVERLAP = "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";

// The cases of apiserver pkg/apis/apiserver/validation, validation_encryption_test.go.
for (const { name, resources = ['secrets'], providers = [aesgcm], problem } of [
  { name: 'no resources', resources: [], problem: 'resources[0].resources: Required value: at least one resources[0].resources is required' },
  { name: 'no providers', providers: [], problem: 'resources[0].providers: Required value: at least one resources[0].providers is required' },
  { name: 'two providers in one entry', providers: [{ ...aesgcm, identity: {} }],
    problem: 'resources[0].providers[0]: Invalid value: "REDACTED": more than one provider specified in a single element, should split into different list elements' },
  { name: 'an entry without provider', providers: [{ identity: null }],
    problem: 'resources[0].providers[0]: Invalid value: {"AESGCM":null,"AESCBC":null,"Secretbox":null,"Identity":null,"KMS":null}: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity' },
  { name: 'a provider that nobody knows', providers: [{ rot13: {} }], problem: 'resources[0].providers[0]: there is no field rot13; there are: kms, aesgcm, aescbc, secretbox, identity' },
  { name: 'no keys', providers: [{ secretbox: { keys: [] } }], problem: 'resources[0].providers[0].secretbox.keys: Required value: at least one keys is required' },
  { name: 'a key without name', providers: [key({ secret })], problem: 'resources[0].providers[0].aesgcm.keys[0].name: Required value: name is a mandatory field for a key' },
  { name: 'a key without secret', providers: [key({ name: 'foo' })], problem: 'resources[0].providers[0].aesgcm.keys[0].secret: Required value: secret is a mandatory field for a key' },
  { name: 'a secret that is no base64', providers: [key({ name: 'foo', secret: 'P@ssword' })],
    problem: 'resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded' },
  { name: 'a secret of a wrong length', providers: [key({ name: 'foo', secret: 'cGFzc3dvcmQK' })],
    problem: 'resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 9, expected one of [16 24 32]' },
  { name: 'kms v1, which is what is meant where nothing is said', providers: [kms({ apiVersion: undefined })],
    problem: 'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.' },
  { name: 'kms v3', providers: [kms({ apiVersion: 'v3' })],
    problem: 'resources[0].providers[0].kms.apiVersion: Invalid value: "v3": unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported' },
  { name: 'a cache for kms v2', providers: [kms({ cachesize: 10 })], problem: 'resources[0].providers[0].kms.cachesize: Invalid value: 10: cachesize is not supported in v2' },
  { name: 'kms over tcp', providers: [kms({ endpoint: 'https://www.foo.com' })],
    problem: 'resources[0].providers[0].kms.endpoint: Invalid value: "https://www.foo.com": unsupported scheme "https" for KMS provider, only unix is supported' },
  { name: 'kms without endpoint', providers: [kms({ endpoint: '' })], problem: 'resources[0].providers[0].kms.endpoint: Invalid value: "": endpoint is a mandatory field for a kms' },
  { name: 'kms with a negative timeout', providers: [kms({ timeout: '-1m' })], problem: 'resources[0].providers[0].kms.timeout: Invalid value: "-1m0s": timeout should be a positive value' },
  { name: 'kms without name', providers: [kms({ name: '' })], problem: 'resources[0].providers[0].kms.name: Required value: name is a mandatory field for a provider' },
  { name: 'a kms name with a colon', providers: [kms({ name: 'a:b' })], problem: 'resources[0].providers[0].kms.name: Invalid value: "a:b": invalid KMS provider name a:b, must not contain \':\'' },
  { name: 'a kms name twice', providers: [kms({}), kms({})], problem: 'resources[0].providers[1].kms.name: Invalid value: "foo": duplicate KMS provider name foo, names must be unique' },
  { name: 'a lone star', resources: ['*'], problem: 'resources[0].resources[0]: Invalid value: "*": use \'*.\' to encrypt all the resources from core API group or *.* to encrypt all resources' },
  { name: 'capital letters', resources: ['apiServerIPInfo'], problem: 'resources[0].resources[0]: Invalid value: "apiServerIPInfo": resource name should not contain capital letters' },
  { name: 'what has no REST API', resources: ['apiserveripinfo'], problem: 'resources[0].resources[0]: Invalid value: "apiserveripinfo": resources which do not have REST API/s cannot be encrypted' },
  { name: 'events by their second group', resources: ['secrets', '*.events.k8s.io'],
    problem: 'resources[0].resources[1]: Invalid value: "*.events.k8s.io": \'*.events.k8s.io\' objects are stored using the \'events\' API group in etcd. Use \'events\' instead in the config file' },
  { name: 'the extensions group', resources: ['foo.extensions'], problem: 'resources[0].resources[0]: Invalid value: "foo.extensions": \'extensions\' group has been removed and cannot be used for encryption' },
  { name: 'a resource of all groups', resources: ['*.', 'foos.*'], problem: 'resources[0].resources[1]: Invalid value: "foos.*": encrypting the same resource across groups is not supported' },
  { name: 'a resource twice', resources: ['secrets', 'secrets.'], problem: 'resources[0].resources: Invalid value: ["secrets","secrets."]: the same resource cannot be specified multiple times' },
  { name: 'a wildcard after what it takes', resources: ['deployments.apps', '*.apps'], problem: `resources[0].resources: Invalid value: ["deployments.apps","*.apps"]: ${OVERLAP}` },
  { name: 'everything and a group', resources: ['*.apps', '*.', '*.*'], problem: `resources[0].resources: Invalid value: ["*.apps","*.","*.*"]: ${OVERLAP}` },
  { name: 'two mistakes', resources: ['*'], providers: [], problem: '[resources[0].resources[0]: Invalid value: "*": use \'*.\' to encrypt all the resources from core API group or *.* to encrypt all resources, resources[0].providers: Required value: at least one resources[0].providers is required]' },
]) {
  test(`refuses ${name}`, () => assert.throws(() => encryptionRules(document({ resources, providers })), { message: problem }));
}

test('takes wildcards of several groups, and keys named alike', () => {
  const twice = { aescbc: { keys: [{ name: 'a:b', secret }, { name: 'a:b', secret }] } };
  const [rule] = encryptionRules(document({ resources: ['*.apps', '*.', 'jobs.batch'], providers: [twice] }));
  assert.deepEqual(rule?.resources, ['*.apps', '*.', 'jobs.batch']);
});

test('takes two rules about one resource, and refuses one after a wildcard that takes it', () => {
  const of = (...resources: readonly string[]): object => ({ resources, providers: [aesgcm] });
  assert.deepEqual(encryptionRules(document(of('secrets'), of('secrets.', 'pods'))).map(({ resources }) => resources), [['secrets'], ['secrets', 'pods']]);
  assert.throws(() => encryptionRules(document(of('*.'), of('secrets'))), { message: 'resource "secrets" is masked by earlier rule "*."' });
  assert.throws(() => encryptionRules(document(of('*.*'), of('*.'))), { message: 'resource "*." is masked by earlier rule "*.*"' });
});

test('refuses nothing at all', () => assert.throws(() => encryptionRules(document()), { message: 'resources: Required value: at least one resources is required' }));

test('refuses another kind', () => assert.throws(() => encryptionRules({ kind: 'Pod' }), /there is no field|must be of kind EncryptionConfiguration/));
