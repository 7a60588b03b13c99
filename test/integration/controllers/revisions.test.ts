/** Sets that are deleted as orphans and made again: they find the revisions that their pods were made from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonSet, StatefulSet } from '../../../src/api/generated/apps-v1.ts';
import type { Node } from '../../../src/api/generated/core-v1.ts';
import { controllerRevisions, daemonSets, namespaces, nodes, pods, statefulSets } from '../../../src/api/refs.ts';
import type { Draft, KubeObject, ResourceRef } from '../../../src/apimachinery/meta.ts';
import { type ControllersUnderTest, runPods, startControllers } from './controllers-under-test.ts';

const CAUSE = { 'kubernetes.io/change-cause': 'first' };
const spec = { selector: { matchLabels: { app: 'it' } }, template: { metadata: { labels: { app: 'it' } }, spec: { containers: [{ name: 'c', image: 'one' }] } }, updateStrategy: {} };
const metadata = { name: 'it', namespace: 'shop', annotations: CAUSE };

for (const { kind, ref, controller, hashLabel, draft } of [
  { kind: 'a StatefulSet', ref: statefulSets, controller: 'statefulset-controller', hashLabel: 'controller.kubernetes.io/hash', draft: { metadata, spec: { ...spec, replicas: 2, serviceName: 'it' } } as unknown as Draft<StatefulSet> },
  { kind: 'a DaemonSet', ref: daemonSets, controller: 'daemonset-controller', hashLabel: 'controller-revision-hash', draft: { metadata, spec } as unknown as Draft<DaemonSet> },
]) {
  test(`${kind} that is made again over orphans adopts their revision, and leaves them alone`, { timeout: 600_000 }, async () => {
    await using cluster = await startControllers([controller, 'garbage-collector-controller']);
    const { client, signal, until } = cluster;
    await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
    for (const name of ['a', 'b']) await client.resource(nodes).create({ metadata: { name }, spec: {} } as Draft<Node>, { signal });
    const sets = client.resource(ref as ResourceRef<KubeObject>, 'shop');
    await sets.create(draft, { signal });
    const before = await running(cluster);
    const [revision, ...none] = (await client.resource(controllerRevisions, 'shop').list({ signal })).items;
    assert.ok(revision);
    assert.equal(none.length, 0);
    assert.equal(revision.metadata.name, `it-${revision.metadata.labels?.[hashLabel]}`);
    assert.equal(revision.metadata.annotations?.['kubernetes.io/change-cause'], 'first', 'kubectl rollout history tells it');
    const { uid: firstUid } = (await sets.get('it', { signal })).metadata;
    await sets.delete('it', { propagationPolicy: 'Orphan', signal });
    await until('the set is gone', async () => (await sets.list({ signal })).items.length === 0);
    const { metadata: { uid } } = await sets.create(draft, { signal });
    assert.notEqual(uid, firstUid);
    await until('pods and revision are adopted', async () => {
      const objects = [...(await client.resource(pods, 'shop').list({ signal })).items, ...(await client.resource(controllerRevisions, 'shop').list({ signal })).items];
      return objects.every((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true));
    });
    await until('the status counts them', async () => {
      const { status } = (await sets.get('it', { signal })) as unknown as { status: { readyReplicas?: number; updatedReplicas?: number; numberReady?: number; updatedNumberScheduled?: number } };
      return (status.readyReplicas === 2 && status.updatedReplicas === 2) || (status.numberReady === 2 && status.updatedNumberScheduled === 2);
    });
    assert.deepEqual(await running(cluster), before, 'the pods are those of before');
    assert.deepEqual((await client.resource(controllerRevisions, 'shop').list({ signal })).items.map((one) => one.metadata.name), [revision.metadata.name]);
  });
}

/** The uids of two pods that run. */
function running(cluster: ControllersUnderTest): Promise<string[]> {
  return cluster.until('two pods run', async () => {
    const items = await runPods(cluster, 'shop');
    return items.length === 2 && items.every(({ status }) => status.phase === 'Running') && items.map((pod) => pod.metadata.uid).sort();
  });
}
