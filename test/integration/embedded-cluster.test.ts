import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { Cluster } from '../../src/index.ts';
import { until } from '../support/until.ts';

function apis(kubeconfig: string): { core: CoreV1Api; apps: AppsV1Api } {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
}

/** The code with which a connection fails; empty when there is an answer. */
function knock(url: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  request(url, { rejectUnauthorized: false, agent: false }, (answer) => {
    answer.resume();
    resolve('');
  }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error')).end();
  return promise;
}

test('two clusters in one process know nothing of each other, and leave nothing behind', { timeout: 600_000 }, async () => {
  const folders: string[] = [];
  const urls: string[] = [];
  {
    await using one = await Cluster.start();
    await using other = await Cluster.start({ controllers: [], scheduler: false });
    for (const { dataDir, url } of [one, other]) {
      folders.push(dataDir);
      urls.push(url);
    }
    await apis(one.kubeconfig).core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'only-here' } } });
    await assert.rejects(apis(other.kubeconfig).core.readNamespacedConfigMap({ namespace: 'default', name: 'only-here' }), { code: 404 });
    assert.deepEqual(folders.map((folder) => existsSync(folder)), [true, true]);
    await one.stop(); // and once more at the end of the block
  }
  assert.deepEqual(folders.map((folder) => existsSync(folder)), [false, false]);
  assert.deepEqual(await Promise.all(urls.map(knock)), ['ECONNREFUSED', 'ECONNREFUSED']);
});

test('pods of a deployment run on simulated nodes; others may do what roles allow them', { timeout: 600_000 }, async () => {
  await using cluster = await Cluster.start({ nodes: 2 });
  const { core, apps } = apis(cluster.kubeconfig);
  const labels = { app: 'web' };
  await apps.createNamespacedDeployment({ namespace: 'default', body: { metadata: { name: 'web' }, spec: { replicas: 4, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'example/web:1' }] } } } } });
  await until('four ready replicas', async () => (await apps.readNamespacedDeployment({ namespace: 'default', name: 'web' })).status?.readyReplicas === 4);
  const { items } = await core.listNamespacedPod({ namespace: 'default' });
  assert.deepEqual(new Set(items.map((pod) => pod.spec?.nodeName)), new Set(['node-1', 'node-2']));

  const told = /node node-\d is simulated: its pods have no logs, and no commands can be run in them/;
  await assert.rejects(core.readNamespacedPodLog({ namespace: 'default', name: items[0]?.metadata?.name ?? '' }), told);

  await assert.rejects(apis(cluster.kubeconfigFor({ user: 'joe' })).core.listNamespacedPod({ namespace: 'default' }), { code: 403 });
  const trusted = apis(cluster.kubeconfigFor({ user: 'joe', groups: ['system:masters'] })).core;
  assert.equal((await trusted.listNamespacedPod({ namespace: 'default' })).items.length, 4);
});

test('what is on disk is there at the next start', { timeout: 600_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kubets-embedded-'));
  try {
    {
      await using cluster = await Cluster.start({ store: 'lmdb', dataDir });
      await apis(cluster.kubeconfig).core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'kept' }, data: { a: 'b' } } });
    }
    await using cluster = await Cluster.start({ store: 'lmdb', dataDir });
    assert.deepEqual((await apis(cluster.kubeconfig).core.readNamespacedConfigMap({ namespace: 'default', name: 'kept' })).data, { a: 'b' });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('a start that cannot be leaves nothing behind', async () => {
  await assert.rejects(Cluster.start({ controllers: ['frobnicator'] }), /--controllers: there is no controller "frobnicator"/);
  await assert.rejects(Cluster.start({ enableAdmissionPlugins: ['Frobnicator'] }), /Frobnicator/);
});
