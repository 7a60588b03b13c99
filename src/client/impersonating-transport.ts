import type { Transport, TransportRequest, TransportResponse, WatchEvent } from './transport.ts';

/** Requests of somebody who speaks for another, over the connections that both share. Source: "User Impersonation". */
export class ImpersonatingTransport implements Transport {
  readonly #transport: Transport;
  readonly #header: Readonly<Record<string, string>>;

  /** The transport stays its giver's. */
  constructor(transport: Transport, user: string) {
    this.#transport = transport;
    this.#header = { 'impersonate-user': user };
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    return this.#transport.send(this.#as(request));
  }

  watch(request: TransportRequest): Promise<AsyncIterable<readonly WatchEvent[]>> {
    return this.#transport.watch(this.#as(request));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #as(request: TransportRequest): TransportRequest {
    return { ...request, headers: { ...request.headers, ...this.#header } };
  }
}
