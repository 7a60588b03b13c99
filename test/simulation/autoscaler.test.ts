import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster, type VirtualCluster } from '../../src/index.ts';
import { APPS, DEFAULT, type Seen } from './support/objects.ts';

const TEMPLATE = 'application/strategic-merge-patch+json';

async function scaled(cluster: VirtualCluster, replicas: number): Promise<boolean> {
  const { spec, status } = await cluster.request<Seen>('GET', `${APPS}/deployments/web`);
  return spec.replicas === replicas && status.readyReplicas === replicas && status.replicas === replicas;
}

test('a HorizontalPodAutoscaler follows what pods are said to use: up at once, down once its window has passed', async () => {
  await using cluster = await Cluster.start({ clock: 'virtual', simulatedNodes: 2 });
  const labels = { app: 'web' };
  const using = (cpu: string): object => ({ template: { metadata: { labels, annotations: { 'kubets.io/simulated-cpu': cpu, 'kubets.io/simulated-memory': '64Mi' } } } });
  const containers = [{ name: 'main', image: 'example/web:1', resources: { requests: { cpu: '100m' } } }];
  await cluster.request('POST', `${APPS}/deployments`, { metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } } });
  await cluster.request('PATCH', `${APPS}/deployments/web`, { spec: using('200m') }, { contentType: TEMPLATE });
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }];
  await cluster.request('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', { metadata: { name: 'web' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 8, metrics } });
  await cluster.clock.until(() => scaled(cluster, 8), '10m');

  await cluster.clock.advance('1m');
  const used = await cluster.request<{ items: { containers: { usage: Record<string, string> }[] }[] }>('GET', '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods');
  assert.equal(used.items.length, 8);
  assert.deepEqual(used.items[0]?.containers[0]?.usage, { cpu: '200m', memory: '64Mi' });

  await cluster.request('PATCH', `${APPS}/deployments/web`, { spec: using('10m') }, { contentType: TEMPLATE });
  const calmMs = cluster.clock.now();
  await cluster.clock.until(() => scaled(cluster, 2), '30m');
  const minutes = (cluster.clock.now() - calmMs) / 60_000;
  assert.ok(minutes > 5 && minutes < 12, `it took ${minutes} minutes`);
  assert.equal((await cluster.request<{ items: Seen[] }>('GET', `${DEFAULT}/pods`)).items.length, 2);
});
