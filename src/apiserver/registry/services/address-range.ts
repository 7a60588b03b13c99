import { ipBits, ipFamilyOf, ipOfBits, parseCidr, type IPFamily } from '../../../apimachinery/validation/ip.ts';
import type { Random } from '../../../base/random.ts';

/** As many of the first addresses are given only when asked for by name, as long as there are others. Source: KEP-3070. */
const RESERVED = { least: 16n, most: 256n, part: 16n };

/** The addresses that Services may have of one range of a ServiceCIDR. Source: pkg/registry/core/service/ipallocator, NewIPAllocator. */
export class AddressRange {
  readonly cidr: string;
  readonly family: IPFamily;
  /** The address that names the range, which no Service gets. */
  readonly network: string;
  readonly #first: bigint;
  readonly #last: bigint;
  readonly #end: bigint;
  /** The first that is given by chance. */
  readonly #dynamic: bigint;

  /** `cidr` has passed validation. Throws RangeError for any other text. */
  constructor(cidr: string) {
    const parsed = parseCidr(cidr);
    if (!parsed) throw new RangeError(`${JSON.stringify(cidr)} is no range of addresses`);
    const size = 1n << BigInt((parsed.family === 'IPv4' ? 32 : 128) - parsed.prefixLength);
    const network = (ipBits(parsed.ip) / size) * size;
    this.cidr = cidr;
    this.family = parsed.family;
    this.network = ipOfBits(network, parsed.family);
    this.#first = network + 1n;
    this.#end = network + size;
    this.#last = this.#end - (parsed.family === 'IPv4' ? 2n : 1n); // IPv4: not the broadcast address
    this.#dynamic = this.#first + reservedOf(size);
  }

  /** Whether the address lies in the range; not each of those can be given. */
  contains(ip: string): boolean {
    const bits = ipBits(ip);
    return bits >= this.#first - 1n && bits < this.#end;
  }

  /** As `contains`, of an address of whichever family. */
  holds(ip: string): boolean {
    return ipFamilyOf(ip) === this.family && this.contains(ip);
  }

  /** How many addresses can be given; of a range that is too large to count, a very large number. */
  get size(): number {
    return Number(this.#last - this.#first) + 1;
  }

  canGive(ip: string): boolean {
    const bits = ipBits(ip);
    return bits >= this.#first && bits <= this.#last;
  }

  /** Every address that can be given, from a place by chance on; those that are kept for requests by name come last. */
  * candidates(random: Random): Generator<string> {
    yield* this.#from(this.#dynamic, this.#last, random);
    const last = this.#dynamic - 1n;
    yield* this.#from(this.#first, last < this.#last ? last : this.#last, random);
  }

  * #from(first: bigint, last: bigint, random: Random): Generator<string> {
    const count = last - first + 1n;
    if (count <= 0n) return;
    const chance = BigInt(Math.floor(random.next() * 2 ** 48));
    const start = first + (count > 2n ** 48n ? chance : (chance * count) >> 48n);
    for (let bits = start; bits <= last; bits++) yield ipOfBits(bits, this.family);
    for (let bits = first; bits < start; bits++) yield ipOfBits(bits, this.family);
  }
}

function reservedOf(size: bigint): bigint {
  const { least, most, part } = RESERVED;
  if (size < least) return 0n;
  const wanted = size / part;
  return wanted < least ? least : wanted > most ? most : wanted;
}
