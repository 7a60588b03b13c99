import { createHash } from 'node:crypto';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../api/generated/networking-v1.ts';
import { matcherOf, type LabelMatcher } from '../../component-helpers/label-selector.ts';

/** Pods by their labels and those of their namespaces. Peers that select alike have the same `id`. */
export interface PodPeer {
  readonly kind: 'pods';
  readonly id: string;
  /** The only namespace whose pods count; undefined: those that `matchesNamespace`. */
  readonly namespace: string | undefined;
  readonly matchesNamespace: LabelMatcher;
  readonly matchesPod: LabelMatcher;
}

export interface BlockPeer {
  readonly kind: 'block';
  readonly id: string;
  readonly block: DeepReadonly<IPBlock>;
}

/** Ports of one protocol. */
export interface PortMatch {
  /** As in `TCP`, in lower case. */
  readonly protocol: string;
  /** From and to, in order and apart from each other. Undefined: every port. */
  readonly numbers: readonly (readonly [number, number])[] | undefined;
  /** Names of containers' ports. */
  readonly names: readonly string[];
}

export interface PolicyRule {
  /** Undefined: anybody. */
  readonly peers: readonly (PodPeer | BlockPeer)[] | undefined;
  /** Undefined: any port of any protocol. */
  readonly ports: readonly PortMatch[] | undefined;
}

export type Direction = 'ingress' | 'egress';

export interface CompiledPolicy {
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly selects: LabelMatcher;
  /** What is allowed in each direction in which the policy isolates. */
  readonly rules: Readonly<Partial<Record<Direction, readonly PolicyRule[]>>>;
}

/** Source: the NetworkPolicy page of Kubernetes' documentation, and the descriptions of the API's fields. */
export function compilePolicy(policy: DeepReadonly<NetworkPolicy>): CompiledPolicy {
  const { metadata: { namespace = '', name }, spec } = policy;
  const types = spec.policyTypes ?? ['Ingress'];
  const rules = {
    ...(types.includes('Ingress') && { ingress: (spec.ingress ?? []).map((rule) => compileRule(namespace, rule.from, rule.ports)) }),
    ...(types.includes('Egress') && { egress: (spec.egress ?? []).map((rule) => compileRule(namespace, rule.to, rule.ports)) }),
  };
  return { key: `${namespace}/${name}`, namespace, selects: matcherOf(spec.podSelector ?? {}), rules };
}

/** No peers and no ports mean all of them; so does an empty list. */
function compileRule(namespace: string, peers: readonly DeepReadonly<NetworkPolicyPeer>[] | undefined, ports: readonly DeepReadonly<NetworkPolicyPort>[] | undefined): PolicyRule {
  return {
    peers: peers === undefined || peers.length === 0 ? undefined : peers.map((peer) => compilePeer(namespace, peer)),
    ports: ports === undefined || ports.length === 0 ? undefined : compilePorts(ports),
  };
}

function compilePeer(own: string, { podSelector, namespaceSelector, ipBlock }: DeepReadonly<NetworkPolicyPeer>): PodPeer | BlockPeer {
  if (ipBlock) return { kind: 'block', id: shortHash([ipBlock.cidr, ipBlock.except ?? []]), block: ipBlock };
  const namespace = namespaceSelector ? undefined : own;
  return {
    kind: 'pods',
    id: shortHash([namespace, namespaceSelector, podSelector]),
    namespace,
    matchesNamespace: matcherOf(namespaceSelector ?? {}),
    matchesPod: matcherOf(podSelector ?? {}),
  };
}

function compilePorts(ports: readonly DeepReadonly<NetworkPolicyPort>[]): PortMatch[] {
  return [...Map.groupBy(ports, ({ protocol = 'TCP' }) => protocol)].map(([protocol, ofProtocol]) => {
    const spans = ofProtocol.flatMap(({ port, endPort }) => (typeof port === 'number' ? [[port, endPort ?? port] as const] : []));
    return {
      protocol: protocol.toLowerCase(),
      numbers: ofProtocol.some(({ port }) => port === undefined) ? undefined : merged(spans),
      names: [...new Set(ofProtocol.flatMap(({ port }) => (typeof port === 'string' ? [port] : [])))],
    };
  });
}

/** The elements of a set of intervals must not overlap. */
function merged(spans: readonly (readonly [number, number])[]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** For names in the kernel, which may have 255 bytes: those of a namespace and a policy together may have more. */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, (_, part: unknown) => part ?? null)).digest('hex').slice(0, 16);
}
