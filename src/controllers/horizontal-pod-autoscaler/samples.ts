import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { milliValue, parseQuantity } from '../../apimachinery/quantity.ts';
import { podCondition } from '../../component-helpers/pod-state.ts';

/** One pod's value of a metric, in thousandths, and the span of time that it tells of. */
export interface Sample {
  readonly milli: number;
  readonly timestampMs: number;
  readonly windowMs: number;
}

/** By the pod's name. */
export type Samples = ReadonlyMap<string, Sample>;

export interface PodsAndTimes {
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly nowMs: number;
  /** `--horizontal-pod-autoscaler-cpu-initialization-period` */
  readonly cpuInitializationMs: number;
  /** `--horizontal-pod-autoscaler-initial-readiness-delay` */
  readonly initialReadinessMs: number;
}

export interface GroupedPods {
  readonly readyCount: number;
  readonly unready: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  /** Ended or being deleted. */
  readonly ignored: ReadonlySet<string>;
}

/** A metric cannot be made into a number of replicas; the message is Kubernetes' own. */
export class MetricError extends Error {
  override readonly name = 'MetricError';
}

/** Which pods count, lack a sample, or have one that says nothing yet. Source: pkg/controller/podautoscaler/replica_calculator.go, groupPods. */
export function groupPods({ pods, ...times }: PodsAndTimes, samples: Samples, resource: string): GroupedPods {
  let readyCount = 0;
  const unready = new Set<string>();
  const missing = new Set<string>();
  const ignored = new Set<string>();
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const sample = samples.get(name);
    if (deletionTimestamp !== undefined || pod.status.phase === 'Failed') ignored.add(name);
    else if (pod.status.phase === 'Pending') unready.add(name);
    else if (!sample) missing.add(name);
    else if (resource === 'cpu' && isStartUp(pod, sample, times)) unready.add(name);
    else readyCount++;
  }
  return { readyCount, unready, missing, ignored };
}

/** Whether a sample of CPU tells of the pod's start rather than of its work. */
function isStartUp(pod: DeepReadonly<Pod>, sample: Sample, times: Omit<PodsAndTimes, 'pods'>): boolean {
  const ready = podCondition(pod, 'Ready');
  if (!ready || pod.status.startTime === undefined) return true;
  const startedMs = Date.parse(pod.status.startTime);
  const turnedMs = Date.parse(ready.lastTransitionTime ?? pod.status.startTime);
  if (startedMs + times.cpuInitializationMs > times.nowMs) return ready.status === 'False' || sample.timestampMs < turnedMs + sample.windowMs;
  return ready.status === 'False' && startedMs + times.initialReadinessMs > turnedMs;
}

/** What each pod asks for, in thousandths. `container`: only that one. Throws MetricError where a container asks for nothing. Source: calculateRequests. */
export function requestsOf(pods: readonly DeepReadonly<Pod>[], resource: string, container: string | undefined): ReadonlyMap<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const ofPod = container === undefined ? spec.resources?.requests?.[resource] : undefined;
    if (ofPod !== undefined) {
      requests.set(metadata.name, milliValue(parseQuantity(ofPod)));
      continue;
    }
    let sum = 0;
    for (const one of [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')]) {
      if (container !== undefined && one.name !== container) continue;
      const request = one.resources.requests?.[resource];
      if (request === undefined) throw new MetricError(`missing request for ${resource} in container ${one.name} of Pod ${metadata.name}`);
      sum += milliValue(parseQuantity(request));
    }
    requests.set(metadata.name, sum);
  }
  return requests;
}
