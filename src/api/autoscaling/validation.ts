/** Source: pkg/apis/autoscaling/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label } from '../../apimachinery/validation/names.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { quantityIn, validateNonNegativeQuantity } from '../../apimachinery/validation/quantities.ts';
import type {
  ContainerResourceMetricSource, CrossVersionObjectReference, HorizontalPodAutoscaler, HPAScalingRules, MetricIdentifier, MetricSpec, MetricTarget, ResourceMetricSource,
} from '../generated/autoscaling-v2.ts';
import { validateContainerResourceName } from '../core/pod-spec/resources.ts';
import { addInvalid, validateRequiredSegment } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const SOURCES = { Object: 'object', Pods: 'pods', Resource: 'resource', External: 'external', ContainerResource: 'containerResource' } as const;
const METRIC_TYPES: ReadonlySet<string> = new Set(Object.keys(SOURCES));

/** How the version of a reference is looked at: not where it stays as it was stored, and what is scaled is of a group unless it is a ReplicationController. */
type VersionRule = 'any' | 'stored' | 'with a group';

function versionFault(version: string, rule: VersionRule): string | undefined {
  const parts = version.split('/');
  if (rule === 'stored') return undefined;
  if (parts.length > 2) return `unexpected GroupVersion string: ${version}`;
  return rule === 'with a group' && (parts.length < 2 || parts[0] === '') ? 'apiVersion must specify API group' : undefined;
}

function validateReference(reference: DeepReadonly<CrossVersionObjectReference>, rule: VersionRule, path: FieldPath, errors: FieldErrors): void {
  validateRequiredSegment(reference.kind, path.child('kind'), errors);
  validateRequiredSegment(reference.name, path.child('name'), errors);
  const version = reference.apiVersion ?? '';
  const fault = versionFault(version, rule);
  if (fault !== undefined) errors.invalid(path.child('apiVersion'), version, fault);
}

function validateTarget(target: DeepReadonly<MetricTarget>, path: FieldPath, errors: FieldErrors): void {
  if (target.type === '') errors.required(path.child('type'), 'must specify a metric target type');
  if (!['Utilization', 'Value', 'AverageValue'].includes(target.type)) errors.invalid(path.child('type'), target.type, 'must be either Utilization, Value, or AverageValue');
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
  if ('container' in source) {
    if (source.name !== '') validateContainerResourceName(source.name, path.child('name'), errors);
    if (source.container === '') errors.required(path.child('container'), 'must specify a container');
    else addInvalid(isDns1123Label(source.container), source.container, path.child('container'), errors);
  }
  const { target } = source;
  validateTarget(target, path.child('target'), errors);
  if (target.averageUtilization === undefined && target.averageValue === undefined) {
    errors.required(path.child('target', 'averageUtilization'), 'must set either a target raw value or a target utilization');
  }
  if (target.averageUtilization !== undefined && target.averageValue !== undefined) {
    errors.forbidden(path.child('target', 'averageValue'), 'may not set both a target raw value and a target utilization');
  }
}

/** Of several sources, the first is looked into. */
function validateSource(metric: DeepReadonly<MetricSpec>, rule: VersionRule, path: FieldPath, errors: FieldErrors): void {
  const { object, pods, external, resource, containerResource } = metric;
  if (object) {
    validateReference(object.describedObject, rule, path.child('object', 'describedObject'), errors);
    validateIdentifier(object.metric, path.child('object', 'metric'), errors);
    validateTarget(object.target, path.child('object', 'target'), errors);
    if (object.target.value === undefined && object.target.averageValue === undefined) errors.required(path.child('object', 'target', 'averageValue'), 'must set either a target value or averageValue');
  } else if (external) {
    validateIdentifier(external.metric, path.child('external', 'metric'), errors);
    validateTarget(external.target, path.child('external', 'target'), errors);
    const { value, averageValue } = external.target;
    if (value === undefined && averageValue === undefined) errors.required(path.child('external', 'target', 'averageValue'), 'must set either a target value for metric or a per-pod target');
    if (value !== undefined && averageValue !== undefined) errors.forbidden(path.child('external', 'target', 'value'), 'may not set both a target value for metric and a per-pod target');
  } else if (pods) {
    validateIdentifier(pods.metric, path.child('pods', 'metric'), errors);
    validateTarget(pods.target, path.child('pods', 'target'), errors);
    if (pods.target.averageValue === undefined) errors.required(path.child('pods', 'target', 'averageValue'), 'must specify a positive target averageValue');
  } else if (resource) validateResource(resource, path.child('resource'), errors);
  else if (containerResource) validateResource(containerResource, path.child('containerResource'), errors);
}

