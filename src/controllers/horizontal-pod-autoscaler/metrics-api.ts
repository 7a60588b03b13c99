import type { CrossVersionObjectReference, MetricIdentifier, MetricSpec } from '../../api/generated/autoscaling-v2.ts';
import type { APIGroupList } from '../../api/generated/meta-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { milliValue, parseQuantity } from '../../apimachinery/quantity.ts';
import { labelSelectorOf } from '../../apimachinery/selectors/label-selector.ts';
import { StatusError } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import type { Reading } from './proposal.ts';
import type { Sample } from './samples.ts';

type Selector = DeepReadonly<MetricIdentifier['selector']>;

/** `metrics.k8s.io/v1beta1` */
interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly timestamp: string;
  readonly window: string;
  readonly containers?: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

/** `custom.metrics.k8s.io` and `external.metrics.k8s.io` */
interface MetricValue {
  readonly describedObject?: { readonly name?: string };
  readonly timestamp: string;
  readonly windowSeconds?: number;
  readonly window?: number;
  readonly value: string;
}

/** Where metrics of one autoscaler are asked. */
export interface MetricsOf {
  readonly namespace: string;
  /** Of the pods, as the scale tells it. */
  readonly selector: string;
  readonly signal: AbortSignal;
}

const WINDOW_MS = 60_000;
const CUSTOM = 'custom.metrics.k8s.io';

/** The three metrics APIs. Source: k8s.io/metrics; pkg/controller/podautoscaler/metrics/client.go. */
export class MetricsApi {
  readonly #client: Client;
  /** The resource of an object's kind, `deployments.apps`. */
  readonly #resourceOf: (reference: DeepReadonly<CrossVersionObjectReference>, signal: AbortSignal) => Promise<string>;

  constructor(client: Client, resourceOf: (reference: DeepReadonly<CrossVersionObjectReference>, signal: AbortSignal) => Promise<string>) {
    this.#client = client;
    this.#resourceOf = resourceOf;
  }

  /** Never rejects for what an API says: that is part of the reading. */
  async read(spec: DeepReadonly<MetricSpec>, of: MetricsOf): Promise<Reading> {
    try {
      if (spec.resource) return await this.#ofPods(spec.resource.name, undefined, of);
      if (spec.containerResource) return await this.#ofPods(spec.containerResource.name, spec.containerResource.container, of);
      if (spec.pods) return await this.#custom(spec.pods.metric, of);
      if (spec.object) return await this.#object(spec.object.describedObject, spec.object.metric, of);
      if (spec.external) return await this.#external(spec.external.metric, of);
      return { failure: 'no source' };
    } catch (error) {
      if (!(error instanceof ReadingError)) throw error;
      return { failure: error.message };
    }
  }

