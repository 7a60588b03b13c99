import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerBehavior } from '../../api/generated/autoscaling-v2.ts';
import { firstHistory, type History, limitReplicas, withChange } from './limits.ts';
import { planAutoscaler, tolerancesOf } from './plan.ts';
import type { Failure, Proposal } from './proposal.ts';
import { proposeReplicas } from './proposal.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const WINDOW_MS = 300_000;
const empty: History = { recommendations: [], scaleUps: [], scaleDowns: [] };
const options = { downscaleWindowMs: WINDOW_MS, nowMs: NOW };

function autoscaler(spec: object = {}): HorizontalPodAutoscaler {
  return { metadata: { name: 'web', namespace: 'shop' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 10, ...spec }, status: { desiredReplicas: 0 } } as HorizontalPodAutoscaler;
}

const cpu = (replicas: number): Proposal => ({ replicas, metric: 'cpu resource utilization (percentage of request)', status: { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 1 } } } });
const failure: Failure = { reason: 'FailedGetResourceMetric', message: 'why', summary: 'failed to get cpu resource metric value: why' };
const shown = ({ status }: { status: HorizontalPodAutoscaler['status'] }): string[] => (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);

for (const { name, current, outcomes = [], history = empty, spec, resizeTo, reason = '', conditions } of [
  { name: 'leaves what is switched off', current: 0, resizeTo: undefined, conditions: ['AbleToScale=True SucceededGetScale', 'ScalingActive=False ScalingDisabled'] },
  { name: 'brings what is too large to the maximum', current: 12, resizeTo: 10, reason: 'Current number of replicas above Spec.MaxReplicas', conditions: ['AbleToScale=True SucceededGetScale'] },
  { name: 'brings what is too small to the minimum', current: 1, resizeTo: 2, reason: 'Current number of replicas below Spec.MinReplicas', conditions: ['AbleToScale=True SucceededGetScale'] },
  { name: 'follows the metric that asks for most', current: 3, outcomes: [cpu(4), cpu(6), cpu(2)], resizeTo: 6, reason: 'cpu resource utilization (percentage of request) above target', conditions: ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=False DesiredWithinRange'] },
  { name: 'at most doubles', current: 3, outcomes: [cpu(9)], resizeTo: 6, reason: 'cpu resource utilization (percentage of request) above target', conditions: ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=True ScaleUpLimit'] },
  { name: 'shrinks to the minimum', current: 5, outcomes: [cpu(1)], resizeTo: 2, reason: 'All metrics below target', conditions: ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=True TooFewReplicas'] },
  { name: 'does not shrink below what was wanted a while ago', current: 5, outcomes: [cpu(3)], history: firstHistory(5, NOW - 60_000), resizeTo: undefined, reason: 'All metrics below target', conditions: ['AbleToScale=True ScaleDownStabilized', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=False DesiredWithinRange'] },
  { name: 'shrinks once that is long ago', current: 5, outcomes: [cpu(3)], history: firstHistory(5, NOW - WINDOW_MS - 1), resizeTo: 3, reason: 'All metrics below target', conditions: ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=False DesiredWithinRange'] },
  { name: 'grows though a metric fails', current: 3, outcomes: [failure, cpu(4)], resizeTo: 4, reason: 'cpu resource utilization (percentage of request) above target', conditions: ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=False DesiredWithinRange'] },
  { name: 'does not shrink while a metric fails', current: 3, outcomes: [failure, cpu(2)], resizeTo: undefined, conditions: ['AbleToScale=True SucceededGetScale', 'ScalingActive=False FailedGetResourceMetric'] },
  { name: 'stands still when every metric fails', current: 3, outcomes: [failure], resizeTo: undefined, conditions: ['AbleToScale=True SucceededGetScale', 'ScalingActive=False FailedGetResourceMetric'] },
  { name: 'may go to 0 where the minimum is 0', current: 1, outcomes: [cpu(0)], spec: { minReplicas: 0 }, resizeTo: 0, reason: 'All metrics below target', conditions: ['AbleToScale=True ReadyForNewScale', 'ScalingActive=True ValidMetricFound', 'ScalingLimited=False DesiredWithinRange'] },
]) {
  test(name, () => {
    const plan = planAutoscaler(autoscaler(spec), current, outcomes, history, options);
    assert.deepEqual({ resizeTo: plan.resizeTo, reason: plan.rescaleReason, conditions: shown(plan) }, { resizeTo, reason, conditions });
  });
}

test('of metrics that all ask for nothing the last one is named', () => {
  const { status } = planAutoscaler(autoscaler({ minReplicas: 1 }), 1, [cpu(0), { ...cpu(0), metric: 'memory resource' }], empty, options);
  assert.equal(status.conditions?.find(({ type }) => type === 'ScalingActive')?.message, 'the HPA was able to successfully calculate a replica count from memory resource');
});

test('tells of each metric that failed, and of all', () => {
  const { warnings } = planAutoscaler(autoscaler(), 3, [failure], empty, options);
  assert.deepEqual(warnings, [
    { reason: 'FailedGetResourceMetric', message: 'why' },
    { reason: 'FailedComputeMetricsReplicas', message: 'invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: why' },
  ]);
});

const pods = (value: number, periodSeconds: number): object => ({ type: 'Pods', value, periodSeconds });
const percent = (value: number, periodSeconds: number): object => ({ type: 'Percent', value, periodSeconds });
const rules = (scaleUp: object, scaleDown: object = {}): HorizontalPodAutoscalerBehavior => ({
  scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [], ...scaleUp }, scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [], ...scaleDown },
}) as HorizontalPodAutoscalerBehavior;

for (const { name, current, desired, behavior, history = empty, replicas, reason } of [
  { name: 'the most generous policy counts', current: 10, desired: 40, behavior: rules({ policies: [pods(4, 15), percent(100, 15)] }), replicas: 20, reason: 'ScaleUpLimit' },
  { name: 'or the strictest', current: 10, desired: 40, behavior: rules({ selectPolicy: 'Min', policies: [pods(4, 15), percent(100, 15)] }), replicas: 14, reason: 'ScaleUpLimit' },
  { name: 'no growth when it is switched off', current: 10, desired: 40, behavior: rules({ selectPolicy: 'Disabled', policies: [pods(4, 15)] }), replicas: 10, reason: 'ScaleUpLimit' },
  { name: 'a percentage of growth rounds up', current: 1, desired: 9, behavior: rules({ policies: [percent(10, 60)] }), replicas: 2, reason: 'ScaleUpLimit' },
  { name: 'a percentage of shrinking leaves what is a whole pod', current: 7, desired: 1, behavior: rules({}, { policies: [percent(50, 60)] }), replicas: 3, reason: 'ScaleDownLimit' },
  { name: 'what was added in the period counts', current: 14, desired: 40, behavior: rules({ policies: [pods(4, 60)] }), history: { ...empty, scaleUps: [{ replicas: 4, atMs: NOW - 30_000 }] }, replicas: 14, reason: 'ScaleUpLimit' },
  { name: 'and no longer after it', current: 14, desired: 40, behavior: rules({ policies: [pods(4, 60)] }), history: { ...empty, scaleUps: [{ replicas: 4, atMs: NOW - 61_000 }] }, replicas: 18, reason: 'ScaleUpLimit' },
  { name: 'what was taken in the period counts', current: 8, desired: 1, behavior: rules({}, { policies: [pods(3, 60)] }), history: { ...empty, scaleDowns: [{ replicas: 2, atMs: NOW - 30_000 }] }, replicas: 7, reason: 'ScaleDownLimit' },
  { name: 'never beyond the maximum', current: 30, desired: 80, behavior: rules({ policies: [percent(100, 15)] }), replicas: 50, reason: 'TooManyReplicas' },
  { name: 'never below the minimum', current: 3, desired: 1, behavior: rules({}, { policies: [percent(100, 15)] }), replicas: 2, reason: 'TooFewReplicas' },
  { name: 'waits with growing for the window', current: 3, desired: 8, behavior: rules({ stabilizationWindowSeconds: 60, policies: [percent(900, 15)] }), history: firstHistory(4, NOW - 30_000), replicas: 4, reason: 'DesiredWithinRange' },
  { name: 'waits with shrinking for the window', current: 8, desired: 3, behavior: rules({}, { stabilizationWindowSeconds: 60, policies: [percent(100, 15)] }), history: firstHistory(6, NOW - 30_000), replicas: 6, reason: 'DesiredWithinRange' },
]) {
  test(`behavior: ${name}`, () => {
    const limited = limitReplicas({ current, desired, min: 2, max: 50 }, history, { behavior, ...options });
    assert.deepEqual({ replicas: limited.replicas, reason: limited.scalingLimited.reason }, { replicas, reason });
  });
}

test('changes are remembered for the longest period of their policies', () => {
  const behavior = rules({ policies: [pods(1, 60), pods(1, 15)] });
  const one = withChange(empty, { from: 2, to: 5 }, behavior, NOW);
  const two = withChange(one, { from: 5, to: 6 }, behavior, NOW + 61_000);
  assert.deepEqual(two.scaleUps, [{ replicas: 1, atMs: NOW + 61_000 }]);
  assert.deepEqual(withChange(one, { from: 5, to: 4 }, behavior, NOW).scaleDowns, [{ replicas: 1, atMs: NOW }]);
});

test('an autoscaler may have tolerances of its own', () => {
  assert.deepEqual(tolerancesOf(autoscaler({ behavior: { scaleUp: { tolerance: '0.05' }, scaleDown: {} } }), 0.1), { scaleUp: 0.05, scaleDown: 0.1 });
});

const target = { namespace: 'shop', pods: [], nowMs: NOW, cpuInitializationMs: 0, initialReadinessMs: 0, current: 2, observed: 2, tolerances: { scaleUp: 0.1, scaleDown: 0.1 } };
for (const { spec, message, summary } of [
  { spec: { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }, message: 'failed to get cpu utilization: unable to get metrics for resource cpu: gone', summary: 'failed to get cpu resource metric value: ' },
  { spec: { type: 'Object', object: { describedObject: { kind: 'Ingress', name: 'front' }, metric: { name: 'hits' }, target: { type: 'Value', value: '5' } } }, message: 'unable to get metric hits: Ingress on shop front/gone', summary: 'failed to get object metric value: ' },
  { spec: { type: 'External', external: { metric: { name: 'queue', selector: { matchLabels: { a: 'b' } } }, target: { type: 'Value', value: '5' } } }, message: 'failed to get external metric queue: unable to get external metric shop/queue/&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}: gone', summary: 'failed to get queue external metric value: ' },
]) {
  test(`a ${spec.type} metric that cannot be read says so in Kubernetes' words`, () => {
    const outcome = proposeReplicas(spec, { failure: 'gone' }, target) as Failure;
    assert.deepEqual({ message: outcome.message, summary: outcome.summary }, { message, summary: `${summary}${message}` });
  });
}
