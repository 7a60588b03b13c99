import type { IPFamily } from '../../apimachinery/validation/ip.ts';
import { shortHash, type CompiledPolicy, type Direction, type PodPeer } from './compile.ts';
import { sameFacts, type PodFacts } from './pod-facts.ts';
import { peerSetName, policyChain, policyChainName, portSetName, type NodeStandIn, type PolicyChain } from './policy-rules.ts';
import { declarations, EGRESS_PODS, INGRESS_PODS, OWN_ADDRESSES, type TableContent, type TableSet } from './policy-table.ts';
import { TrackedSet } from './tracked-set.ts';

type Labels = Readonly<Record<string, string>>;

interface Building {
  readonly family: IPFamily;
  readonly chains: Map<string, readonly string[]>;
  readonly sets: Map<string, TableSet>;
}

const MAP_OF = { ingress: INGRESS_PODS, egress: EGRESS_PODS } as const;

/**
 * Policies, pods and namespaces as they are known, and what the tables of a node should hold because of them. Only policies that select a pod of
 * this node come to the kernel, with the sets that they refer to.
 */
export class PolicyState {
  readonly #standIns: readonly NodeStandIn[];
  readonly #policies = new Map<string, CompiledPolicy>();
  readonly #pods = new Map<string, PodFacts>();
  readonly #podsOf = new Map<string, Set<string>>();
  readonly #local = new Map<string, PodFacts>();
  readonly #namespaces = new Map<string, Labels>();
  /** By their names in the kernel. */
  #tracked = new Map<string, TrackedSet>();
  #chains = new WeakMap<CompiledPolicy, Map<string, PolicyChain>>();

  constructor(standIns: readonly NodeStandIn[]) {
    this.#standIns = standIns;
  }

  get policyCount(): number {
    return this.#policies.size;
  }

  setPolicy(key: string, policy: CompiledPolicy | undefined): void {
    if (policy) this.#policies.set(key, policy);
    else this.#policies.delete(key);
  }

