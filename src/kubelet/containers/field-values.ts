import { goQuote } from '../../apimachinery/go-quote.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { Container, Pod, ResourceFieldSelector } from '../../api/generated/core-v1.ts';
import { ContainerConfigError } from './config-error.ts';

/** What fields of a pod are known only on its node. */
export interface NodeFields {
  readonly nodeName: string;
  readonly hostIPs: readonly string[];
  readonly podIPs: readonly string[];
  /** What a container may use that states no limit. */
  readonly allocatable: Readonly<Record<string, string | number>>;
}

/** `key="value"` lines, sorted, as a downward API file holds labels and annotations. */
function mapText(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map).sort().map((key) => `${key}=${goQuote(map[key] ?? '')}`).join('\n');
}

/** The value at a field path of the downward API. Throws `ContainerConfigError` for a path that has none. */
export function podFieldValue(pod: DeepReadonly<Pod>, fieldPath: string, node: NodeFields): string {
  const subscript = /^metadata\.(annotations|labels)\['(.+)'\]$/.exec(fieldPath);
  if (subscript) {
    const map = pod.metadata[subscript[1] as 'annotations' | 'labels'];
    const key = subscript[2] ?? '';
    return map && Object.hasOwn(map, key) ? (map[key] ?? '') : '';
  }
  switch (fieldPath) {
    case 'metadata.name': return pod.metadata.name;
    case 'metadata.namespace': return pod.metadata.namespace ?? '';
    case 'metadata.uid': return pod.metadata.uid;
    case 'metadata.labels': return mapText(pod.metadata.labels);
    case 'metadata.annotations': return mapText(pod.metadata.annotations);
    case 'spec.nodeName': return node.nodeName;
    case 'spec.serviceAccountName': return pod.spec.serviceAccountName ?? '';
    case 'spec.schedulerName': return pod.spec.schedulerName ?? '';
    case 'spec.restartPolicy': return pod.spec.restartPolicy ?? '';
    case 'status.hostIP': return node.hostIPs[0] ?? '';
    case 'status.hostIPs': return node.hostIPs.join(',');
    case 'status.podIP': return node.podIPs[0] ?? '';
    case 'status.podIPs': return node.podIPs.join(',');
    default: throw new ContainerConfigError(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** A container's request or limit, divided and rounded up. A limit that is not set is that of the pod, or what the node can give. */
export function resourceFieldValue(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, selector: DeepReadonly<ResourceFieldSelector>, node: NodeFields): string {
  const [kind = '', ...rest] = selector.resource.split('.');
  const name = rest.join('.');
  if ((kind !== 'limits' && kind !== 'requests') || name === '') throw new ContainerConfigError(`unsupported container resource : ${selector.resource}`);
  const { limits, requests } = container.resources ?? {};
  const amount = kind === 'limits' ? (limits?.[name] ?? pod.spec.resources?.limits?.[name] ?? node.allocatable[name]) : (requests?.[name] ?? limits?.[name]);
  const { nanos } = parseQuantity(amount ?? '0');
  const divisor = parseQuantity(selector.divisor || '1').nanos || parseQuantity('1').nanos;
  return String((nanos + divisor - 1n) / divisor);
}
