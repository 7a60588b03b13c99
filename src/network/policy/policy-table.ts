import type { IPFamily } from '../../apimachinery/validation/ip.ts';

/** A set or map of the table: elements by key, with the verdict of a map. */
export interface TableSet {
  readonly declaration: string;
  readonly elements: ReadonlyMap<string, string>;
  /** Of two with the same version the elements are the same: they are not compared. */
  readonly version?: number;
}

export interface TableContent {
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Those named in `BASE_SETS` are there also when they are not given. */
  readonly sets: ReadonlyMap<string, TableSet>;
}

export const INGRESS_PODS = 'ingress-pods';
export const EGRESS_PODS = 'egress-pods';
export const OWN_ADDRESSES = 'own-addresses';

const ADDRESS = { IPv4: 'ipv4_addr', IPv6: 'ipv6_addr' } as const;
const NFT = { IPv4: 'ip', IPv6: 'ip6' } as const;
const NOTHING: TableContent = { chains: new Map(), sets: new Map() };

/** How sets of each use are declared. */
export function declarations(family: IPFamily): { readonly pods: string; readonly blocks: string; readonly ports: string; readonly verdicts: string; readonly pairs: string } {
  const address = ADDRESS[family];
  return { pods: `type ${address};`, blocks: `type ${address}; flags interval;`, ports: `type ${address} . inet_service;`, verdicts: `type ${address} : verdict;`, pairs: `type ${address} . ${address};` };
}

/**
 * The table without any pod. A packet passes all chains of a hook: what the sender's policies accept is still judged by those of the receiver.
 * Nothing hangs on `output`: what a node sends to its own pods, its kubelet's probes among it, is always allowed.
 */
function emptyTable(family: IPFamily, table: string): string {
  const nft = NFT[family];
  const { verdicts, pairs } = declarations(family);
  const always = ['ct state established,related accept', ...(family === 'IPv6' ? ['icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept'] : []), `${nft} saddr . ${nft} daddr @${OWN_ADDRESSES} accept`];
  // By its address of the link a pod would be reached past all policies; nothing that is routed has one.
  const linkLocal = family === 'IPv6' ? ['ip6 daddr fe80::/10 meta l4proto { tcp, udp, sctp } drop'] : [];
  const chain = (name: string, hook: string, lines: readonly string[]): string => `  chain ${name} {\n    type filter hook ${hook}; policy accept;\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
  return `add table ${nft} ${table}
delete table ${nft} ${table}
table ${nft} ${table} {
  map ${INGRESS_PODS} { ${verdicts} }
  map ${EGRESS_PODS} { ${verdicts} }
  # A pod always reaches itself, also through a service.
  set ${OWN_ADDRESSES} { ${pairs} }
${chain('egress', 'forward priority filter + 5', [...always, ...linkLocal, `${nft} saddr vmap @${EGRESS_PODS}`])}${chain('egress-to-node', 'input priority filter + 5', [...always, `${nft} saddr vmap @${EGRESS_PODS}`])}${chain('ingress', 'forward priority filter + 6', [...always, `${nft} daddr vmap @${INGRESS_PODS}`])}}
`;
}

/** What is to be in the kernel, and the script that leads there from what is there. Without any pod to isolate there is no table at all. */
export class PolicyTable {
  readonly #family: IPFamily;
  readonly #table: string;
  /** What the kernel has; `undefined`: not known; no content: no table. */
  #applied: TableContent | 'no table' | undefined;
  #desired: TableContent | 'no table' = 'no table';

  constructor(family: IPFamily, table: string) {
    this.#family = family;
    this.#table = table;
  }

  /** Whether the kernel should have the table now, as far as is known. */
  get isApplied(): boolean {
    return this.#applied !== undefined && this.#applied !== 'no table';
  }

  /** The kernel may have anything: the next script starts from nothing. */
  forget(): void {
    this.#applied = undefined;
  }

  /** One transaction; empty when there is nothing to change. Call `applied` once it has taken effect, or `forget`. */
  script(desired: TableContent): string {
    const isEmpty = (name: string): boolean => (desired.sets.get(name)?.elements.size ?? 0) === 0;
    this.#desired = isEmpty(INGRESS_PODS) && isEmpty(EGRESS_PODS) ? 'no table' : desired;
    const name = `${NFT[this.#family]} ${this.#table}`;
    if (this.#desired === 'no table') return this.#applied === 'no table' ? '' : `add table ${name}\ndelete table ${name}\n`;
    if (typeof this.#applied === 'object') return difference(name, this.#applied, this.#desired);
    return emptyTable(this.#family, this.#table) + difference(name, NOTHING, this.#desired);
  }

  applied(): void {
    this.#applied = this.#desired;
  }
}

const BASE_SETS: ReadonlySet<string> = new Set([INGRESS_PODS, EGRESS_PODS, OWN_ADDRESSES]);

/** In an order in which nothing refers to what is not there yet, or not any more. */
function difference(table: string, before: TableContent, after: TableContent): string {
  const lines: string[] = [];
  for (const [name, { declaration }] of after.sets) if (!before.sets.has(name) && !BASE_SETS.has(name)) lines.push(`add set ${table} ${name} { ${declaration} }`);
  for (const name of after.chains.keys()) if (!before.chains.has(name)) lines.push(`add chain ${table} ${name}`);
  for (const [name, rules] of after.chains) {
    const old = before.chains.get(name);
    if (old?.join('\n') === rules.join('\n')) continue;
    if (old) lines.push(`flush chain ${table} ${name}`);
    lines.push(...rules.map((rule) => `add rule ${table} ${name} ${rule}`));
  }
  for (const name of new Set([...before.sets.keys(), ...after.sets.keys()])) {
    if (!after.sets.has(name) && !BASE_SETS.has(name)) continue;
    lines.push(...elementChanges(`${table} ${name}`, before.sets.get(name), after.sets.get(name)));
  }
  const goneChains = [...before.chains.keys()].filter((name) => !after.chains.has(name));
  for (const verb of ['flush', 'delete']) for (const name of goneChains) lines.push(`${verb} chain ${table} ${name}`);
  for (const name of before.sets.keys()) if (!after.sets.has(name) && !BASE_SETS.has(name)) lines.push(`delete set ${table} ${name}`);
  return lines.map((line) => `${line}\n`).join('');
}

function elementChanges(set: string, before: TableSet | undefined, after: TableSet | undefined): string[] {
  if (before?.version !== undefined && before.version === after?.version) return [];
  const gone: string[] = [];
  const come: string[] = [];
  for (const [key, verdict] of before?.elements ?? []) if (after?.elements.get(key) !== verdict) gone.push(key);
  for (const [key, verdict] of after?.elements ?? []) if (before?.elements.get(key) !== verdict) come.push(verdict === '' ? key : `${key} : ${verdict}`);
  return [...(gone.length > 0 ? [`delete element ${set} { ${gone.join(', ')} }`] : []), ...(come.length > 0 ? [`add element ${set} { ${come.join(', ')} }`] : [])];
}
