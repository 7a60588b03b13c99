/**
 * HorizontalPodAutoscaler v1 knows a target for CPU only; the rest of v2 travels in annotations, so that nothing is lost when a client of v1
 * writes back what it has read. Source: pkg/apis/autoscaling/v1/conversion.go.
 */
import type { KubeObject } from '../../apimachinery/meta.ts';
import type * as v1 from '../generated/autoscaling-v1.ts';
import type * as v2 from '../generated/autoscaling-v2.ts';
import { defaultAutoscaler } from './defaults.ts';
import { metricFromAnnotation, metricStatusFromAnnotation, metricStatusToAnnotation, metricToAnnotation } from './v1-metrics.ts';

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const CARRIERS: ReadonlySet<string> = new Set([METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR]);

function withoutCarriers(annotations: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !CARRIERS.has(key)));
}

function isCpuUtilization(metric: v2.MetricSpec): boolean {
  return metric.type === 'Resource' && metric.resource?.name === 'cpu' && metric.resource.target.averageUtilization !== undefined;
}

function statusFrom({ currentCPUUtilizationPercentage, ...status }: v1.HorizontalPodAutoscalerStatus, annotations: Record<string, string>): v2.HorizontalPodAutoscalerStatus {
  const result: v2.HorizontalPodAutoscalerStatus = { ...status };
  if (annotations[CURRENT_METRICS] !== undefined) {
    result.currentMetrics = parseList(annotations[CURRENT_METRICS]).map(metricStatusFromAnnotation);
  } else if (currentCPUUtilizationPercentage !== undefined) {
    result.currentMetrics = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: currentCPUUtilizationPercentage } } }];
  }
  if (annotations[CONDITIONS] !== undefined) result.conditions = parseList<v2.HorizontalPodAutoscalerCondition>(annotations[CONDITIONS]);
  return result;
}

export function fromV1(object: KubeObject): KubeObject {
  const source = structuredClone(object) as v1.HorizontalPodAutoscaler;
  const annotations = source.metadata.annotations ?? {};
  const { targetCPUUtilizationPercentage, ...spec } = source.spec;
  const metrics: v2.MetricSpec[] = [];
  if (targetCPUUtilizationPercentage !== undefined) {
    metrics.push({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage } } });
  }
  metrics.push(...parseList(annotations[METRICS]).map(metricFromAnnotation));
  const target: v2.HorizontalPodAutoscaler = { ...source, spec: { ...spec, metrics }, status: statusFrom(source.status ?? { currentReplicas: 0, desiredReplicas: 0 }, annotations) };
  const behavior = parse(annotations[BEHAVIOR]);
  if (behavior !== undefined) target.spec.behavior = behavior as v2.HorizontalPodAutoscalerBehavior;
  defaultAutoscaler(target.spec);
  replaceAnnotations(target, withoutCarriers(annotations));
  return target;
}

export function toV1(object: KubeObject): KubeObject {
  const source = structuredClone(object) as v2.HorizontalPodAutoscaler;
  const { metrics = [], behavior, ...spec } = source.spec;
  const { currentMetrics, conditions, ...status } = source.status;
  const annotations = withoutCarriers(source.metadata.annotations);
  const target: v1.HorizontalPodAutoscaler = { ...source, spec, status: { ...status, currentReplicas: status.currentReplicas ?? 0 } };

  const cpu = metrics.find(isCpuUtilization)?.resource?.target.averageUtilization;
  if (cpu !== undefined) target.spec.targetCPUUtilizationPercentage = cpu;
  const seenCpu = (currentMetrics ?? []).find((one) => one.type === 'Resource' && one.resource?.name === 'cpu')?.resource?.current.averageUtilization;
  if (seenCpu !== undefined) target.status.currentCPUUtilizationPercentage = seenCpu;

  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others.map(metricToAnnotation));
  if ((currentMetrics ?? []).length > 0) annotations[CURRENT_METRICS] = JSON.stringify((currentMetrics ?? []).map(metricStatusToAnnotation));
  if ((conditions ?? []).length > 0) annotations[CONDITIONS] = JSON.stringify(conditions);
  if (behavior) annotations[BEHAVIOR] = JSON.stringify(behavior);
  replaceAnnotations(target, annotations);
  return target;
}

function replaceAnnotations(object: KubeObject, annotations: Record<string, string>): void {
  if (Object.keys(annotations).length > 0) object.metadata.annotations = annotations;
  else delete object.metadata.annotations;
}

/** What a client has written into an annotation may be no JSON: then it carries nothing. */
function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseList<T extends object>(text: string | undefined): T[] {
  const value = parse(text);
  return Array.isArray(value) ? value.filter((one): one is T => typeof one === 'object' && one !== null) : [];
}
