import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { parseFieldSelector } from '../../apimachinery/selectors/field-selector.ts';
import { SelectorError } from '../../apimachinery/selectors/errors.ts';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { badRequest, notFound } from '../../apimachinery/status.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import * as refs from '../../api/refs.ts';
import type { Clock } from '../../base/clock.ts';
import type { Answer } from '../answer.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { ApiResource, ApiSource, ApiVersion } from '../discovery/api-groups.ts';
import { methodNotAllowed, noSuchPath, type PathHandler } from '../handlers/dispatcher.ts';
import { negotiateOutput } from '../http/negotiation.ts';
import { Kubelets, type KubeletCredentials } from '../proxy/kubelet.ts';
import { type ApiRequest, headerOf } from '../request.ts';
import { API_VERSION, nodeMetrics, type NodeMetrics, podMetrics, type PodMetrics } from './metrics-objects.ts';
import { metricsTable } from './metrics-table.ts';
import { type MeasureNode, NodeUsages, type NodeWindow } from './node-usage.ts';

const GROUP = 'metrics.k8s.io';
const VERSION = 'v1beta1';
const SERVICE = `${VERSION}.${GROUP}`;
const KINDS: Readonly<Record<string, string>> = { nodes: 'NodeMetrics', pods: 'PodMetrics' };

export interface ResourceMetricsOptions {
  readonly objects: CachedObjects;
  readonly clock: Clock;
  readonly kubeletClient: KubeletCredentials | undefined;
  readonly measureNode?: MeasureNode | undefined;
}

/**
 * `metrics.k8s.io/v1beta1`: what nodes and pods use, as their kubelets tell. Served while APIService `v1beta1.metrics.k8s.io` is there and names no
 * other server; a metrics-server that a cluster installs takes it over by that. Source: k8s.io/metrics, metrics-server.
 */
export class ResourceMetrics implements PathHandler, ApiSource, Disposable {
  readonly #options: ResourceMetricsOptions;
  readonly #usages: NodeUsages;
  #seen = -1;
  #isServed = false;
  #revision = 0;

  constructor(options: ResourceMetricsOptions) {
    this.#options = options;
    this.#usages = new NodeUsages(new Kubelets(options.objects, options.kubeletClient), options.clock, options.measureNode);
  }

  [Symbol.dispose](): void {
    this.#usages[Symbol.dispose]();
  }

  get revision(): number {
    this.#refresh();
    return this.#revision;
  }

  versions(): readonly ApiVersion[] {
    this.#refresh();
    return this.#isServed ? [{ group: GROUP, version: VERSION, priority: { group: 100, version: 100 }, resources: ['nodes', 'pods'].map(resourceOf) }] : [];
  }

  #refresh(): void {
    const { objects } = this.#options;
    const version = objects.versionOf(refs.apiServices);
    if (version === this.#seen) return;
    this.#seen = version;
    const service = objects.get(refs.apiServices, SERVICE);
    const isServed = service !== undefined && (service.spec.service === undefined || service.spec.service === null);
    if (isServed !== this.#isServed) this.#revision++;
    this.#isServed = isServed;
  }

  handle(request: ApiRequest): Answer | undefined | Promise<Answer> {
    const { info } = request;
    if (info.group !== GROUP || !info.isResourceRequest || info.version !== VERSION || info.resource === '') return undefined;
    this.#refresh();
    if (!this.#isServed) return undefined;
    if (!Object.hasOwn(KINDS, info.resource) || info.subresource !== '' || (info.resource === 'nodes' && info.namespace !== '')) throw noSuchPath();
    if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
    return this.#answer(request);
  }

  async #answer(request: ApiRequest): Promise<Answer> {
    const { info } = request;
    const form = negotiateOutput(headerOf(request, 'accept'), { media: ['json', 'yaml'], transformations: true, stream: 'no' });
    const items = info.resource === 'nodes' ? await this.#nodes(request) : await this.#pods(request);
    const plain = { media: form.media, as: undefined };
    if (info.name !== '' && items.length === 0) throw notFound({ group: GROUP, resource: info.resource }, info.namespace === '' ? info.name : `${info.namespace}/${info.name}`);
    if (form.as?.kind === 'Table') return { status: 200, type: 'object', object: metricsTable(items, form.as.version), form: plain };
    if (info.name !== '') return { status: 200, type: 'object', object: items[0] as object, form: plain };
    return { status: 200, type: 'object', object: { kind: `${KINDS[info.resource]}List`, apiVersion: API_VERSION, metadata: {}, items }, form: plain };
  }

  async #nodes(request: ApiRequest): Promise<NodeMetrics[]> {
    const { objects, clock } = this.#options;
    const all = objects.list(refs.nodes);
    this.#usages.keep(new Set(all.map(({ metadata }) => metadata.name)));
    const chosen = all.filter(chooserOf(request));
    const windows = await this.#windows(chosen.map(({ metadata }) => metadata.name));
    return chosen.flatMap((node) => {
      const window = windows.get(node.metadata.name);
      return (window && nodeMetrics(node, window, clock.now())) ?? [];
    });
  }

  async #pods(request: ApiRequest): Promise<PodMetrics[]> {
    const { objects, clock } = this.#options;
    const chosen = objects.list(refs.pods, request.info.namespace).filter((pod: DeepReadonly<Pod>) => pod.status.phase === 'Running').filter(chooserOf(request));
    const windows = await this.#windows(chosen.map(({ spec }) => spec.nodeName ?? ''));
    return chosen.flatMap((pod) => {
      const window = windows.get(pod.spec.nodeName ?? '');
      return (window && podMetrics(pod, window, clock.now())) ?? [];
    });
  }

  async #windows(nodeNames: readonly string[]): Promise<Map<string, NodeWindow | undefined>> {
    return new Map(await Promise.all([...new Set(nodeNames)].map(async (name): Promise<[string, NodeWindow | undefined]> => [name, await this.#usages.window(name)])));
  }
}

/** What of the objects a request is about. Throws StatusError 400 for a selector that cannot be read. */
function chooserOf({ info, query }: ApiRequest): (object: DeepReadonly<KubeObject>) => boolean {
  if (info.name !== '') return ({ metadata }) => metadata.name === info.name;
  try {
    const labels = parseLabelSelector(query.get('labelSelector') ?? '');
    const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
    return ({ metadata }) => labels.matches(metadata.labels) && fields.matches((field) => (field === 'metadata.name' ? metadata.name : field === 'metadata.namespace' ? (metadata.namespace ?? '') : ''));
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw badRequest(error.message);
  }
}

function resourceOf(name: string): ApiResource {
  const kind = KINDS[name] ?? '';
  return { name, singular: '', kind, listKind: `${kind}List`, namespaced: name === 'pods', verbs: ['get', 'list'], shortNames: [], categories: [], subresources: [] };
}
