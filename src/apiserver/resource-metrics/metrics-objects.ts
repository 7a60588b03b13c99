import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatQuantity } from '../../apimachinery/quantity.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { type Usage, usageBetween } from './measurement.ts';
import type { NodeWindow } from './node-usage.ts';

export const API_VERSION = 'metrics.k8s.io/v1beta1';

type ResourceUsage = Readonly<Record<'cpu' | 'memory', string>>;

interface Metrics {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly creationTimestamp: string; readonly labels?: Readonly<Record<string, string>> };
  readonly timestamp: string;
  readonly window: string;
}

/** Of `metrics.k8s.io/v1beta1`. */
export interface NodeMetrics extends Metrics {
  readonly usage: ResourceUsage;
}

export interface PodMetrics extends Metrics {
  readonly containers: readonly { readonly name: string; readonly usage: ResourceUsage }[];
}

/** As metrics-server writes amounts: billionths of a CPU, bytes in powers of two. */
function usageText({ cpuCores, memoryBytes }: Usage): ResourceUsage {
  return {
    cpu: formatQuantity({ nanos: BigInt(Math.round(cpuCores * 1e9)), format: 'DecimalSI' }),
    memory: formatQuantity({ nanos: BigInt(Math.round(memoryBytes)) * 1_000_000_000n, format: 'BinarySI' }),
  };
}

function described(window: NodeWindow, atMs: number, nowMs: number): Pick<Metrics, 'timestamp' | 'window'> & { creationTimestamp: string } {
  return { creationTimestamp: formatTime(nowMs), timestamp: formatTime(atMs), window: `${Math.round(window.afterMs - window.beforeMs) / 1000}s` };
}

function labelsOf(labels: DeepReadonly<Record<string, string>> | undefined): { labels?: Readonly<Record<string, string>> } {
  return labels && Object.keys(labels).length > 0 ? { labels } : {};
}

/** Undefined while the node cannot be told about. */
export function nodeMetrics(node: DeepReadonly<Node>, window: NodeWindow, nowMs: number): NodeMetrics | undefined {
  const { node: after } = window.after;
  const usage = after && usageBetween(window.before.node, after);
  if (!usage) return undefined;
  const { creationTimestamp, ...times } = described(window, after.atMs, nowMs);
  return { kind: 'NodeMetrics', apiVersion: API_VERSION, metadata: { name: node.metadata.name, creationTimestamp, ...labelsOf(node.metadata.labels) }, ...times, usage: usageText(usage) };
}

/** Undefined for a pod of which a container cannot be told about. */
export function podMetrics(pod: DeepReadonly<Pod>, window: NodeWindow, nowMs: number): PodMetrics | undefined {
  const { name, namespace = '', labels } = pod.metadata;
  const key = `${namespace}/${name}`;
  const [before, after] = [window.before.pods.get(key), window.after.pods.get(key)];
  if (!after || after.size === 0) return undefined;
  const containers = [...after].map(([container, measurement]) => ({ container, usage: usageBetween(before?.get(container), measurement) }));
  if (containers.some(({ usage }) => usage === undefined)) return undefined;
  const atMs = Math.min(...[...after.values()].map((one) => one.atMs));
  const { creationTimestamp, ...times } = described(window, atMs, nowMs);
  return {
    kind: 'PodMetrics', apiVersion: API_VERSION, metadata: { name, namespace, creationTimestamp, ...labelsOf(labels) }, ...times,
    containers: containers.flatMap(({ container, usage }) => (usage ? [{ name: container, usage: usageText(usage) }] : [])),
  };
}
