import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../generated/autoscaling-v2.ts';

const SHOWN = 2;
const UNKNOWN = '<unknown>';

function targetText(target: DeepReadonly<MetricTarget>, current: DeepReadonly<MetricValueStatus> | undefined, averageMark: string): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue}${averageMark}`;
  return `${current?.value ?? UNKNOWN}/${target.value ?? '0'}`;
}

function resourceText(name: string, target: DeepReadonly<MetricTarget>, current: DeepReadonly<MetricValueStatus> | undefined): string {
  if (target.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const seen = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  return `${name}: ${seen}/${target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
}

function metricText(spec: DeepReadonly<MetricSpec>, status: DeepReadonly<MetricStatus> | undefined): string {
  if (spec.external) return targetText(spec.external.target, status?.external?.current, ' (avg)');
  if (spec.pods) return `${status?.pods?.current.averageValue ?? UNKNOWN}/${spec.pods.target.averageValue ?? '0'}`;
  if (spec.object) return targetText(spec.object.target, status?.object?.current, ' (avg)');
  if (spec.resource) return resourceText(spec.resource.name, spec.resource.target, status?.resource?.current);
  if (spec.containerResource) return resourceText(spec.containerResource.name, spec.containerResource.target, status?.containerResource?.current);
  return '<unknown type>';
}

/** What is measured against what is wanted, as `kubectl get hpa` shows it. Source: pkg/printers/internalversion, formatHPAMetrics. */
export function metricsText(specs: DeepReadonly<MetricSpec[]>, statuses: DeepReadonly<MetricStatus[]>): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.map((spec, i) => metricText(spec, statuses[i]));
  const shown = texts.slice(0, SHOWN).join(', ');
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}
