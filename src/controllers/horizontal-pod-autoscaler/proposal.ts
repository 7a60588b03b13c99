import type { ContainerResourceMetricSource, ExternalMetricSource, MetricIdentifier, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus, ObjectMetricSource, ResourceMetricSource } from '../../api/generated/autoscaling-v2.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatQuantity, milliValue, parseQuantity, quantityOfMillis } from '../../apimachinery/quantity.ts';
import { type Counted, replicasForAverage, replicasForShare, replicasForUtilization, replicasForValue, type Scaled } from './replicas.ts';
import { MetricError, type Samples } from './samples.ts';

/** What a metrics API said: samples of pods, values (thousandths), or why there is nothing. */
export type Reading = { readonly samples: Samples } | { readonly values: readonly number[] } | { readonly failure: string };

export interface Target extends Scaled {
  readonly namespace: string;
  /** `status.replicas` of the scale. */
  readonly observed: number;
}

/** What one metric asks for. */
export interface Proposal {
  readonly replicas: number;
  /** How events name it. */
  readonly metric: string;
  readonly status: MetricStatus;
}

export interface Failure {
  readonly reason: string;
  readonly message: string;
  /** The same, for the event that tells of all metrics. */
  readonly summary: string;
}

/** Source: pkg/controller/podautoscaler/horizontal.go, computeReplicasForMetric. */
export function proposeReplicas(spec: DeepReadonly<MetricSpec>, reading: Reading, target: Target): Proposal | Failure {
  const source = sourceOf(spec, reading, target);
  try {
    return source.propose();
  } catch (error) {
    if (!(error instanceof MetricError)) throw error;
    return { reason: source.reason, message: error.message, summary: `${source.prefix}${error.message}` };
  }
}

export function isFailure(outcome: Proposal | Failure): outcome is Failure {
  return 'summary' in outcome;
}

interface Source {
  readonly reason: string;
  readonly prefix: string;
  propose(): Proposal;
}

function sourceOf({ type, resource, containerResource, pods, object, external }: DeepReadonly<MetricSpec>, reading: Reading, target: Target): Source {
  if (type === 'Resource' && resource) return { reason: 'FailedGetResourceMetric', prefix: `failed to get ${resource.name} resource metric value: `, propose: () => ofResource(resource, reading, target) };
  if (type === 'ContainerResource' && containerResource) {
    return { reason: 'FailedGetContainerResourceMetric', prefix: `failed to get ${containerResource.container} container metric value: `, propose: () => ofContainer(containerResource, reading, target) };
  }
  if (type === 'Pods' && pods) return { reason: 'FailedGetPodsMetric', prefix: 'failed to get pods metric value: ', propose: () => ofPods(pods, reading, target) };
  if (type === 'Object' && object) return { reason: 'FailedGetObjectMetric', prefix: 'failed to get object metric value: ', propose: () => ofObject(object, reading, target) };
  if (type === 'External' && external) return { reason: 'FailedGetExternalMetric', prefix: `failed to get ${external.metric.name} external metric value: `, propose: () => ofExternal(external, reading, target) };
  return {
    reason: 'InvalidMetricSourceType', prefix: '', propose: () => {
      throw new MetricError(`unknown metric source type ${JSON.stringify(type)}`);
    },
  };
}

/** Puts words before the message of a MetricError. */
function saying<T>(words: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MetricError)) throw error;
    throw new MetricError(`${words}: ${error.message}`, { cause: error });
  }
}

function samplesOf(reading: Reading, words: string): Samples {
  if ('samples' in reading) return reading.samples;
  throw new MetricError(`${words}: ${'failure' in reading ? reading.failure : 'no samples of pods'}`);
}

function sumOf(reading: Reading, words: (why: string) => string): number {
  if ('values' in reading) return reading.values.reduce((sum, value) => sum + value, 0);
  throw new MetricError(words('failure' in reading ? reading.failure : 'no values'));
}

const milliOf = (quantity: string | number): number => milliValue(parseQuantity(quantity));
const quantityText = (milli: number): string => formatQuantity(quantityOfMillis(milli));

function countResource(name: string, target: DeepReadonly<MetricTarget>, reading: Reading, scaled: Target, container?: string): { counted: Counted; current: MetricValueStatus } {
  const { averageValue, averageUtilization } = target;
  const samples = (): Samples => samplesOf(reading, `unable to get metrics for resource ${name}`);
  if (averageValue !== undefined) {
    const counted = saying(`failed to get ${name} usage`, () => replicasForAverage({ resource: name, samples: samples(), targetMilli: milliOf(averageValue) }, scaled));
    return { counted, current: { averageValue: quantityText(counted.usageMilli) } };
  }
  if (averageUtilization === undefined) throw new MetricError('invalid resource metric source: neither an average utilization target nor an average value (usage) target was set');
  const counted = saying(`failed to get ${name} utilization`, () => replicasForUtilization({ resource: name, samples: samples(), target: averageUtilization, ...(container !== undefined && { container }) }, scaled));
  return { counted, current: { averageValue: quantityText(counted.usageMilli), averageUtilization: counted.utilization ?? 0 } };
}

