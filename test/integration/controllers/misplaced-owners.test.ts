import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, events, namespaces, persistentVolumes } from '../../../src/api/refs.ts';
import { named, startControllers } from './controllers-under-test.ts';

test('an owner in another namespace is none, and does its own dependents no harm; what is in no namespace stays', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['garbage-collector-controller']);
  const { client, signal, until } = cluster;
  for (const name of ['default', 'shop', 'bank']) await client.resource(namespaces).create({ metadata: { name }, spec: {} }, { signal });
  const [shop, bank] = [client.resource(configMaps, 'shop'), client.resource(configMaps, 'bank')];
  const { metadata: { uid } } = await shop.create({ metadata: { name: 'owner' } }, { signal });
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
  const told = async (): Promise<string[]> => (await client.resource(events).listAll({ signal })).items.filter(({ reason }) => reason === 'OwnerRefInvalidNamespace').map(({ involvedObject, message }) => `${involvedObject.name}: ${message}`);

  await shop.create({ metadata: { name: 'near', ownerReferences } }, { signal });
  await bank.create({ metadata: { name: 'far', ownerReferences } }, { signal });
  await until('what names an owner that is elsewhere is gone', async () => (await bank.list({ signal })).items.length === 0);
  await client.resource(persistentVolumes).create({ metadata: { name: 'wide', ownerReferences }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } } }, { signal });
  await until('both are told', async () => (await told()).length === 2);
  assert.deepEqual((await told()).sort(), [
    `far: ownerRef [v1/ConfigMap, namespace: bank, name: owner, uid: ${uid}] does not exist in namespace "bank"`,
    `wide: ownerRef [v1/ConfigMap, namespace: , name: owner, uid: ${uid}] does not exist in namespace ""`,
  ]);
  // A second round of the same references: what was found of the far one says nothing of the near ones.
  await shop.create({ metadata: { name: 'also-near', ownerReferences } }, { signal });
  await bank.create({ metadata: { name: 'far-again', ownerReferences } }, { signal });
  await until('that is gone too', async () => (await bank.list({ signal })).items.length === 0);
  assert.deepEqual(named(await shop.list({ signal })).sort(), ['also-near', 'near', 'owner']);
  assert.deepEqual(named(await client.resource(persistentVolumes).list({ signal })), ['wide']);
});
