import { ConcurrencyLimit } from '../base/concurrency-limit.ts';
import type { Transport, TransportRequest, TransportResponse, WatchEvent } from './transport.ts';

const HEARTBEATS = '/apis/coordination.k8s.io/';

/**
 * Lets so many requests run at a time, for a process with thousands of clients: more connections would only wait for each other. Heartbeats have room of
 * their own, as a kubelet's do: a node that has much to write is not to be taken for dead. Watches are not counted.
 */
export class LimitedTransport implements Transport {
  readonly #transport: Transport;
  readonly #requests: ConcurrencyLimit;
  readonly #heartbeats: ConcurrencyLimit;

  /** The transport stays its giver's. */
  constructor(transport: Transport, limits: { requests: number; heartbeats: number }) {
    this.#transport = transport;
    this.#requests = new ConcurrencyLimit(limits.requests);
    this.#heartbeats = new ConcurrencyLimit(limits.heartbeats);
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    const lane = request.path.startsWith(HEARTBEATS) ? this.#heartbeats : this.#requests;
    return lane.run(() => this.#transport.send(request));
  }

  watch(request: TransportRequest): Promise<AsyncIterable<readonly WatchEvent[]>> {
    return this.#transport.watch(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
