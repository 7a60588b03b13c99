import type { IPFamily } from '../../apimachinery/validation/ip.ts';
import { blockHolds, blockRanges } from './address-ranges.ts';
import { shortHash, type CompiledPolicy, type Direction, type PodPeer, type BlockPeer, type PolicyRule, type PortMatch } from './compile.ts';

/** Something that a node answers itself in the place of pods: cluster DNS. Policies that let these pods be reached let it be reached. */
export interface NodeStandIn {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where it is reached on this node, and by the name of its service: of both families. */
  readonly addresses: readonly string[];
  readonly serviceAddresses: readonly string[];
  /** What clients ask for, and where that is on the node. */
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number; readonly nodePort: number }[];
}

export interface RuleContext {
  readonly family: IPFamily;
  readonly standIns: readonly NodeStandIn[];
  readonly labelsOfNamespace: (namespace: string) => Readonly<Record<string, string>> | undefined;
}

/** Rules of a policy in one direction, with what they refer to. */
export interface PolicyChain {
  readonly lines: readonly string[];
  readonly peers: readonly PodPeer[];
  /** By the set's name: its ranges. */
  readonly blocks: ReadonlyMap<string, readonly string[]>;
  readonly namedPorts: readonly { readonly protocol: string; readonly name: string }[];
}

const NFT = { IPv4: 'ip', IPv6: 'ip6' } as const;
const LONGEST_NAME = 200;

export function policyChainName(direction: Direction, key: string): string {
  return `${direction}/${key.length > LONGEST_NAME ? shortHash(key) : key}`;
}

export const peerSetName = ({ id }: PodPeer): string => `pods/${id}`;
export const blockSetName = ({ id }: BlockPeer): string => `blocks/${id}`;
export const portSetName = (protocol: string, name: string): string => `ports/${protocol}/${name}`;

/** What the policy allows, as rules that accept; what none accepts is judged by the pod's other policies. */
export function policyChain(policy: CompiledPolicy, direction: Direction, context: RuleContext): PolicyChain {
  const nft = NFT[context.family];
  const lines: string[] = [];
  const peers: PodPeer[] = [];
  const blocks = new Map<string, readonly string[]>();
  const namedPorts: { protocol: string; name: string }[] = [];
  for (const rule of policy.rules[direction] ?? []) {
    const from = peerMatches(rule, `${nft} ${direction === 'ingress' ? 'saddr' : 'daddr'}`, context.family, { peers, blocks });
    for (const { protocol, names } of rule.ports ?? []) namedPorts.push(...names.map((name) => ({ protocol, name })));
    const ports = rule.ports === undefined ? [''] : rule.ports.flatMap((match) => portMatches(match, nft));
    for (const peer of from) for (const port of ports) lines.push([peer, port, 'accept'].filter((part) => part !== '').join(' '));
    if (direction === 'egress') lines.push(...standInLines(rule, context));
  }
  return { lines, peers, blocks, namedPorts };
}

function peerMatches(rule: PolicyRule, address: string, family: IPFamily, uses: { peers: PodPeer[]; blocks: Map<string, readonly string[]> }): string[] {
  if (!rule.peers) return [''];
  return rule.peers.flatMap((peer) => {
    if (peer.kind === 'pods') {
      uses.peers.push(peer);
      return [`${address} @${peerSetName(peer)}`];
    }
    const ranges = blockRanges(peer.block, family);
    if (!ranges || ranges.length === 0) return [];
    uses.blocks.set(blockSetName(peer), ranges);
    return [`${address} @${blockSetName(peer)}`];
  });
}

function portMatches({ protocol, numbers, names }: PortMatch, nft: string): string[] {
  if (numbers === undefined) return [`meta l4proto ${protocol}`];
  const texts = numbers.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return [...(texts.length === 0 ? [] : [`${protocol} dport ${texts.length === 1 ? texts[0] : `{ ${texts.join(', ')} }`}`]), ...names.map((name) => `${nft} daddr . ${protocol} dport @${portSetName(protocol, name)}`)];
}

/** Its port on the node is another than the one that policies speak of. */
function standInLines(rule: PolicyRule, { family, standIns, labelsOfNamespace }: RuleContext): string[] {
  const isOfFamily = (ip: string): boolean => ip.includes(':') === (family === 'IPv6');
  return standIns.flatMap((standIn) => {
    const isPeer = rule.peers === undefined || rule.peers.some((peer) => peer.kind === 'block'
      ? [...standIn.addresses, ...standIn.serviceAddresses].some((ip) => isOfFamily(ip) && blockHolds(peer.block, ip))
      : (peer.namespace ?? standIn.namespace) === standIn.namespace && peer.matchesNamespace(labelsOfNamespace(standIn.namespace)) && peer.matchesPod(standIn.labels));
    if (!isPeer) return [];
    const ports = standIn.ports.filter(({ name, protocol, port }) => rule.ports === undefined || rule.ports.some((match) => match.protocol === protocol.toLowerCase()
      && (match.numbers === undefined || match.names.includes(name) || match.numbers.some(([from, to]) => from <= port && port <= to))));
    return standIn.addresses.filter(isOfFamily).flatMap((ip) => ports.map(({ protocol, nodePort }) => `${NFT[family]} daddr ${ip} ${protocol.toLowerCase()} dport ${nodePort} accept`));
  });
}
