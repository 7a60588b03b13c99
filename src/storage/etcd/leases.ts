import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { EtcdConnection, Method } from './connection.ts';
import { encodeLeaseGrant } from './messages.ts';

const GRANT: Method<{ ttlSeconds: number; id: number }, true> = { path: '/etcdserverpb.Lease/LeaseGrant', encode: encodeLeaseGrant, decode: () => true };
const LARGEST_ID = 2 ** 48 - 1;
/** Keys written within a twentieth of their time to live, a minute at most, share a lease, as kube-apiserver does it. */
const SHARE = 0.05;
const LONGEST_SHARE_MS = 60_000;
const MAX_KEYS = 1000;

interface Lease {
  readonly id: Promise<number>;
  readonly until: number;
  keys: number;
}

/** Leases for keys with a time to live; a lease lives as long as the last key that shares it needs. */
export class Leases {
  readonly #connection: EtcdConnection;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #byTtl = new Map<number, Lease>();

  constructor(options: { connection: EtcdConnection; clock: Clock; random: Random }) {
    this.#connection = options.connection;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async leaseFor(ttlSeconds: number): Promise<number> {
    const now = this.#clock.now();
    let lease = this.#byTtl.get(ttlSeconds);
    if (!lease || lease.until <= now || lease.keys >= MAX_KEYS) {
      const shareMs = Math.min(ttlSeconds * 1000 * SHARE, LONGEST_SHARE_MS);
      lease = { id: this.#grant(Math.ceil(ttlSeconds + shareMs / 1000)), until: now + shareMs, keys: 0 };
      this.#byTtl.set(ttlSeconds, lease);
    }
    lease.keys++;
    try {
      return await lease.id;
    } catch (error) {
      if (this.#byTtl.get(ttlSeconds) === lease) this.#byTtl.delete(ttlSeconds);
      throw error;
    }
  }

  async #grant(ttlSeconds: number): Promise<number> {
    const id = this.#random.below(LARGEST_ID) + 1;
    await this.#connection.call(GRANT, { ttlSeconds, id }, this.#clock.now());
    return id;
  }
}
