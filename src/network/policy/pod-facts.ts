import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';

export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** What of a pod matters to network policies: most changes of pods are not to these. */
export interface PodFacts {
  /** `namespace/name` */
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of both families. */
  readonly ips: readonly string[];
  readonly ports: readonly NamedPort[];
  /** It runs on this node. */
  readonly isLocal: boolean;
}

/**
 * Undefined for pods that policies know nothing of: those of the node's own network, those that have ended, and those without an address.
 * `givenIPs`: addresses that it has on the node though its status does not tell them yet.
 */
export function podFacts(pod: DeepReadonly<Pod>, nodeName: string, givenIPs: readonly string[] = []): PodFacts | undefined {
  const { metadata, spec, status } = pod;
  if (spec.hostNetwork || status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined;
  const ips = [...new Set([...(status?.podIPs ?? []).map(({ ip }) => ip), ...givenIPs])];
  if (ips.length === 0) return undefined;
  const namespace = metadata.namespace ?? '';
  const ports = [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')]
    .flatMap((container) => container.ports ?? [])
    .flatMap(({ name, protocol = 'TCP', containerPort }) => (name === undefined ? [] : [{ name, protocol, port: containerPort }]));
  return { key: `${namespace}/${metadata.name}`, uid: metadata.uid, namespace, labels: metadata.labels ?? {}, ips, ports, isLocal: spec.nodeName === nodeName };
}

export function sameFacts(a: PodFacts | undefined, b: PodFacts | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
