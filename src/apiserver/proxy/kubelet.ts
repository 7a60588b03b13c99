import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { badRequest, notFound } from '../../apimachinery/status.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import * as refs from '../../api/refs.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { ProxyTarget } from './http-proxy.ts';

/** What the server shows to kubelets, and whom it believes to be one. */
export interface KubeletCredentials {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Undefined: the kubelet's certificate is not checked (`--kubelet-certificate-authority` absent upstream). */
  readonly authorityPem?: string;
  /** By which of its addresses a node is reached, the best first. */
  readonly addressTypes?: readonly string[];
}

const ADDRESS_PREFERENCE = ['InternalIP', 'ExternalIP', 'Hostname'];
const DEFAULT_PORT = 10250;

/** Where kubelets are reached. */
export class Kubelets {
  readonly #objects: CachedObjects;
  readonly #credentials: KubeletCredentials | undefined;

  constructor(objects: CachedObjects, credentials: KubeletCredentials | undefined) {
    this.#objects = objects;
    this.#credentials = credentials;
  }

  /**
   * A path (with its query) on the kubelet of a node, or with `port` on that port of the node; its kubelet's own port is the kubelet. Throws StatusError 404 for an unknown node, 400 for the kubelet of one that is simulated.
   * Source: pkg/registry/core/node, ResourceLocation.
   */
  target(nodeName: string, path: string, options: { wrapsErrors: boolean; port?: number; scheme?: string }): ProxyTarget {
    const node = this.#objects.get(refs.nodes, nodeName);
    if (!node) throw notFound({ group: '', resource: 'nodes' }, nodeName);
    if (options.port === undefined && hasNoKubelet(node)) throw badRequest(`node ${nodeName} is simulated: its pods have no logs, and no commands can be run in them`);
    const host = addressOf(node, this.#credentials?.addressTypes ?? ADDRESS_PREFERENCE);
    // Somebody may have written a zero there, and the kubelet not yet put it right.
    const kubeletPort = node.status.daemonEndpoints?.kubeletEndpoint?.Port || DEFAULT_PORT;
    const port = options.port ?? kubeletPort;
    const scheme = port === kubeletPort ? 'https' : (options.scheme ?? 'http');
    // Not resolved against the address: a path that begins with two slashes would name another host.
    const url = new URL(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`);
    const { certificatePem, keyPem, authorityPem } = this.#credentials ?? {};
    return {
      url, wrapsErrors: options.wrapsErrors,
      tls: {
        ...(certificatePem !== undefined && { cert: certificatePem }), ...(keyPem !== undefined && { key: keyPem }),
        ...(authorityPem === undefined ? { rejectUnauthorized: false } : { ca: authorityPem }),
      },
    };
  }

  pod(namespace: string, name: string): DeepReadonly<Pod> {
    const pod = this.#objects.get(refs.pods, name, namespace);
    if (!pod) throw notFound({ group: '', resource: 'pods' }, name);
    return pod;
  }
}

/** Simulated nodes say so, and that nothing listens. */
function hasNoKubelet({ status }: DeepReadonly<Node>): boolean {
  return !status.daemonEndpoints?.kubeletEndpoint?.Port && status.nodeInfo?.containerRuntimeVersion.startsWith('simulated:') === true;
}

function addressOf(node: DeepReadonly<Node>, types: readonly string[]): string {
  for (const type of types) {
    const found = node.status.addresses?.find((address) => address.type === type && address.address !== '');
    if (found) return found.address;
  }
  throw badRequest(`no preferred addresses found; known addresses: ${JSON.stringify(node.status.addresses ?? [])}`);
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** The container that a request means. Throws StatusError 400 when it must say. Source: pkg/registry/core/pod/strategy.go. */
export function containerOf(pod: DeepReadonly<Pod>, asked: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const { name } = pod.metadata;
  const known = [...containers, ...initContainers, ...ephemeralContainers].map((container) => container.name);
  if (asked !== '') {
    if (!known.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
    return asked;
  }
  const [first] = containers;
  if (containers.length === 1 && first) return first.name;
  const preferred = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (preferred !== undefined && known.includes(preferred)) return preferred;
  const list = (some: readonly { readonly name: string }[]): string => some.map((container) => container.name).join(' ');
  const init = initContainers.length === 0 ? '' : ` or one of the init containers: [${list(initContainers)}]`;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${list(containers)}]${init}`);
}
