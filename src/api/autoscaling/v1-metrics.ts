/** The form that metrics have inside the annotations of HorizontalPodAutoscaler v1 (k8s.io/api/autoscaling/v1, MetricSpec and MetricStatus). */
import type { CrossVersionObjectReference, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../generated/autoscaling-v2.ts';
import type { LabelSelector } from '../generated/meta-v1.ts';

/** One source of a metric as v1 writes it: flat, with `target...` or `current...` values. */
interface FlatMetric {
  target?: CrossVersionObjectReference;
  metricName?: string;
  name?: string;
  container?: string;
  selector?: LabelSelector;
  metricSelector?: LabelSelector;
  averageValue?: string | number;
  targetValue?: string | number;
  targetAverageValue?: string | number;
  targetAverageUtilization?: number;
  currentValue?: string | number;
  currentAverageValue?: string | number;
  currentAverageUtilization?: number;
}

type Annotated = { type?: string } & Partial<Record<'object' | 'pods' | 'resource' | 'containerResource' | 'external', FlatMetric>>;

function target(values: Omit<MetricTarget, 'type'>): MetricTarget {
  const type = values.averageUtilization !== undefined ? 'Utilization' : values.averageValue !== undefined ? 'AverageValue' : 'Value';
  return { type, ...present(values) };
}

/** Without the members that are undefined. */
function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

export function metricToAnnotation(metric: MetricSpec): Annotated {
  const { type, object, pods, resource, containerResource, external } = metric;
  const flat: Annotated = { type };
  if (object) flat.object = present({ target: object.describedObject, metricName: object.metric.name, targetValue: object.target.value ?? '0', selector: object.metric.selector, averageValue: object.target.averageValue });
  if (pods) flat.pods = present({ metricName: pods.metric.name, targetAverageValue: pods.target.averageValue, selector: pods.metric.selector });
  if (resource) flat.resource = present({ name: resource.name, targetAverageUtilization: resource.target.averageUtilization, targetAverageValue: resource.target.averageValue });
  if (containerResource) {
    const { name, container, target: wanted } = containerResource;
    flat.containerResource = present({ name, targetAverageUtilization: wanted.averageUtilization, targetAverageValue: wanted.averageValue, container });
  }
  if (external) flat.external = present({ metricName: external.metric.name, metricSelector: external.metric.selector, targetValue: external.target.value, targetAverageValue: external.target.averageValue });
  return flat;
}

export function metricFromAnnotation(flat: Annotated): MetricSpec {
  const metric: MetricSpec = { type: flat.type ?? '' };
  const { object, pods, resource, containerResource, external } = flat;
  if (object) {
    metric.object = {
      describedObject: object.target ?? { kind: '', name: '' },
      metric: present({ name: object.metricName ?? '', selector: object.selector }),
      target: target(object.averageValue === undefined ? { value: object.targetValue } : { averageValue: object.averageValue }),
    };
  }
  if (pods) metric.pods = { metric: present({ name: pods.metricName ?? '', selector: pods.selector }), target: target({ averageValue: pods.targetAverageValue }) };
  if (resource) metric.resource = { name: resource.name ?? '', target: target({ averageUtilization: resource.targetAverageUtilization, averageValue: resource.targetAverageValue }) };
  if (containerResource) {
    metric.containerResource = {
      name: containerResource.name ?? '', container: containerResource.container ?? '',
      target: target({ averageUtilization: containerResource.targetAverageUtilization, averageValue: containerResource.targetAverageValue }),
    };
  }
  if (external) {
    metric.external = {
      metric: present({ name: external.metricName ?? '', selector: external.metricSelector }),
      target: target({ value: external.targetValue, averageValue: external.targetAverageValue }),
    };
  }
  return metric;
}

export function metricStatusToAnnotation(status: MetricStatus): Annotated {
  const { type, object, pods, resource, containerResource, external } = status;
  const flat: Annotated = { type };
  if (object) flat.object = present({ target: object.describedObject, metricName: object.metric.name, currentValue: object.current.value ?? '0', selector: object.metric.selector, averageValue: object.current.averageValue });
  if (pods) flat.pods = present({ metricName: pods.metric.name, currentAverageValue: pods.current.averageValue ?? '0', selector: pods.metric.selector });
  if (resource) flat.resource = present({ name: resource.name, currentAverageUtilization: resource.current.averageUtilization, currentAverageValue: resource.current.averageValue ?? '0' });
  if (containerResource) {
    const { name, container, current } = containerResource;
    flat.containerResource = present({ name, currentAverageUtilization: current.averageUtilization, currentAverageValue: current.averageValue ?? '0', container });
  }
  if (external) flat.external = present({ metricName: external.metric.name, metricSelector: external.metric.selector, currentValue: external.current.value ?? '0', currentAverageValue: external.current.averageValue });
  return flat;
}

function current(values: MetricValueStatus): MetricValueStatus {
  return present(values);
}

export function metricStatusFromAnnotation(flat: Annotated): MetricStatus {
  const status: MetricStatus = { type: flat.type ?? '' };
  const { object, pods, resource, containerResource, external } = flat;
  if (object) {
    status.object = {
      describedObject: object.target ?? { kind: '', name: '' },
      metric: present({ name: object.metricName ?? '', selector: object.selector }),
      current: current({ value: object.currentValue, averageValue: object.averageValue }),
    };
  }
  if (pods) status.pods = { metric: present({ name: pods.metricName ?? '', selector: pods.selector }), current: current({ averageValue: pods.currentAverageValue }) };
  if (resource) status.resource = { name: resource.name ?? '', current: current({ averageUtilization: resource.currentAverageUtilization, averageValue: resource.currentAverageValue }) };
  if (containerResource) {
    status.containerResource = {
      name: containerResource.name ?? '', container: containerResource.container ?? '',
      current: current({ averageUtilization: containerResource.currentAverageUtilization, averageValue: containerResource.currentAverageValue }),
    };
  }
  if (external) {
    status.external = {
      metric: present({ name: external.metricName ?? '', selector: external.metricSelector }),
      current: current({ value: external.currentValue, averageValue: external.currentAverageValue }),
    };
  }
  return status;
}
