import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { apiServices, deployments, events, horizontalPodAutoscalers, namespaces, nodes, pods } from '../../../src/api/refs.ts';
import { hasReason } from '../../../src/apimachinery/status.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { measuredNode, startMeasuredKubelet } from '../../support/measured-kubelet.ts';
import { type ControllersUnderTest, startControllers } from './controllers-under-test.ts';

const MEBI = 1024 * 1024;

/** Plays the kubelet: what is there has run for an hour. Gives the pods' names. */
async function runForLong({ client, signal }: ControllersUnderTest, nowMs: number): Promise<string[]> {
  const at = new Date(nowMs - 3_600_000).toISOString();
  const { items } = await client.resource(pods, 'shop').list({ signal });
  for (const pod of items) {
    const resource = client.resource(pods, 'shop');
    try {
      if (pod.metadata.deletionTimestamp) await resource.delete(pod.metadata.name, { gracePeriodSeconds: 0, signal });
      else if (pod.status.phase !== 'Running') await resource.updateStatus({ ...pod, status: { phase: 'Running', startTime: at, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }] } } as Pod, { signal });
    } catch (error) {
      if (!hasReason(error, 'Conflict', 'NotFound')) throw error;
    }
  }
  return items.map(({ metadata }) => `shop/${metadata.name}`);
}

test('an autoscaler follows the CPU that kubelets tell of, up at once and down after its window', { timeout: 600_000 }, async () => {
  const clock = new VirtualClock();
  await using kubelet = await startMeasuredKubelet(() => clock.now());
  await using cluster = await startControllers(['horizontal-pod-autoscaler-controller', 'deployment-controller', 'replicaset-controller'], {}, clock);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const node = await client.resource(nodes).create(measuredNode('n1', kubelet.port) as never, { signal });
  await client.resource(nodes).updateStatus({ ...node, ...(measuredNode('n1', kubelet.port) as { status: never }), metadata: node.metadata }, { signal });
  await client.resource(deployments, 'shop').create({
    metadata: { name: 'web' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '100m' } } }] } } },
  } as never, { signal });
  const autoscalers = client.resource(horizontalPodAutoscalers, 'shop');
  await autoscalers.create({
    metadata: { name: 'web' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 5, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] },
  } as never, { signal });
  let cpuCores = 0.08;
  const step = async (): Promise<void> => {
    kubelet.use({ pods: await runForLong(cluster, clock.now()), cpuCores, memoryBytes: 10 * MEBI });
    await clock.advance(1000);
  };
  const conditions = async (): Promise<string[]> => ((await autoscalers.get('web', { signal })).status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
  const sized = async (replicas: number): Promise<boolean> => {
    await step();
    return (await client.resource(deployments, 'shop').get('web', { signal })).spec.replicas === replicas;
  };

  await until('it says that nobody serves metrics', async () => {
    await step();
    return (await conditions()).includes('ScalingActive=False FailedGetResourceMetric');
  });
  const said = (await autoscalers.get('web', { signal })).status.conditions?.find(({ type }) => type === 'ScalingActive')?.message;
  assert.equal(said, 'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)');

  await client.resource(apiServices).create({ metadata: { name: 'v1beta1.metrics.k8s.io' }, spec: { group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 } } as never, { signal });
  await until('80 % of the request make four of two', () => sized(4));
  assert.deepEqual(await until('it says so', async () => {
    await step();
    const now = await conditions();
    return now.includes('ScalingActive=True ValidMetricFound') && now;
  }), ['AbleToScale=True SucceededRescale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=False DesiredWithinRange']);
  await until('no more than the maximum', () => sized(5));

  cpuCores = 0.01;
  const idleSinceMs = clock.now();
  await until('10 % leave one', () => sized(1));
  assert.ok(clock.now() - idleSinceMs >= 5 * 60_000, 'it shrinks only after its window');
  const told = async (): Promise<unknown[]> => (await client.resource(events, 'shop').list({ signal })).items.filter(({ reason }) => reason === 'SuccessfulRescale').map(({ message }) => message);
  for (const message of ['New size: 4; reason: cpu resource utilization (percentage of request) above target', 'New size: 1; reason: All metrics below target']) await until(message, async () => (await told()).includes(message));
  const { currentMetrics, currentReplicas } = (await until('the figures are shown', async () => {
    await step();
    const { status } = await autoscalers.get('web', { signal });
    return status.currentReplicas === 1 && status;
  }));
  assert.deepEqual({ currentReplicas, name: currentMetrics?.[0]?.resource?.name, utilization: currentMetrics?.[0]?.resource?.current.averageUtilization }, { currentReplicas: 1, name: 'cpu', utilization: 10 });
});