function validateMetric(metric: DeepReadonly<MetricSpec>, rule: VersionRule, path: FieldPath, errors: FieldErrors): void {
  const typePath = path.child('type');
  if (metric.type === '') errors.required(typePath, 'must specify a metric source type');
  if (!METRIC_TYPES.has(metric.type)) errors.notSupported(typePath, metric.type, METRIC_TYPES);
  validateSource(metric, rule, path, errors);
  const expected = METRIC_TYPES.has(metric.type) ? SOURCES[metric.type as keyof typeof SOURCES] : undefined;
  if (expected === undefined) errors.notSupported(typePath, metric.type, METRIC_TYPES);
  else if (!metric[expected]) errors.required(path.child(expected), 'must populate information for the given metric source');
  const said = Object.values(SOURCES).filter((name) => metric[name]);
  if (said.length > 1) for (const name of said) if (name !== expected) errors.forbidden(path.child(name), 'must populate the given metric source only');
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
  if (rules.tolerance !== undefined) validateNonNegativeQuantity(rules.tolerance, path.child('tolerance'), errors);
}

export function validateAutoscaler(autoscaler: DeepReadonly<HorizontalPodAutoscaler>, errors: FieldErrors): void {
  validateSpec(autoscaler, undefined, errors);
}

export function validateAutoscalerUpdate(autoscaler: DeepReadonly<HorizontalPodAutoscaler>, old: DeepReadonly<HorizontalPodAutoscaler>, errors: FieldErrors): void {
  validateSpec(autoscaler, old, errors);
}

function targetRule(target: DeepReadonly<CrossVersionObjectReference>, old: DeepReadonly<CrossVersionObjectReference> | undefined): VersionRule {
  if (old && old.apiVersion === target.apiVersion && old.kind === target.kind) return 'stored';
  return target.kind === 'ReplicationController' ? 'any' : 'with a group';
}

/** What is stored already may keep its count of zero, and versions that are none. */
function validateSpec({ spec }: DeepReadonly<HorizontalPodAutoscaler>, old: DeepReadonly<HorizontalPodAutoscaler> | undefined, errors: FieldErrors): void {
  const { minReplicas, maxReplicas } = spec;
  const fewest = old?.spec.minReplicas === 0 ? 0 : 1;
  if (minReplicas !== undefined && minReplicas < fewest) errors.invalid(SPEC.child('minReplicas'), minReplicas, `must be greater than or equal to ${fewest}`);
  if (maxReplicas === 0) errors.required(SPEC.child('maxReplicas'), 'must be set and greater than 0');
  else if (maxReplicas < 1) errors.invalid(SPEC.child('maxReplicas'), maxReplicas, 'must be greater than or equal to 1');
  if (minReplicas !== undefined && maxReplicas < minReplicas) errors.invalid(SPEC.child('maxReplicas'), maxReplicas, 'must be greater than or equal to `minReplicas`');
  validateReference(spec.scaleTargetRef, targetRule(spec.scaleTargetRef, old?.spec.scaleTargetRef), SPEC.child('scaleTargetRef'), errors);
  const hadFault = old?.spec.metrics?.some(({ object }) => object && versionFault(object.describedObject.apiVersion ?? '', 'any') !== undefined) ?? false;
  spec.metrics?.forEach((metric, i) => validateMetric(metric, hadFault ? 'stored' : 'any', SPEC.child('metrics').index(i), errors));
  if (minReplicas === 0 && !spec.metrics?.some(({ type }) => type === 'Object' || type === 'External')) {
    errors.forbidden(SPEC.child('metrics'), 'must specify at least one Object or External metric to support scaling to zero replicas');
  }
  validateScalingRules(spec.behavior?.scaleUp, SPEC.child('behavior', 'scaleUp'), errors);
  validateScalingRules(spec.behavior?.scaleDown, SPEC.child('behavior', 'scaleDown'), errors);
}

export function validateAutoscalerStatus({ status }: DeepReadonly<HorizontalPodAutoscaler>, _old: DeepReadonly<HorizontalPodAutoscaler>, errors: FieldErrors): void {
  const path = FieldPath.of('status');
  validateNonNegative(status.currentReplicas, path.child('currentReplicas'), errors);
  validateNonNegative(status.desiredReplicas, path.child('desiredReplicas'), errors);
}
