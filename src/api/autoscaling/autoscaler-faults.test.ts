import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, updateFaults, type Fields } from '../../../test/support/kind-faults.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

const target = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' };
const autoscaler = (others: Fields = {}): Fields => ({ spec: { maxReplicas: 3, scaleTargetRef: target, ...others } });
const types = '"ContainerResource", "External", "Object", "Pods", "Resource"';
const sources = { pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } }, resource: { name: 'cpu', target: { type: '' } } };
const rules = (others: Fields): Fields => autoscaler({ behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 1 }], ...others } } });
const inContainer = (name: string, container: string): Fields => autoscaler({ metrics: [{ type: 'ContainerResource', containerResource: { name, container, target: { type: 'Utilization', averageUtilization: 1 } } }] });

suite('what is wrong with new autoscalers', () => {
  const cases: readonly { name: string; fields: Fields; expected: string[] }[] = [
    { name: 'no limit', fields: { spec: { scaleTargetRef: target } }, expected: ['spec.maxReplicas: Required value: must be set and greater than 0', 'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`'] },
    { name: 'less than nothing', fields: autoscaler({ maxReplicas: -1 }), expected: ['spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1', 'spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`'] },
    { name: 'nothing at least', fields: autoscaler({ minReplicas: 0 }), expected: ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1', 'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas'] },
    { name: 'a target without group', fields: autoscaler({ scaleTargetRef: { ...target, apiVersion: 'v1' } }), expected: ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'] },
    { name: 'a replication controller', fields: autoscaler({ scaleTargetRef: { kind: 'ReplicationController', name: 'r' } }), expected: [] },
    { name: 'no sort of metric', fields: autoscaler({ metrics: [{ type: '' }] }), expected: ['spec.metrics[0].type: Required value: must specify a metric source type', `spec.metrics[0].type: Unsupported value: "": supported values: ${types}`, `spec.metrics[0].type: Unsupported value: "": supported values: ${types}`] },
    { name: 'another source', fields: autoscaler({ metrics: [{ type: 'Object', pods: sources.pods }] }), expected: ['spec.metrics[0].object: Required value: must populate information for the given metric source'] },
    { name: 'two sources', fields: autoscaler({ metrics: [{ type: 'Pods', ...sources }] }), expected: ['spec.metrics[0].resource: Forbidden: must populate the given metric source only'] },
    { name: 'no sort of target', fields: autoscaler({ metrics: [{ type: 'Resource', resource: { ...sources.resource, target: { type: '', averageValue: '1' } } }] }), expected: ['spec.metrics[0].resource.target.type: Required value: must specify a metric target type', 'spec.metrics[0].resource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue'] },
    { name: 'a container that is none', fields: inContainer('x', 'Bad_'), expected: ['spec.metrics[0].containerResource.name: Invalid value: "x": must be a standard resource type or fully qualified', 'spec.metrics[0].containerResource.name: Invalid value: "x": must be a standard resource for containers', "spec.metrics[0].containerResource.container: Invalid value: \"Bad_\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"] },
    { name: 'a tolerance', fields: rules({ tolerance: '-0.1' }), expected: ['spec.behavior.scaleUp.tolerance: Invalid value: "-100m": must be greater than or equal to 0'] },
  ];
  for (const { name, fields, expected } of cases) test(name, () => assert.deepEqual(createFaults(horizontalPodAutoscaler, fields), expected));
});

suite('what stored autoscalers keep', () => {
  test('a target without group', () => {
    const old = autoscaler({ scaleTargetRef: { ...target, apiVersion: '' } });
    assert.deepEqual(updateFaults(horizontalPodAutoscaler, { spec: { ...(old['spec'] as Fields), maxReplicas: 4 } }, old), []);
  });
  test('not when it changes', () => {
    assert.deepEqual(updateFaults(horizontalPodAutoscaler, autoscaler({ scaleTargetRef: { ...target, apiVersion: 'v1' } }), autoscaler()), ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group']);
  });
});
