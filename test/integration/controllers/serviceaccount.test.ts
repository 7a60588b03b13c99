import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, namespaces, secrets, serviceAccounts } from '../../../src/api/refs.ts';
import { named, startControllers } from './controllers-under-test.ts';

test('a namespace gets its service account and the CA; a Secret gets a token, and goes with the account', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['serviceaccount-controller', 'root-ca-certificate-publisher-controller', 'serviceaccount-token-controller'], { signToken: (claims) => JSON.stringify(claims) });
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const accounts = client.resource(serviceAccounts, 'shop');
  await until('the account is there', async () => named(await accounts.list({ signal })).includes('default'));
  const ca = await until('the CA is there', async () => (await client.resource(configMaps, 'shop').list({ signal })).items[0]);
  assert.deepEqual([ca.metadata.name, ca.data?.['ca.crt']], ['kube-root-ca.crt', 'CA']);

  await client.resource(configMaps, 'shop').patch('kube-root-ca.crt', { type: 'merge', patch: { data: { 'ca.crt': 'forged' } } }, { signal });
  await until('the CA is put right', async () => (await client.resource(configMaps, 'shop').get('kube-root-ca.crt', { signal })).data?.['ca.crt'] === 'CA');
  const before = (await accounts.get('default', { signal })).metadata.uid;
  await accounts.delete('default', { signal });
  await until('the account is made anew', async () => (await accounts.list({ signal })).items.some(({ metadata }) => metadata.uid !== before));

  await accounts.create({ metadata: { name: 'robot' } }, { signal });
  await client.resource(secrets, 'shop').create({ metadata: { name: 'key', annotations: { 'kubernetes.io/service-account.name': 'robot' } }, type: 'kubernetes.io/service-account-token' }, { signal });
  const { data = {}, metadata } = await until('the token is there', async () => {
    const secret = await client.resource(secrets, 'shop').get('key', { signal });
    return secret.data?.['token'] ? secret : undefined;
  });
  const claims = JSON.parse(Buffer.from(data['token'] ?? '', 'base64').toString()) as Record<string, unknown>;
  assert.equal(claims['sub'], 'system:serviceaccount:shop:robot');
  assert.equal(metadata.annotations?.['kubernetes.io/service-account.uid'], claims['kubernetes.io/serviceaccount/service-account.uid']);
  await accounts.delete('robot', { signal });
  await until('the Secret is gone', async () => (await client.resource(secrets, 'shop').list({ signal })).items.length === 0);
});

test('an account lists no Secret that has gone', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['serviceaccount-token-controller'], { signToken: () => 'token' });
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const accounts = client.resource(serviceAccounts, 'shop');
  await accounts.create({ metadata: { name: 'robot' }, secrets: [{ name: 'key' }, { name: 'other' }] }, { signal });
  const own = client.resource(secrets, 'shop');
  await own.create({ metadata: { name: 'key', annotations: { 'kubernetes.io/service-account.name': 'robot' } }, type: 'kubernetes.io/service-account-token' }, { signal });
  await until('it has a token', async () => (await own.get('key', { signal })).data?.['token']);
  await own.delete('key', { signal });
  await until('it is not listed', async () => (await accounts.get('robot', { signal })).secrets?.length === 1);
  assert.deepEqual((await accounts.get('robot', { signal })).secrets?.map(({ name }) => name), ['other']);
});
