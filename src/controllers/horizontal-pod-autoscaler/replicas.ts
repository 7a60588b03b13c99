/**
 * How many replicas a metric asks for. Source: kubernetes.io, "Horizontal Pod Autoscaling", "Algorithm details";
 * pkg/controller/podautoscaler/replica_calculator.go.
 */
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { groupPods, MetricError, type PodsAndTimes, requestsOf, type Samples } from './samples.ts';

/** Parts of the target by which a metric may be off before anything is done. */
export interface Tolerances {
  readonly scaleUp: number;
  readonly scaleDown: number;
}

export interface Counted {
  readonly replicas: number;
  /** The value that was compared: thousandths. */
  readonly usageMilli: number;
  /** Per cent of what the pods ask for. */
  readonly utilization?: number;
}

export interface Scaled extends PodsAndTimes {
  readonly current: number;
  readonly tolerances: Tolerances;
}

function isWithin(ratio: number, { scaleUp, scaleDown }: Tolerances): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
}

/** A metric of each pod: its ratio to the target, over the values that are there. */
interface PerPod {
  readonly resource: string;
  readonly samples: Samples;
  ratioOf(values: ReadonlyMap<string, number>): { readonly ratio: number; readonly usageMilli: number; readonly utilization?: number };
  /** What a pod without a sample counts for when there seem to be too many: it must not be the reason. */
  fullValueOf(pod: string): number;
}

function replicasForPods(metric: PerPod, scaled: Scaled): Counted {
  if (scaled.pods.length === 0) throw new MetricError('no pods returned by selector while calculating replica count');
  const { readyCount, unready, missing, ignored } = groupPods(scaled, metric.samples, metric.resource);
  const values = new Map([...metric.samples].filter(([pod]) => !unready.has(pod) && !ignored.has(pod)).map(([pod, { milli }]) => [pod, milli]));
  if (values.size === 0) throw new MetricError('did not receive metrics for targeted pods (pods might be unready)');
  const { ratio, ...seen } = metric.ratioOf(values);
  const countsUnready = unready.size > 0 && ratio > 1;
  if (!countsUnready && missing.size === 0) {
    return { replicas: isWithin(ratio, scaled.tolerances) ? scaled.current : Math.ceil(ratio * readyCount), ...seen };
  }
  for (const pod of missing) {
    if (ratio < 1) values.set(pod, metric.fullValueOf(pod));
    else if (ratio > 1) values.set(pod, 0);
  }
  if (countsUnready) for (const pod of unready) values.set(pod, 0);
  const again = metric.ratioOf(values).ratio;
  const turnsRound = (ratio < 1 && again > 1) || (ratio > 1 && again < 1);
  if (isWithin(again, scaled.tolerances) || turnsRound) return { replicas: scaled.current, ...seen };
  const replicas = Math.ceil(again * values.size);
  const goesAstray = (again < 1 && replicas > scaled.current) || (again > 1 && replicas < scaled.current);
  return { replicas: goesAstray ? scaled.current : replicas, ...seen };
}

/** Pods are to use `target` per cent of what they ask for. `container`: only that one of each. */
export function replicasForUtilization(metric: { readonly resource: string; readonly container?: string; readonly samples: Samples; readonly target: number }, scaled: Scaled): Counted {
  const { resource, container, samples, target } = metric;
  if (scaled.pods.length === 0) throw new MetricError('no pods returned by selector while calculating replica count');
  const requests = requestsOf(scaled.pods, resource, container);
  const ratioOf = (values: ReadonlyMap<string, number>): ReturnType<PerPod['ratioOf']> => {
    let [used, asked, count] = [0, 0, 0];
    for (const [pod, value] of values) {
      const request = requests.get(pod);
      if (request === undefined) continue;
      used += value;
      asked += request;
      count++;
    }
    if (asked === 0) throw new MetricError('no metrics returned matched known pods');
    const utilization = Math.trunc((used * 100) / asked);
    return { ratio: utilization / target, utilization, usageMilli: Math.trunc(used / count) };
  };
  return replicasForPods({ resource, samples, ratioOf, fullValueOf: (pod) => Math.trunc(((requests.get(pod) ?? 0) * Math.max(100, target)) / 100) }, scaled);
}

/** Pods are to have `targetMilli` of the metric on average. `resource`: empty for a metric of others. */
export function replicasForAverage(metric: { readonly resource: string; readonly samples: Samples; readonly targetMilli: number }, scaled: Scaled): Counted {
  const { resource, samples, targetMilli } = metric;
  const ratioOf = (values: ReadonlyMap<string, number>): ReturnType<PerPod['ratioOf']> => {
    const usageMilli = Math.trunc([...values.values()].reduce((sum, value) => sum + value, 0) / values.size);
    return { ratio: usageMilli / targetMilli, usageMilli };
  };
  return replicasForPods({ resource, samples, ratioOf, fullValueOf: () => targetMilli }, scaled);
}

/** One value, of an object or from outside, is to be `targetMilli` whatever the number of pods. */
export function replicasForValue(usageMilli: number, targetMilli: number, scaled: Scaled): Counted {
  const ratio = usageMilli / targetMilli;
  if (scaled.current === 0) return { replicas: Math.ceil(ratio), usageMilli };
  if (isWithin(ratio, scaled.tolerances)) return { replicas: scaled.current, usageMilli };
  if (scaled.pods.length === 0) throw new MetricError('unable to calculate ready pods: no pods returned by selector while calculating replica count');
  const isCounted = (pod: DeepReadonly<Pod>): boolean => pod.status.phase === 'Running' && isPodReady(pod);
  return { replicas: Math.ceil(ratio * scaled.pods.filter(isCounted).length), usageMilli };
}

/** One value, shared out over `observed` replicas, is to be `targetMilli` for each. */
export function replicasForShare(usageMilli: number, targetMilli: number, observed: number, tolerances: Tolerances): Counted {
  const ratio = observed === 0 ? Infinity : usageMilli / (targetMilli * observed);
  const replicas = isWithin(ratio, tolerances) ? observed : Math.ceil(usageMilli / targetMilli);
  return { replicas, usageMilli: observed === 0 ? usageMilli : Math.ceil(usageMilli / observed) };
}