function ofResource({ name, target }: DeepReadonly<ResourceMetricSource>, reading: Reading, scaled: Target): Proposal {
  const { counted, current } = countResource(name, target, reading, scaled);
  const metric = target.averageValue === undefined ? `${name} resource utilization (percentage of request)` : `${name} resource`;
  return { replicas: counted.replicas, metric, status: { type: 'Resource', resource: { name, current } } };
}

function ofContainer({ name, container, target }: DeepReadonly<ContainerResourceMetricSource>, reading: Reading, scaled: Target): Proposal {
  const { counted, current } = countResource(name, target, reading, scaled, container);
  const metric = target.averageValue === undefined ? `${name} container resource utilization (percentage of request)` : `${name} resource`;
  return { replicas: counted.replicas, metric, status: { type: 'ContainerResource', containerResource: { name, container, current } } };
}

function ofPods({ metric, target }: NonNullable<DeepReadonly<MetricSpec['pods']>>, reading: Reading, scaled: Target): Proposal {
  const samples = samplesOf(reading, `unable to get metric ${metric.name}`);
  const { replicas, usageMilli } = replicasForAverage({ resource: '', samples, targetMilli: milliOf(target.averageValue ?? 0) }, scaled);
  return { replicas, metric: `pods metric ${metric.name}`, status: { type: 'Pods', pods: { metric: identifier(metric), current: { averageValue: quantityText(usageMilli) } } } };
}

function ofObject({ describedObject, metric, target }: DeepReadonly<ObjectMetricSource>, reading: Reading, scaled: Target): Proposal {
  // Kubernetes' own message names the object where the reason is to stand, and the other way round.
  const usage = (): number => sumOf(reading, (why) => `unable to get metric ${metric.name}: ${describedObject.kind} on ${scaled.namespace} ${describedObject.name}/${why}`);
  if (target.type === 'Value' && target.value !== undefined) {
    const { replicas, usageMilli } = replicasForValue(usage(), milliOf(target.value), scaled);
    return { replicas, metric: `${describedObject.kind} metric ${metric.name}`, status: { type: 'Object', object: { describedObject: { ...describedObject }, metric: identifier(metric), current: { value: quantityText(usageMilli) } } } };
  }
  const { averageValue } = target;
  if (target.type !== 'AverageValue' || averageValue === undefined) throw new MetricError('invalid object metric source: neither a value target nor an average value target was set');
  const { replicas, usageMilli } = saying(`failed to get ${metric.name} object metric`, () => replicasForShare(usage(), milliOf(averageValue), scaled.observed, scaled.tolerances));
  return { replicas, metric: outsideName(metric), status: { type: 'Object', object: { describedObject: { ...describedObject }, metric: identifier(metric), current: { averageValue: quantityText(usageMilli) } } } };
}

function ofExternal({ metric, target }: DeepReadonly<ExternalMetricSource>, reading: Reading, scaled: Target): Proposal {
  const { averageValue, value } = target;
  const usage = (): number => sumOf(reading, (why) => `unable to get external metric ${scaled.namespace}/${metric.name}/${selectorText(metric)}: ${why}`);
  if (averageValue === undefined && value === undefined) throw new MetricError('invalid external metric source: neither a value target nor an average value target was set');
  if (averageValue !== undefined) {
    const { replicas, usageMilli } = saying(`failed to get ${metric.name} external metric`, () => replicasForShare(usage(), milliOf(averageValue), scaled.observed, scaled.tolerances));
    return { replicas, metric: outsideName(metric), status: { type: 'External', external: { metric: identifier(metric), current: { averageValue: quantityText(usageMilli) } } } };
  }
  const { replicas, usageMilli } = saying(`failed to get external metric ${metric.name}`, () => replicasForValue(usage(), milliOf(value ?? 0), scaled));
  return { replicas, metric: outsideName(metric), status: { type: 'External', external: { metric: identifier(metric), current: { value: quantityText(usageMilli) } } } };
}

function identifier({ name, selector }: DeepReadonly<MetricIdentifier>): MetricIdentifier {
  return { name, ...(selector && { selector: structuredClone(selector) as NonNullable<MetricIdentifier['selector']> }) };
}

function outsideName(metric: DeepReadonly<MetricIdentifier>): string {
  return `external metric ${metric.name}(${selectorText(metric)})`;
}

/** As Go prints a selector. */
function selectorText({ selector }: DeepReadonly<MetricIdentifier>): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, value]) => `${key}: ${value},`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`);
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
