/** Source: pkg/apis/autoscaling/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { quantityIn } from '../../apimachinery/validation/quantities.ts';
import type {
  ContainerResourceMetricSource, CrossVersionObjectReference, HorizontalPodAutoscaler, HPAScalingRules, MetricIdentifier, MetricSpec, MetricTarget, ResourceMetricSource,
} from '../generated/autoscaling-v2.ts';
import { validateRequiredSegment } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const SOURCES = { Object: 'object', Pods: 'pods', Resource: 'resource', External: 'external', ContainerResource: 'containerResource' } as const;
const METRIC_TYPES: ReadonlySet<string> = new Set(Object.keys(SOURCES));

function validateReference(reference: DeepReadonly<CrossVersionObjectReference>, path: FieldPath, errors: FieldErrors): void {
  validateRequiredSegment(reference.kind, path.child('kind'), errors);
  validateRequiredSegment(reference.name, path.child('name'), errors);
  const version = reference.apiVersion ?? '';
  if (version.split('/').length > 2) errors.invalid(path.child('apiVersion'), version, `unexpected GroupVersion string: ${version}`);
}

function validateTarget(target: DeepReadonly<MetricTarget>, path: FieldPath, errors: FieldErrors): void {
  if (target.type === '') errors.required(path.child('type'), 'must specify a metric target type');
  else if (!['Utilization', 'Value', 'AverageValue'].includes(target.type)) errors.invalid(path.child('type'), target.type, 'must be either Utilization, Value, or AverageValue');
  for (const name of ['value', 'averageValue'] as const) {
    const quantity = quantityIn(target[name]);
    if (quantity && quantity.nanos <= 0n) errors.invalid(path.child(name), String(target[name]), 'must be positive');
  }
  if (target.averageUtilization !== undefined && target.averageUtilization < 1) errors.invalid(path.child('averageUtilization'), target.averageUtilization, 'must be greater than 0');
}

function validateIdentifier(metric: DeepReadonly<MetricIdentifier>, path: FieldPath, errors: FieldErrors): void {
  validateRequiredSegment(metric.name, path.child('name'), errors, 'must specify a metric name');
}

function validateResource(source: DeepReadonly<ResourceMetricSource | ContainerResourceMetricSource>, path: FieldPath, errors: FieldErrors): void {
  if (source.name === '') errors.required(path.child('name'), 'must specify a resource name');
  if ('container' in source && source.container === '') errors.required(path.child('container'), 'must specify a container');
  const { target } = source;
  validateTarget(target, path.child('target'), errors);
  if (target.averageUtilization === undefined && target.averageValue === undefined) {
    errors.required(path.child('target', 'averageUtilization'), 'must set either a target raw value or a target utilization');
  }
  if (target.averageUtilization !== undefined && target.averageValue !== undefined) {
    errors.forbidden(path.child('target', 'averageValue'), 'may not set both a target raw value and a target utilization');
  }
}

function validateSource(metric: DeepReadonly<MetricSpec>, path: FieldPath, errors: FieldErrors): void {
  const { object, pods, external } = metric;
  if (object) {
    validateReference(object.describedObject, path.child('object', 'describedObject'), errors);
    validateIdentifier(object.metric, path.child('object', 'metric'), errors);
    validateTarget(object.target, path.child('object', 'target'), errors);
    if (object.target.value === undefined && object.target.averageValue === undefined) errors.required(path.child('object', 'target', 'averageValue'), 'must set either a target value or averageValue');
  }
  if (external) {
    validateIdentifier(external.metric, path.child('external', 'metric'), errors);
    validateTarget(external.target, path.child('external', 'target'), errors);
    const { value, averageValue } = external.target;
    if (value === undefined && averageValue === undefined) errors.required(path.child('external', 'target', 'averageValue'), 'must set either a target value for metric or a per-pod target');
    if (value !== undefined && averageValue !== undefined) errors.forbidden(path.child('external', 'target', 'value'), 'may not set both a target value for metric and a per-pod target');
  }
  if (pods) {
    validateIdentifier(pods.metric, path.child('pods', 'metric'), errors);
    validateTarget(pods.target, path.child('pods', 'target'), errors);
    const average = quantityIn(pods.target.averageValue);
    if (!average || average.nanos <= 0n) errors.required(path.child('pods', 'target', 'averageValue'), 'must specify a positive target averageValue');
  }
  if (metric.resource) validateResource(metric.resource, path.child('resource'), errors);
  if (metric.containerResource) validateResource(metric.containerResource, path.child('containerResource'), errors);
}

function validateMetric(metric: DeepReadonly<MetricSpec>, path: FieldPath, errors: FieldErrors): void {
  const typePath = path.child('type');
  if (metric.type === '') errors.required(typePath, 'must specify a metric source type');
  else if (!METRIC_TYPES.has(metric.type)) errors.notSupported(typePath, metric.type, METRIC_TYPES);
  validateSource(metric, path, errors);
  if (!METRIC_TYPES.has(metric.type)) {
    errors.notSupported(typePath, metric.type, METRIC_TYPES);
    return;
  }
  const expected = SOURCES[metric.type as keyof typeof SOURCES];
  if (!metric[expected]) errors.required(path.child(expected), 'must populate information for the given metric source');
  for (const name of Object.values(SOURCES)) if (name !== expected && metric[name]) errors.forbidden(path.child(name), 'must populate the given metric source only');
}

function validateScalingRules(rules: DeepReadonly<HPAScalingRules> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!rules) return;
  const window = rules.stabilizationWindowSeconds;
  const windowPath = path.child('stabilizationWindowSeconds');
  if (window !== undefined && window < 0) errors.invalid(windowPath, window, 'must be greater than or equal to zero');
  if (window !== undefined && window > MAX_WINDOW_SECONDS) errors.invalid(windowPath, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  const policies = new Set(['Disabled', 'Max', 'Min']);
  if (rules.selectPolicy !== undefined && !policies.has(rules.selectPolicy)) errors.notSupported(path.child('selectPolicy'), rules.selectPolicy, policies);
  const policiesPath = path.child('policies');
  if ((rules.policies ?? []).length === 0) errors.required(policiesPath, 'must specify at least one Policy');
  rules.policies?.forEach(({ type, value, periodSeconds }, i) => {
    const policyPath = policiesPath.index(i);
    if (type !== 'Pods' && type !== 'Percent') errors.notSupported(policyPath.child('type'), type, ['Percent', 'Pods']);
    if (value <= 0) errors.invalid(policyPath.child('value'), value, 'must be greater than zero');
    if (periodSeconds <= 0) errors.invalid(policyPath.child('periodSeconds'), periodSeconds, 'must be greater than zero');
    if (periodSeconds > MAX_PERIOD_SECONDS) errors.invalid(policyPath.child('periodSeconds'), periodSeconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`);
  });
  const tolerance = quantityIn(rules.tolerance);
  if (tolerance && tolerance.nanos < 0n) errors.invalid(path.child('tolerance'), String(rules.tolerance), 'must be greater than or equal to zero');
}

export function validateAutoscaler({ spec }: DeepReadonly<HorizontalPodAutoscaler>, errors: FieldErrors): void {
  const { minReplicas, maxReplicas } = spec;
  if (minReplicas !== undefined && minReplicas < 1) errors.invalid(SPEC.child('minReplicas'), minReplicas, 'must be greater than or equal to 1');
  if (maxReplicas < 1) errors.invalid(SPEC.child('maxReplicas'), maxReplicas, 'must be greater than 0');
  if (minReplicas !== undefined && maxReplicas < minReplicas) errors.invalid(SPEC.child('maxReplicas'), maxReplicas, 'must be greater than or equal to `minReplicas`');
  validateReference(spec.scaleTargetRef, SPEC.child('scaleTargetRef'), errors);
  spec.metrics?.forEach((metric, i) => validateMetric(metric, SPEC.child('metrics').index(i), errors));
  validateScalingRules(spec.behavior?.scaleUp, SPEC.child('behavior', 'scaleUp'), errors);
  validateScalingRules(spec.behavior?.scaleDown, SPEC.child('behavior', 'scaleDown'), errors);
}

export function validateAutoscalerStatus({ status }: DeepReadonly<HorizontalPodAutoscaler>, _old: DeepReadonly<HorizontalPodAutoscaler>, errors: FieldErrors): void {
  const path = FieldPath.of('status');
  validateNonNegative(status.currentReplicas, path.child('currentReplicas'), errors);
  validateNonNegative(status.desiredReplicas, path.child('desiredReplicas'), errors);
}
