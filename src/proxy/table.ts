import { cidrContains, parseCidr } from '../apimachinery/validation/ip.ts';
import { isRangeOf, type AddressFamily } from './family.ts';
import { MASQUERADE_MARK, type MapElement, type ServiceRules } from './plan.ts';

export interface TableOptions {
  readonly family: AddressFamily;
  /** The table's name. */
  readonly table: string;
  /** Of both families; those of the other are passed over. */
  readonly serviceCIDRs: readonly string[];
  readonly clusterCIDRs: readonly string[];
}

/** What is addressed to one of these and was not translated is refused. */
const SERVICE_RANGES = 'service-ranges';

const MAPS: Readonly<Record<Exclude<MapElement['map'], 'own-addresses'>, string>> = {
  services: 'ADDRESS . inet_proto . inet_service',
  'node-ports': 'inet_proto . inet_service',
  refusals: 'ADDRESS . inet_proto . inet_service',
  'node-port-refusals': 'inet_proto . inet_service',
};

/**
 * The table without any service: an address is looked up in a map, whose verdict leads to the chain of the service's port. What is addressed to
 * the service ranges and was not translated is rejected wherever it goes, before it can follow a default route.
 */
export function emptyTable({ family, table, serviceCIDRs, clusterCIDRs }: TableOptions): string {
  const { nft, addressType, loopback } = family;
  const nodeAddress = `fib daddr type local ${nft} daddr != ${loopback}`;
  const ranges = (name: string, cidrs: readonly string[]): string => `set ${name} { type ${addressType}; flags interval; ${cidrs.length > 0 ? `elements = { ${cidrs.join(', ')} }; ` : ''}}`;
  return `add table ${nft} ${table}
delete table ${nft} ${table}
table ${nft} ${table} {
${Object.entries(MAPS).map(([name, type]) => `  map ${name} { type ${type.replace('ADDRESS', addressType)} : verdict; }`).join('\n')}
  # Endpoints on this node: a pod that reaches itself through a service must see another source than itself.
  set own-addresses { type ${addressType} . ${addressType}; }
  ${ranges(SERVICE_RANGES, outermost(family, serviceCIDRs))}
  ${ranges('cluster-ranges', outermost(family, clusterCIDRs))}
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain translate {
    ${nft} daddr . meta l4proto . th dport vmap @services
    ${nodeAddress} meta l4proto . th dport vmap @node-ports
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ${nft} daddr @${SERVICE_RANGES} ${nft} saddr != @cluster-ranges meta mark set meta mark or ${MASQUERADE_MARK}
    jump translate
  }
  chain output-nat {
    type nat hook output priority -100; policy accept;
    jump translate
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" return
    meta mark and ${MASQUERADE_MARK} != 0 meta mark set meta mark xor ${MASQUERADE_MARK} masquerade fully-random
    ${nft} saddr . ${nft} daddr @own-addresses masquerade fully-random
  }
  chain check {
    ct state new ${nft} daddr . meta l4proto . th dport vmap @refusals
    ct state new ${nodeAddress} meta l4proto . th dport vmap @node-port-refusals
    ${nft} daddr @${SERVICE_RANGES} goto refuse
  }
  chain input {
    type filter hook input priority filter; policy accept;
    jump check
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    jump check
  }
  chain output {
    type filter hook output priority filter; policy accept;
    jump check
  }
}
`;
}

/** Ranges of one family without those that lie within others: intervals of a set must not overlap. */
function outermost(family: AddressFamily, cidrs: readonly string[]): string[] {
  const own = [...new Set(cidrs)].filter((cidr) => isRangeOf(family, cidr)).map((text) => ({ text, cidr: parseCidr(text) }));
  return own.filter(({ cidr }, index) => !own.some((other, place) => place !== index && cidr && other.cidr && other.cidr.prefixLength <= cidr.prefixLength && cidrContains(other.cidr, cidr.ip)
    && (other.cidr.prefixLength < cidr.prefixLength || place < index))).map(({ text }) => text).toSorted();
}

/**
 * What is to be in the kernel, by service, and the script that leads from what is there. An address that two services claim belongs to the
 * one whose key comes first; the other gets it when the first is gone.
 */
