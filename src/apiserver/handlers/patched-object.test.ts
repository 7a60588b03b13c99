import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { ResourceTable, type ServedResource } from '../registry/served-resource.ts';
import { PATCH_TYPES } from './patch-body.ts';
import { readPatched } from './patched-object.ts';
import { targetOf } from './write-target.ts';

const served = new ResourceTable();

function resourceOf(apiVersion: string, kind: string): ServedResource {
  const found = served.ofKind(apiVersion, kind);
  assert.ok(found);
  return found;
}

function read(resource: ServedResource, patched: object, type: string = PATCH_TYPES.merge): KubeObject & { spec?: Record<string, unknown> } {
  return readPatched(structuredClone(patched), { target: targetOf(resource), type, resource, validation: 'Ignore', request: { warnings: [] }, duplicates: [] });
}

const WEB = { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } } } };
const SCALER = { metadata: { name: 'web' }, spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web' } } };

for (const { name, of, patched, spec } of [
  { name: 'a version that is not served any more', of: { apiVersion: 'apps/v1', kind: 'Deployment' }, patched: { apiVersion: 'apps/v1beta2', kind: 'Deployment', ...WEB }, spec: WEB.spec },
  { name: 'the group from which the kind has moved', of: { apiVersion: 'apps/v1', kind: 'Deployment' }, patched: { apiVersion: 'extensions/v1beta1', kind: 'Deployment', ...WEB }, spec: WEB.spec },
  {
    name: 'another version that is served, by its own fields', of: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
    patched: { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', ...SCALER, spec: { ...SCALER.spec, minReplicas: 2, targetCPUUtilizationPercentage: 40 } },
    spec: { ...SCALER.spec, minReplicas: 2, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 40 } } }] },
  },
  {
    name: 'a version before one that is served, by the fields of that', of: { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler' },
    patched: { apiVersion: 'autoscaling/v2beta2', kind: 'HorizontalPodAutoscaler', ...SCALER, spec: { ...SCALER.spec, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 30 } } }] } },
    spec: { ...SCALER.spec, targetCPUUtilizationPercentage: 30 },
  },
]) {
  test(`a merge patch may say ${name}`, () => {
    const object = read(resourceOf(of.apiVersion, of.kind), patched);
    assert.deepEqual([object.apiVersion, object.kind, object.metadata.name], [of.apiVersion, of.kind, 'web']);
    assert.deepEqual({ ...object.spec, ...spec }, object.spec);
  });
}

for (const { name, patched, message } of [
  { name: 'a kind that the version never had', patched: { apiVersion: 'apps/v1beta1', kind: 'DaemonSet', ...WEB }, message: /no kind "DaemonSet" is registered for version "apps\/v1beta1"/ },
  { name: 'another kind of an old version', patched: { apiVersion: 'extensions/v1beta1', kind: 'ReplicaSet', ...WEB }, message: /converting \(v1beta1\.ReplicaSet\) to \(apps\.Deployment\): unknown conversion/ },
]) {
  test(`a merge patch may not say ${name}`, () => {
    assert.throws(() => read(resourceOf('apps/v1', 'Deployment'), patched), message);
  });
}

test('a strategic merge patch may say what it wants to be', () => {
  const object = read(resourceOf('apps/v1', 'Deployment'), { apiVersion: 'nothing/v0', kind: 'Nothing', ...WEB }, PATCH_TYPES.strategic);
  assert.deepEqual([object.apiVersion, object.kind, object.spec?.['replicas']], ['apps/v1', 'Deployment', 2]);
});

test('without a version nothing of a built-in object is read', () => {
  const object = read(resourceOf('apps/v1', 'Deployment'), { kind: 'Deployment', ...WEB });
  assert.deepEqual([object.apiVersion, object.kind, object.metadata, object.spec?.['replicas']], ['apps/v1', 'Deployment', {}, undefined]);
});
