import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { badRequest, notFound, serviceUnavailable } from '../../apimachinery/status.ts';
import type { Pod, Service } from '../../api/generated/core-v1.ts';
import * as refs from '../../api/refs.ts';
import type { Random } from '../../base/random.ts';
import type { Answer } from '../answer.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { SpecialHandler } from '../handlers/dispatcher.ts';
import type { Kubelets } from '../proxy/kubelet.ts';
import { addressProblem } from '../proxy/allowed-address.ts';
import { readyAddresses } from '../proxy/service-endpoints.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry } from '../registry/write-context.ts';
import type { ApiRequest } from '../request.ts';
import { admitConnect } from './connect-admission.ts';
import { streamTo } from './pod-streams.ts';

interface NamedTarget {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

/** `name`, `name:port` or `scheme:name:port`. */
function splitTarget(id: string): NamedTarget {
  const parts = id.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return { scheme: 'http', name: first, port: '' };
  if (parts.length === 2) return { scheme: 'http', name: first, port: second };
  if (parts.length === 3 && ['http', 'https', ''].includes(first)) return { scheme: first === '' ? 'http' : first, name: second, port: third };
  throw badRequest(`invalid service request ${JSON.stringify(id)}`);
}

/** `pods/proxy`, `services/proxy` and `nodes/proxy`: requests go on to the pod, to an endpoint of the service, to the kubelet. */
export class ProxyHandler implements SpecialHandler {
  /** The empty one is that of OPTIONS. */
  readonly verbs = ['get', 'create', 'update', 'patch', 'delete', ''];
  readonly #registry: Registry;
  readonly #objects: CachedObjects;
  readonly #kubelets: Kubelets;

  constructor(registry: Registry, objects: CachedObjects, kubelets: Kubelets) {
    this.#registry = registry;
    this.#objects = objects;
    this.#kubelets = kubelets;
  }

  async handle(request: ApiRequest, resource: ServedResource): Promise<Answer> {
    await this.#registry.cacher.caughtUp();
    const { name, namespace } = request.info;
    const target = splitTarget(name);
    const { prefix, path, isBare } = restOf(request);
    await admitConnect(this.#registry, request, resource, { kind: `${resource.kind.kind}ProxyOptions`, ...(!isBare && { path: path.split('?')[0] }) });
    if (resource.kind.resource === 'nodes') {
      const port = target.port === '' ? undefined : portNumber(target.port);
      const kubelet = this.#kubelets.target(target.name, path, { wrapsErrors: false, ...(port !== undefined && { port, scheme: target.scheme }) });
      return isBare ? redirectInside(request) : streamTo({ ...kubelet, prefix });
    }
    const [host, port] = resource.kind.resource === 'pods' ? this.#podAddress(namespace, target) : this.#endpoint(namespace, target);
    // Neither a pod's status nor an endpoint may send the server to where a cloud keeps its credentials.
    if (addressProblem(host, port, []) !== undefined) throw badRequest('address not allowed');
    // Not resolved against the address: a path that begins with two slashes would name another host.
    const url = new URL(`${target.scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`);
    return isBare ? redirectInside(request) : streamTo({ url, prefix, wrapsErrors: false, tls: { rejectUnauthorized: false } });
  }

  #podAddress(namespace: string, target: NamedTarget): readonly [string, number] {
    const pod = this.#kubelets.pod(namespace, target.name);
    const { podIP } = pod.status;
    if (!podIP) throw badRequest('address not allowed');
    return [podIP, target.port === '' ? firstPort(pod) : portNumber(target.port)];
  }

  #endpoint(namespace: string, target: NamedTarget): readonly [string, number] {
    const service = this.#objects.get(refs.services, target.name, namespace);
    if (!service) throw notFound({ group: '', resource: 'services' }, target.name);
    const portName = portNameOf(service, target.port);
    const candidates = readyAddresses(this.#objects, { namespace, name: target.name, portName });
    const chosen = candidates[this.#random.below(Math.max(candidates.length, 1))];
    if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(target.name)}`);
    return [chosen.host, chosen.port];
  }

  get #random(): Random {
    return this.#registry.random;
  }
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw badRequest(`invalid port ${JSON.stringify(text)}`);
  return port;
}

function firstPort(pod: DeepReadonly<Pod>): number {
  for (const container of pod.spec.containers) for (const port of container.ports ?? []) return port.containerPort;
  return 80;
}

/** The name under which endpoints have the port that a request asks for by name or number. */
function portNameOf(service: DeepReadonly<Service>, asked: string): string {
  const ports = service.spec.ports ?? [];
  if (asked === '') return (ports.length === 1 ? ports[0]?.name : undefined) ?? '';
  if (!/^[+-]?[0-9]+$/.test(asked)) return asked;
  const found = ports.find(({ port }) => port === Number(asked));
  if (!found) throw serviceUnavailable(`no service port ${BigInt(asked.replace('+', ''))} found for service ${JSON.stringify(service.metadata.name)}`);
  return found.name ?? '';
}

/** The path that stands before and behind `/proxy`, the second with the query. `isBare`: somebody who looks at it would take relative links for others than they are. */
function restOf(request: ApiRequest): { prefix: string; path: string; isBare: boolean } {
  const { path } = request.info;
  const end = path.indexOf('/proxy', path.indexOf(`/${request.info.resource}/`) + 1) + '/proxy'.length;
  const rest = path.slice(end);
  const query = queryOf(request);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return { prefix: path.slice(0, end), path: `${rest.startsWith('/') ? rest : `/${rest}`}${query}`, isBare: rest === '' && isRead && request.exchange?.isUpgrade !== true };
}

function queryOf(request: ApiRequest): string {
  const query = request.exchange?.query ?? request.query.toString();
  return query === '' ? '' : `?${query}`;
}

/** To the same path with a slash behind it, so that relative links are right. Source: apimachinery pkg/util/proxy, proxyRedirectsforRootPath. */
function redirectInside(request: ApiRequest): Answer {
  const location = `${request.info.path}/${queryOf(request)}`;
  return { status: 301, type: 'stream', serve: (exchange) => Promise.resolve(exchange.send(301, { location })) };
}