  async #ofPods(resource: string, container: string | undefined, { namespace, selector, signal }: MetricsOf): Promise<Reading> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
    const items = await this.#items<PodMetrics>(path, { labelSelector: selector }, { api: 'resource metrics API', shown: 'get pods.metrics.k8s.io', signal });
    const samples = new Map<string, Sample>();
    for (const item of items) {
      const used = (item.containers ?? []).filter(({ name }) => container === undefined || name === container);
      if (container !== undefined && used.length === 0) throw new ReadingError(`failed to get container metrics: container ${container} not present in metrics for pod ${namespace}/${item.metadata.name}`);
      const values = used.map(({ usage }) => usage[resource]);
      if (values.length === 0 || values.includes(undefined)) continue;
      const milli = values.reduce((sum, value) => sum + milliValue(parseQuantity(value ?? '0')), 0);
      samples.set(item.metadata.name, { milli, timestampMs: Date.parse(item.timestamp), windowMs: secondsOf(item.window) * 1000 });
    }
    return { samples };
  }

  async #custom(metric: DeepReadonly<MetricIdentifier>, { namespace, selector, signal }: MetricsOf): Promise<Reading> {
    const path = `${await this.#customRoot(signal)}/namespaces/${namespace}/pods/*/${metric.name}`;
    const query = { labelSelector: selector, metricLabelSelector: textOf(metric.selector) };
    const items = await this.#items<MetricValue>(path, query, { api: 'custom metrics API', shown: 'get pods.custom.metrics.k8s.io *', signal });
    return {
      samples: new Map(items.map(({ describedObject, timestamp, windowSeconds, window, value }) => {
        const seconds = windowSeconds ?? window;
        return [describedObject?.name ?? '', { milli: milliValue(parseQuantity(value)), timestampMs: Date.parse(timestamp), windowMs: seconds === undefined ? WINDOW_MS : seconds * 1000 }];
      })),
    };
  }

  async #object(described: DeepReadonly<CrossVersionObjectReference>, metric: DeepReadonly<MetricIdentifier>, { namespace, signal }: MetricsOf): Promise<Reading> {
    const isNamespace = described.kind === 'Namespace' && !(described.apiVersion ?? '').includes('/');
    const resource = isNamespace ? 'metrics' : await this.#resourceOf(described, signal).catch(unreadable('unable to fetch metrics from custom metrics API'));
    const path = `${await this.#customRoot(signal)}/namespaces/${namespace}/${isNamespace ? 'metrics' : `${resource}/${described.name}`}/${metric.name}`;
    const shown = `get ${resource}.custom.metrics.k8s.io ${isNamespace ? metric.name : described.name}`;
    const items = await this.#items<MetricValue>(path, { metricLabelSelector: textOf(metric.selector) }, { api: 'custom metrics API', shown, signal });
    return { values: items.slice(0, 1).map(({ value }) => milliValue(parseQuantity(value))) };
  }

  async #external(metric: DeepReadonly<MetricIdentifier>, { namespace, signal }: MetricsOf): Promise<Reading> {
    const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric.name}`;
    const items = await this.#items<MetricValue>(path, { labelSelector: textOf(metric.selector) }, { api: 'external metrics API', shown: `get ${metric.name}.external.metrics.k8s.io`, signal });
    return { values: items.map(({ value }) => milliValue(parseQuantity(value))) };
  }

  /** The custom metrics API has two versions in use; which one is served, its group tells. */
  async #customRoot(signal: AbortSignal): Promise<string> {
    const ask = { method: 'GET', path: '/apis', signal } as const;
    const { groups } = (await this.#client.send(ask).catch(unreadable('unable to fetch metrics from custom metrics API'))) as APIGroupList;
    const group = groups.find(({ name }) => name === CUSTOM);
    if (!group) throw new ReadingError(`unable to fetch metrics from custom metrics API: no custom metrics API (${CUSTOM}) registered`);
    return `/apis/${group.preferredVersion?.groupVersion ?? `${CUSTOM}/v1beta2`}`;
  }

  async #items<T>(path: string, query: Readonly<Record<string, string | undefined>>, { api, shown, signal }: { api: string; shown: string; signal: AbortSignal }): Promise<readonly T[]> {
    const answer = (await this.#client.send({ method: 'GET', path, query, signal }).catch(unreadable(`unable to fetch metrics from ${api}`, shown))) as { readonly items?: readonly T[] };
    const items = answer.items ?? [];
    if (items.length === 0) throw new ReadingError(`no metrics returned from ${api}`);
    return items;
  }
}

class ReadingError extends Error {}

const GENERIC: Readonly<Record<number, string>> = { 404: 'the server could not find the requested resource', 503: 'the server is currently unable to handle the request' };

/** An answer without a Status of its own is told in client-go's words. */
function unreadable(words: string, shown?: string): (error: unknown) => never {
  return (error) => {
    if (!StatusError.is(error)) throw error;
    const generic = error.status.details?.kind === undefined && shown !== undefined ? GENERIC[error.code] : undefined;
    throw new ReadingError(`${words}: ${generic === undefined ? error.message : `${generic} (${shown})`}`, { cause: error });
  };
}

function textOf(selector: Selector): string | undefined {
  const text = selector && labelSelectorOf(selector).toString();
  return text === '' ? undefined : text;
}

/** Seconds of a duration as Go writes it: `1m30s`, `15.5s`. */
function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, 'µs': 1e-6, ns: 1e-9 };
  let seconds = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)(ms|us|µs|ns|h|m|s)/g)) seconds += Number(amount) * (units[unit] ?? 0);
  return seconds;
}
