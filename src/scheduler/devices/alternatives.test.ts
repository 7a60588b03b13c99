import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { DeviceClass, ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { ClusterState } from '../cluster-state.ts';
import { defaultPlugins } from '../plugins/index.ts';
import { schedulePod, type Outcome } from '../schedule-pod.ts';
import { VolumeState } from '../volume-state.ts';
import { DeviceState } from './device-state.ts';

const node = (name: string): Node => ({ metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: {}, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } } }) as unknown as Node;
const slice = (nodeName: string, model: string): ResourceSlice => ({
  metadata: { name: nodeName }, spec: { driver: 'gpu.example.com', pool: { name: nodeName, generation: 1, resourceSliceCount: 1 }, nodeName, devices: [{ name: 'one', attributes: { model: { string: model } } }] },
}) as unknown as ResourceSlice;
const alternative = (model: string): object => ({ name: model, deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1, selectors: [{ cel: { expression: `device.attributes["gpu.example.com"].model == "${model}"` } }] });
const claim = { metadata: { name: 'c', namespace: 'default', uid: 'c' }, spec: { devices: { requests: [{ name: 'r', firstAvailable: [alternative('good'), alternative('fair'), alternative('poor')] }] } }, status: {} } as unknown as ResourceClaim;

function outcome(models: Readonly<Record<string, string>>, claims: readonly ResourceClaim[] = [claim]): Outcome {
  const devices = new DeviceState({
    claim: (_, name) => claims.find(({ metadata }) => metadata.name === name), claims: () => claims, slices: () => Object.entries(models).map(([name, model]) => slice(name, model)),
    deviceClass: () => ({ metadata: { name: 'gpu' }, spec: {} }) as unknown as DeviceClass, deviceClasses: () => [],
  });
  const cluster = new ClusterState({ volumes: new VolumeState({ claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined }), devices, namespace: () => undefined });
  for (const name of Object.keys(models)) cluster.setNode(node(name));
  const pod = { metadata: { name: 'p', namespace: 'default', uid: 'p' }, spec: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }], containers: [{ name: 'c', image: 'i', resources: {} }] }, status: {} } as unknown as Pod;
  return schedulePod({ pod, cluster, plugins: defaultPlugins, startAt: 0, chance: 0 }).outcome;
}

test('the node is chosen whose alternative is nearest to the front', () => {
  assert.deepEqual(outcome({ a: 'poor', b: 'fair', c: 'poor' }), { node: 'b' });
  assert.deepEqual(outcome({ a: 'fair', b: 'none', c: 'good' }), { node: 'c' });
});

test('a pod whose claim is not there is not tried', () => {
  const found = outcome({ a: 'good' }, []);
  assert.equal('heldBackBy' in found && found.heldBackBy.name, 'DynamicResources');
});