export class ProxyTable {
  #options: TableOptions;
  #appliedRanges: readonly string[] = [];
  readonly #desired = new Map<string, ServiceRules>();
  /** Claims on elements of maps: `map key` to the claimants' verdicts. */
  readonly #claims = new Map<string, Map<string, MapElement>>();
  #changed = new Set<string>();
  #touched = new Set<string>();
  /** What the kernel has. Undefined: not known, write everything anew. */
  #applied: { services: Map<string, ServiceRules>; elements: Map<string, MapElement> } | undefined;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  set(service: string, rules: ServiceRules | undefined): void {
    this.#changed.add(service);
    for (const { map, key } of this.#desired.get(service)?.elements ?? []) {
      this.#claims.get(`${map} ${key}`)?.delete(service);
      this.#touched.add(`${map} ${key}`);
    }
    if (rules) this.#desired.set(service, rules);
    else this.#desired.delete(service);
    for (const element of rules?.elements ?? []) {
      const claim = `${element.map} ${element.key}`;
      const claims = this.#claims.get(claim) ?? new Map<string, MapElement>();
      this.#claims.set(claim, claims.set(service, element));
      this.#touched.add(claim);
    }
  }

  /** The ranges of which what no service owns is refused; of both families. */
  setServiceCIDRs(serviceCIDRs: readonly string[]): void {
    this.#options = { ...this.#options, serviceCIDRs };
  }

  /** The kernel may have anything: the next script starts from nothing. */
  forget(): void {
    this.#applied = undefined;
  }

  /** The script for one transaction; empty when there is nothing to change. Call `applied` once it has taken effect, or `forget`. */
  script(): string {
    return this.#applied ? this.#difference(this.#applied) : this.#everything();
  }

  applied(): void {
    const { services, elements } = this.#applied ?? { services: new Map<string, ServiceRules>(), elements: new Map<string, MapElement>() };
    const whole = this.#applied === undefined;
    for (const key of whole ? this.#desired.keys() : this.#changed) setOrDelete(services, key, this.#desired.get(key));
    for (const claim of whole ? this.#claims.keys() : this.#touched) {
      setOrDelete(elements, claim, this.#winner(claim));
      if (this.#claims.get(claim)?.size === 0) this.#claims.delete(claim);
    }
    this.#applied = { services, elements };
    this.#appliedRanges = this.#ranges;
    this.#changed = new Set();
    this.#touched = new Set();
  }

  get #ranges(): readonly string[] {
    return outermost(this.#options.family, this.#options.serviceCIDRs);
  }

  #winner(claim: string): MapElement | undefined {
    const claims = this.#claims.get(claim);
    const [first] = claims && claims.size > 1 ? [...claims.keys()].toSorted() : (claims?.keys() ?? []);
    return first === undefined ? undefined : claims?.get(first);
  }

  #everything(): string {
    const script = new ScriptBuilder(this.#options);
    for (const rules of this.#desired.values()) script.change(undefined, rules);
    for (const claim of this.#claims.keys()) script.element(undefined, this.#winner(claim));
    return emptyTable(this.#options) + script.text();
  }

  #difference(applied: { services: Map<string, ServiceRules>; elements: Map<string, MapElement> }): string {
    const script = new ScriptBuilder(this.#options);
    if (this.#ranges.join() !== this.#appliedRanges.join()) script.refill(SERVICE_RANGES, this.#ranges);
    for (const service of this.#changed) script.change(applied.services.get(service), this.#desired.get(service));
    for (const claim of this.#touched) script.element(applied.elements.get(claim), this.#winner(claim));
    return script.text();
  }
}

/** Puts the parts of a transaction into an order in which nothing refers to what is not there yet, or not any more. */
class ScriptBuilder {
  readonly #table: string;
  readonly #declare: string[] = [];
  readonly #flush: string[] = [];
  readonly #fill: string[] = [];
  readonly #unlink: string[] = [];
  readonly #link: string[] = [];
  readonly #remove: string[] = [];

  constructor({ family, table }: TableOptions) {
    this.#table = `${family.nft} ${table}`;
  }

  refill(set: string, elements: readonly string[]): void {
    this.#declare.push(`flush set ${this.#table} ${set}`);
    if (elements.length > 0) this.#declare.push(`add element ${this.#table} ${set} { ${elements.join(', ')} }`);
  }

  change(before: ServiceRules | undefined, after: ServiceRules | undefined): void {
    const table = this.#table;
    for (const [name, declaration] of after?.sets ?? []) if (!before?.sets.has(name)) this.#declare.push(`add set ${table} ${name} { ${declaration} }`);
    for (const name of before?.sets.keys() ?? []) if (!after?.sets.has(name)) this.#remove.push(`delete set ${table} ${name}`);
    for (const [name, rules] of after?.chains ?? []) {
      const old = before?.chains.get(name);
      if (old && sameLines(old, rules)) continue;
      if (old) this.#flush.push(`flush chain ${table} ${name}`);
      else this.#declare.push(`add chain ${table} ${name}`);
      for (const rule of rules) this.#fill.push(`add rule ${table} ${name} ${rule}`);
    }
    for (const name of before?.chains.keys() ?? []) {
      if (after?.chains.has(name)) continue;
      this.#flush.push(`flush chain ${table} ${name}`);
      this.#remove.unshift(`delete chain ${table} ${name}`); // before the sets that its rules named
    }
  }

  element(before: MapElement | undefined, after: MapElement | undefined): void {
    if (before?.verdict === after?.verdict) return;
    if (before) this.#unlink.push(`delete element ${this.#table} ${before.map} { ${before.key} }`);
    if (after) this.#link.push(`add element ${this.#table} ${after.map} { ${after.key}${after.verdict === '' ? '' : ` : ${after.verdict}`} }`);
  }

  text(): string {
    return [...this.#declare, ...this.#flush, ...this.#fill, ...this.#unlink, ...this.#link, ...this.#remove].map((line) => `${line}\n`).join('');
  }
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
