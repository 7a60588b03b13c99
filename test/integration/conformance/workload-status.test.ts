/** The suite's tests of status subresources: read it, update it with a condition, patch it, and see each in a watch. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, type Json } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const labels = { e2e: 'testing' };
const containers = [{ name: 'httpd', image: 'httpd' }];
const template = (spec: object = {}): object => ({ metadata: { labels }, spec: { containers, ...spec } });
const selector = { matchLabels: labels };

for (const { name, group, resource, spec, settled } of [
  { name: 'should validate Deployment Status endpoints', group: 'apis/apps/v1', resource: 'deployments', spec: { replicas: 2, selector, template: template() }, settled: (status: Json) => status.availableReplicas === 2 },
  { name: 'should validate Replicaset Status endpoints', group: 'apis/apps/v1', resource: 'replicasets', spec: { replicas: 2, selector, template: template() }, settled: (status: Json) => status.availableReplicas === 2 },
  { name: 'should validate Statefulset Status endpoints', group: 'apis/apps/v1', resource: 'statefulsets', spec: { replicas: 1, selector, template: template(), serviceName: 'x' }, settled: (status: Json) => status.readyReplicas === 1 },
  { name: 'should verify changes to a daemon set status', group: 'apis/apps/v1', resource: 'daemonsets', spec: { selector, template: template() }, settled: (status: Json) => status.numberReady === 2 },
  { name: 'should apply changes to a job status', group: 'apis/batch/v1', resource: 'jobs', spec: { parallelism: 2, completions: 4, backoffLimit: 6, template: { spec: { containers, restartPolicy: 'Never' } } }, settled: (status: Json) => status.active === 2 },
]) {
  test(name, async () => {
    const ns = await api.namespace(resource);
    const all = `/${group}/namespaces/${ns}/${resource}`;
    const url = `${all}/thing`;
    await api.create(all, { metadata: { name: 'thing', labels }, spec });
    await api.untilIs(url, 'it has settled', ({ status }) => settled(status));
    const list = await api.get(`/${group}/${resource}?labelSelector=e2e%3Dtesting`);
    await using watch = api.watch(`${all}?labelSelector=e2e%3Dtesting&resourceVersion=${list.metadata.resourceVersion}`);
    const read = await api.get(`${url}/status`);
    assert.ok(read.status);
    await api.update(url, ({ status }) => (status.conditions = [...(status.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' }]), `${url}/status`);
    const seen = await watch.until('the update', ({ object }) => conditionOf(object, 'StatusUpdate'));
    assert.deepEqual([conditionOf(seen, 'StatusUpdate').reason, conditionOf(seen, 'StatusUpdate').message, seen.metadata.name, seen.metadata.labels?.['e2e']], ['E2E', 'Set from e2e test', 'thing', 'testing']);
    await api.patch(`${url}/status`, { status: { conditions: [{ type: 'StatusPatched', status: 'True' }] } }, 'merge-patch+json');
    await watch.until('the patch', ({ object }) => conditionOf(object, 'StatusPatched'));
  });
}

test('Job should apply changes to a job status: fields, managed by the test alone', async () => {
  const ns = await api.namespace('job-status');
  const all = `/apis/batch/v1/namespaces/${ns}/jobs`;
  await api.create(all, { metadata: { name: 'thing' }, spec: { parallelism: 2, completions: 4, template: { spec: { containers, restartPolicy: 'Never' } } } });
  await api.untilIs(`${all}/thing`, 'two are active', ({ status }) => status.active === 2);
  const startTime = new Date(Date.now() - 1000).toISOString().replace(/\.\d+Z/, 'Z');
  const patched = await api.patch(`${all}/thing/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [{ type: 'CustomConditionType', status: 'True', reason: 'Patched', message: 'x' }] } }, 'merge-patch+json');
  assert.ok(conditionOf(patched, 'CustomConditionType'));
  assert.equal(patched.metadata.annotations?.['patchedstatus'], 'true', 'annotations may be written through the status');
  const updated = await api.update(`${all}/thing`, ({ status }) => (status.conditions = [...(status.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test', lastTransitionTime: startTime }]), `${all}/thing/status`);
  assert.ok(conditionOf(updated, 'StatusUpdate'));
  assert.ok(conditionOf(await api.get(`${all}/thing/status`), 'StatusUpdate'));
});
