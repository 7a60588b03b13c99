import { addressAt, parseRange4, rangeSize } from '../base/ipv4.ts';

/** Where pods of nodes without a range of their own have their addresses from: shared address space (RFC 6598), which no network of ours uses. */
const COMMON_RANGE = parseRange4('100.64.0.0/10');
/** The first addresses of a range are the network's and its bridge's, the last one is for all. */
const FIRST = 2;
const RESERVED = FIRST + 1;

/** The addresses of a simulated node's pods: in its range, each to one pod at a time, the longest unused first. */
export class SimulatedAddresses {
  readonly #range: () => string | undefined;
  readonly #common: () => string;
  readonly #used = new Set<string>();
  #turn = 0;

  /** `range`: the node's pod CIDR, once it has one (IPv4). `common` gives an address till then, or when the range is used up. */
  constructor(range: () => string | undefined, common: () => string) {
    this.#range = range;
    this.#common = common;
  }

  readonly allocate = (): string => {
    const text = this.#range();
    if (text === undefined) return this.#common();
    const range = parseRange4(text);
    const size = rangeSize(range) - RESERVED;
    for (let tries = 0; tries < size; tries++) {
      const address = addressAt(range, FIRST + (this.#turn++ % size));
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
    return this.#common();
  };

  readonly release = (address: string): void => {
    this.#used.delete(address);
  };
}

/** Addresses for all nodes of a process, one after the other. */
export function commonAddresses(): () => string {
  let given = 0;
  return () => addressAt(COMMON_RANGE, FIRST + (given++ % (rangeSize(COMMON_RANGE) - RESERVED)));
}
