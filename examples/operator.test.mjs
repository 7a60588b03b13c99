/**
 * A test of an operator against a cluster in the test's own process: `node --test examples/operator.test.mjs`, with kubets and
 * @kubernetes/client-node installed. Nothing else is needed: no containers, no rights, no fixed ports.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { Cluster } from 'kubets';

/** The operator: ConfigMaps that say `mirror: "true"` are copied into every namespace that says so too. */
async function reconcile(core) {
  const [{ items: sources }, { items: namespaces }] = await Promise.all([core.listConfigMapForAllNamespaces({ labelSelector: 'mirror=true' }), core.listNamespace({ labelSelector: 'mirror=true' })]);
  for (const { metadata: { name: namespace } } of namespaces) {
    for (const { metadata: { name }, data } of sources) {
      const body = { metadata: { name, labels: { 'mirrored-by': 'example' } }, data };
      await core.createNamespacedConfigMap({ namespace, body }).catch(async (error) => {
        if (error.code !== 409) throw error;
        await core.replaceNamespacedConfigMap({ namespace, name, body });
      });
    }
  }
}

let cluster;
let core;

before(async () => {
  cluster = await Cluster.start();
  const config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
});

after(() => cluster.stop());

test('copies follow their source', async () => {
  await core.createNamespace({ body: { metadata: { name: 'team', labels: { mirror: 'true' } } } });
  await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'settings', labels: { mirror: 'true' } }, data: { colour: 'red' } } });
  await reconcile(core);
  assert.deepEqual((await core.readNamespacedConfigMap({ namespace: 'team', name: 'settings' })).data, { colour: 'red' });

  await core.patchNamespacedConfigMap({ namespace: 'default', name: 'settings', body: [{ op: 'replace', path: '/data/colour', value: 'blue' }] });
  await reconcile(core);
  assert.deepEqual((await core.readNamespacedConfigMap({ namespace: 'team', name: 'settings' })).data, { colour: 'blue' });
});
