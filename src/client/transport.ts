/**
 * How a component reaches the API server: over HTTPS (`https-transport.ts`), or in process (`apiserver/` gives one, `cluster/` hands it over,
 * one an identity). Components see nothing else of the server.
 */
export interface Transport extends AsyncDisposable {
  /** Sends one request. Resolves for every answer of the server, refusals too; rejects when no answer came (`TransportError`) or on abort. */
  send(request: TransportRequest): Promise<TransportResponse>;

  /**
   * Opens a watch (`watch=true` is added). Rejects with a `StatusError` when the server refuses it. The events of one batch are already parsed,
   * shared and read-only. Ends when the server ends the watch; throws `TransportError` when the connection breaks.
   */
  watch(request: TransportRequest): Promise<AsyncIterable<readonly WatchEvent[]>>;
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with `/`, already escaped, without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON (`content-type: application/json` unless `headers` say otherwise). It is not changed. */
  readonly body?: object | string | Uint8Array;
  readonly signal: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed and read-only where it was JSON; text otherwise; undefined when empty. */
  readonly body: unknown;
}

export interface WatchEvent<T = unknown> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** No answer: the server could not be reached, or the connection broke. Whether a write took effect is unknown. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
}