  /** Whether anything has changed. */
  setPod(key: string, pod: PodFacts | undefined): boolean {
    const before = this.#pods.get(key);
    if (sameFacts(before, pod)) return false;
    const [namespace = ''] = key.split('/');
    const siblings = this.#podsOf.get(namespace) ?? new Set<string>();
    if (pod) {
      this.#pods.set(key, pod);
      this.#podsOf.set(namespace, siblings.add(key));
    } else {
      this.#pods.delete(key);
      siblings.delete(key);
      if (siblings.size === 0) this.#podsOf.delete(namespace);
    }
    if (pod?.isLocal) this.#local.set(key, pod);
    else this.#local.delete(key);
    for (const set of this.#tracked.values()) set.update(key, pod);
    return true;
  }

  setNamespace(name: string, labels: Labels | undefined): boolean {
    if (JSON.stringify(this.#namespaces.get(name)) === JSON.stringify(labels)) return false;
    if (labels) this.#namespaces.set(name, labels);
    else this.#namespaces.delete(name);
    if (this.#standIns.some(({ namespace }) => namespace === name)) this.#chains = new WeakMap();
    for (const key of this.#podsOf.get(name) ?? []) for (const set of this.#tracked.values()) set.update(key, this.#pods.get(key));
    return true;
  }

  /** Nobody watches pods and namespaces any more. */
  forgetPeers(): void {
    for (const map of [this.#pods, this.#podsOf, this.#local, this.#namespaces, this.#tracked]) map.clear();
    this.#chains = new WeakMap();
  }

  /** The policies that select a pod, in order. */
  policiesOf(pod: PodFacts): CompiledPolicy[] {
    return [...this.#policies.values()].filter((policy) => policy.namespace === pod.namespace && policy.selects(pod.labels)).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** What the table of each family should hold; what is given is never changed. */
  contents(families: readonly IPFamily[]): TableContent[] {
    const used = new Map<string, TrackedSet>();
    const contents = families.map((family) => this.#content(family, used));
    this.#tracked = used;
    return contents;
  }

  #content(family: IPFamily, used: Map<string, TrackedSet>): TableContent {
    const building: Building = { family, chains: new Map(), sets: new Map() };
    const { verdicts, pairs } = declarations(family);
    const isolated: Record<Direction, Map<string, string>> = { ingress: new Map(), egress: new Map() };
    const own = new Map<string, string>();
    for (const pod of this.#local.values()) {
      const ips = pod.ips.filter((ip) => ip.includes(':') === (family === 'IPv6'));
      const policies = ips.length > 0 ? this.policiesOf(pod) : [];
      if (policies.length === 0) continue;
      for (const ip of ips) own.set(`${ip} . ${ip}`, '');
      for (const direction of ['ingress', 'egress'] as const) {
        const isolating = policies.filter(({ rules }) => rules[direction]);
        if (isolating.length === 0) continue;
        const chain = this.#chainOfPods(direction, isolating, building, used);
        for (const ip of ips) isolated[direction].set(ip, `goto ${chain}`);
      }
    }
    for (const direction of ['ingress', 'egress'] as const) building.sets.set(MAP_OF[direction], { declaration: verdicts, elements: isolated[direction] });
    building.sets.set(OWN_ADDRESSES, { declaration: pairs, elements: own });
    return building;
  }

  /** One chain for all pods that the same policies isolate. */
  #chainOfPods(direction: Direction, policies: readonly CompiledPolicy[], building: Building, used: Map<string, TrackedSet>): string {
    const name = `${direction}-of/${shortHash(policies.map(({ key }) => key))}`;
    if (building.chains.has(name)) return name;
    const chains = policies.map((policy) => {
      const chain = policyChainName(direction, policy.key);
      if (!building.chains.has(chain)) building.chains.set(chain, this.#chainOfPolicy(policy, direction, building, used));
      return chain;
    });
    building.chains.set(name, [...chains.map((chain) => `jump ${chain}`), 'drop']);
    return name;
  }

  #chainOfPolicy(policy: CompiledPolicy, direction: Direction, { family, sets }: Building, used: Map<string, TrackedSet>): readonly string[] {
    const known = this.#chains.get(policy) ?? new Map<string, PolicyChain>();
    this.#chains.set(policy, known);
    const key = `${direction} ${family}`;
    const chain = known.get(key) ?? policyChain(policy, direction, { family, standIns: this.#standIns, labelsOfNamespace: (name) => this.#namespaces.get(name) });
    known.set(key, chain);
    const { pods, ports, blocks } = declarations(family);
    for (const peer of chain.peers) sets.set(peerSetName(peer), this.#use(peerSetName(peer), (pod) => (this.#isPeer(peer, pod) ? pod.ips : []), used).snapshot(family, pods));
    for (const { protocol, name } of chain.namedPorts) {
      const set = portSetName(protocol, name);
      sets.set(set, this.#use(set, (pod) => addressesOfPort(pod, protocol, name), used).snapshot(family, ports));
    }
    for (const [name, ranges] of chain.blocks) sets.set(name, { declaration: blocks, elements: new Map(ranges.map((range) => [range, ''])) });
    return chain.lines;
  }

  #isPeer(peer: PodPeer, pod: PodFacts): boolean {
    return peer.namespace === undefined ? peer.matchesNamespace(this.#namespaces.get(pod.namespace)) && peer.matchesPod(pod.labels) : peer.namespace === pod.namespace && peer.matchesPod(pod.labels);
  }

  #use(name: string, elementsOf: (pod: PodFacts) => readonly string[], used: Map<string, TrackedSet>): TrackedSet {
    let set = used.get(name) ?? this.#tracked.get(name);
    if (!set) {
      set = new TrackedSet(elementsOf);
      for (const [key, pod] of this.#pods) set.update(key, pod);
    }
    used.set(name, set);
    return set;
  }
}

function addressesOfPort(pod: PodFacts, protocol: string, name: string): string[] {
  return pod.ports.filter((port) => port.name === name && port.protocol.toLowerCase() === protocol).flatMap(({ port }) => pod.ips.map((ip) => `${ip} . ${port}`));
}
