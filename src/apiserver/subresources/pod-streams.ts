import { parseGoInteger } from '../../apimachinery/go-integer.ts';
import { badRequest, invalid } from '../../apimachinery/status.ts';
import { parseTime, TimeError } from '../../apimachinery/time.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Answer } from '../answer.ts';
import type { SpecialHandler } from '../handlers/dispatcher.ts';
import { proxyExchange, type ProxyTarget } from '../proxy/http-proxy.ts';
import { readOverWebSocket } from '../proxy/read-websocket.ts';
import { containerOf, type Kubelets } from '../proxy/kubelet.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest, Query } from '../request.ts';
import { admitConnect } from './connect-admission.ts';
import { kubeletQuery, streamOptions } from './stream-options.ts';

export function streamTo(target: ProxyTarget): Answer {
  return { status: 200, type: 'stream', serve: (exchange) => proxyExchange(exchange, target) };
}

const LOG_PARAMETERS = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes'];

/** `pods/log`: what a container has written. Source: pkg/registry/core/pod/rest/log.go. */
export class LogHandler implements SpecialHandler {
  readonly verbs = ['get'];
  readonly #registry: Registry;
  readonly #kubelets: Kubelets;

  constructor(registry: Registry, kubelets: Kubelets) {
    this.#registry = registry;
    this.#kubelets = kubelets;
  }

  async handle(request: ApiRequest): Promise<Answer> {
    const { namespace, name } = request.info;
    validateLogOptions(name, request.query);
    await this.#registry.cacher.caughtUp();
    const pod = this.#kubelets.pod(namespace, name);
    const container = containerOf(pod, request.query.get('container') ?? '');
    if (!pod.spec.nodeName) return { status: 204, type: 'bytes', contentType: '', bytes: Buffer.alloc(0) };
    const query = new URLSearchParams();
    for (const parameter of LOG_PARAMETERS) {
      const value = request.query.get(parameter);
      if (value !== undefined) query.set(parameter, value);
    }
    const text = query.toString();
    const path = `/containerLogs/${namespace}/${name}/${container}${text === '' ? '' : `?${text}`}`;
    const target = this.#kubelets.target(pod.spec.nodeName, path, { wrapsErrors: true });
    if (request.exchange?.isUpgrade) return { status: 200, type: 'stream', serve: (exchange) => readOverWebSocket(exchange, target) };
    return streamTo(target);
  }
}

/** What a text of a query says. Throws 400 with the parser's words. */
function readQuery(text: string, parse: (text: string) => number, fault: new () => Error): number {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof fault)) throw error;
    throw badRequest(error.message);
  }
}

/** Source: pkg/apis/core/validation, ValidatePodLogOptions. */
function validateLogOptions(pod: string, query: Query): void {
  const errors = new FieldErrors();
  for (const [parameter, min] of [['tailLines', 0], ['limitBytes', 1], ['sinceSeconds', 1]] as const) {
    const text = query.get(parameter);
    if (text === undefined) continue;
    const number = readQuery(text, parseGoInteger, RangeError);
    const why = min === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0';
    const isTold = parameter === 'sinceSeconds' && query.get('sinceTime') !== undefined;
    if (isTold) errors.forbidden(FieldPath.of('[]'), 'at most one of `sinceTime` or `sinceSeconds` may be specified');
    else if (number < min) errors.invalid(FieldPath.of(parameter), number, why);
  }
  const since = query.get('sinceTime');
  // Clients of old wrote a time that is none as JSON does.
  if (since && since !== 'null') readQuery(since, parseTime, TimeError);
  // Of the feature PodLogsQuerySplitStreams, an alpha of 1.36.
  if (query.get('stream') !== undefined) errors.forbidden(FieldPath.of('stream'), 'may not be specified');
  if (errors.causes.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod, errors.causes);
}

/** `pods/exec`, `pods/attach` and `pods/portforward`: the client is put through to the kubelet. */
export class ConnectHandler implements SpecialHandler {
  readonly verbs = ['get', 'create'];
  readonly #registry: Registry;
  readonly #kubelets: Kubelets;

  constructor(registry: Registry, kubelets: Kubelets) {
    this.#registry = registry;
    this.#kubelets = kubelets;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    const { namespace, name, subresource } = request.info;
    await admitConnect(this.#registry, request, resource, streamOptions(subresource, request.query));
    await this.#registry.cacher.caughtUp();
    const pod = this.#kubelets.pod(namespace, name);
    const path = subresource === 'portforward' ? `/portForward/${namespace}/${name}` : `/${subresource}/${namespace}/${name}/${containerOf(pod, request.query.get('container') ?? '')}`;
    if (!pod.spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
    if (request.exchange && !request.exchange.isUpgrade) throw badRequest('Upgrade request required');
    return streamTo(this.#kubelets.target(pod.spec.nodeName, `${path}?${kubeletQuery(subresource, request.query).toString()}`, { wrapsErrors: true }));
  }
}
