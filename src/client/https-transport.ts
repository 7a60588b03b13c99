import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { statusErrorOf } from './client.ts';
import type { Transport, TransportRequest, TransportResponse, WatchEvent } from './transport.ts';
import { TransportError } from './transport.ts';
import { watchEvents } from './watch-stream.ts';
import { stringifyWhole } from '../apimachinery/whole-numbers.ts';

/** What a connection is made with. All PEM. */
export interface TlsMaterial {
  /** The CA that the server's certificate must come from. Absent: those that Node trusts. */
  readonly ca?: string | Buffer;
  /** The client's certificate and key. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the server's certificate must hold, when it is not the host's. */
  readonly serverName?: string;
  /** Takes any certificate of the server: what `kubectl --insecure-skip-tls-verify` asks for, and no component does. */
  readonly skipVerification?: boolean;
}

export interface HttpsTransportOptions {
  /** `https://host:port`; a path in it prefixes all paths. `http:` is for a proxy of this machine, such as `kubectl proxy`. */
  readonly server: string;
  /** Asked before every request: another object than last time closes idle connections and makes new ones (a rotated certificate). */
  readonly tls: () => TlsMaterial;
  /** A bearer token, asked before every request. */
  readonly token?: () => string | undefined;
  /** Sent with every request, beneath its own. A list is one header a value. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly userAgent: string;
  /** How JSON is read; default: JSON.parse. */
  readonly parse?: (text: string) => unknown;
  readonly clock: Clock;
  /** How long an answer (watches: its head) may take. Default 30 s. */
  readonly timeoutMs?: number;
  /** A watch without a byte for so long is taken for dead. Default 120 s: servers send bookmarks every minute. */
  readonly watchIdleMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_WATCH_IDLE_MS = 120_000;

/**
 * HTTPS with kept-alive HTTP/1.1 connections: against Node's server a request costs both ends as much CPU as over HTTP/2 (85 µs, 32 at a time),
 * and a watch on a connection of its own is not held up by other streams. Disposing closes all sockets; requests under way reject with `TransportError`.
 */
export class HttpsTransport implements Transport {
  readonly #options: HttpsTransportOptions;
  readonly #server: URL;
  readonly #pathPrefix: string;
  readonly #agents = new Set<HttpAgent>();
  #current: { readonly material: TlsMaterial; readonly agent: HttpAgent } | undefined;
  #disposed = false;

  constructor(options: HttpsTransportOptions) {
    this.#options = options;
    this.#server = new URL(options.server);
    this.#pathPrefix = this.#server.pathname.replace(/\/$/, '');
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const response = await this.#open(request);
    const text = await readAll(response, request.signal);
    return { status: response.statusCode ?? 0, headers: headersOf(response), body: bodyOf(text, response.headers['content-type'], this.#options.parse) };
  }

  async watch(request: TransportRequest): Promise<AsyncIterable<readonly WatchEvent[]>> {
    const query = { ...request.query, watch: 'true' };
    const response = await this.#open({ ...request, query });
    if (response.statusCode !== 200) {
      const body = bodyOf(await readAll(response, request.signal), response.headers['content-type'], this.#options.parse);
      const answer = { status: response.statusCode ?? 0, headers: headersOf(response), body };
      throw statusErrorOf(answer, request);
    }
    this.#endWhenSilent(response);
    return watchEvents(response, request.signal, this.#options.parse);
  }

  /** An answer whose body is read as it comes (logs); whatever its status. */
  stream(request: TransportRequest): Promise<IncomingMessage> {
    return this.#open(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const agent of this.#agents) agent.destroy();
    this.#agents.clear();
    this.#current = undefined;
  }

  #endWhenSilent(response: IncomingMessage): void {
    const { clock, watchIdleMs = DEFAULT_WATCH_IDLE_MS } = this.#options;
    let bytesRead = response.socket.bytesRead;
    let check: Disposable;
    const arm = (): void => {
      check = clock.after(watchIdleMs, () => {
        if (response.socket.bytesRead === bytesRead) return void response.destroy(new TransportError('the watch has been silent for too long'));
        bytesRead = response.socket.bytesRead;
        arm();
      });
    };
    arm();
    response.once('close', () => check[Symbol.dispose]());
  }

  /** Sends the request; resolves with the head of the answer. A read that met a connection closed while it idled is sent once more. */
  async #open(request: TransportRequest): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      if (request.method === 'GET' && error instanceof StaleConnectionError) return this.#sendOnce(request);
      throw error;
    }
  }

  #sendOnce(request: TransportRequest): Promise<IncomingMessage> {
    if (this.#disposed) return Promise.reject(new TransportError('the transport is closed'));
    if (request.signal.aborted) return Promise.reject(request.signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { headers, payload } = encode(request, this.#options);
    const isTls = this.#server.protocol === 'https:';
    const outgoing = (isTls ? httpsRequest : httpRequest)({
      agent: this.#agent(),
      host: this.#server.hostname.replace(/^\[|\]$/g, ''),
      port: this.#server.port || (isTls ? 443 : 80),
      method: request.method,
      path: this.#pathPrefix + request.path + queryText(request.query),
      headers,
    });
    let answered: IncomingMessage | undefined;
    const timeout = this.#options.clock.after(this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS, () => {
      outgoing.destroy(new TransportError(`no answer to ${request.method} ${request.path} in time`));
    });
    const onAbort = (): void => {
      const reason = request.signal.reason as Error;
      reject(reason);
      answered?.destroy(reason);
      outgoing.destroy(reason);
    };
    request.signal.addEventListener('abort', onAbort, { once: true });
    outgoing.on('response', (response) => {
      answered = response;
      if (request.query?.['watch'] === 'true') timeout[Symbol.dispose]();
      resolve(response);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error instanceof TransportError) return reject(error);
      const isStale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(new (isStale ? StaleConnectionError : TransportError)(`${request.method} ${request.path}: ${error.message}`, { cause: error }));
    });
    outgoing.on('close', () => {
      timeout[Symbol.dispose]();
      request.signal.removeEventListener('abort', onAbort);
    });
    outgoing.end(payload);
    return promise;
  }

  #agent(): HttpAgent {
    const material = this.#options.tls();
    if (this.#current?.material === material) return this.#current.agent;
    if (this.#current) retire(this.#current.agent);
    const { ca, cert, key, serverName, skipVerification } = material;
    const agent = this.#server.protocol === 'http:' ? new HttpAgent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo' }) : new Agent({
      keepAlive: true,
      maxFreeSockets: 64,
      scheduling: 'lifo',
      // Made once: Node would read certificates and key anew for each connection, and look for a free one by the text of them all on each request.
      secureContext: createSecureContext({ minVersion: 'TLSv1.2', ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }),
      ...(serverName && { servername: serverName }),
      ...(skipVerification && { rejectUnauthorized: false }),
    });
    this.#agents.add(agent);
    this.#current = { material, agent };
    return agent;
  }
}

/** A kept-alive connection had been closed by the server. */
class StaleConnectionError extends TransportError {}

/** Lets the requests under way end, keeps no connection. */
function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

function encode(request: TransportRequest, options: HttpsTransportOptions): { headers: Record<string, string | string[]>; payload: string | Uint8Array | undefined } {
  const headers: Record<string, string | string[]> = { accept: 'application/json', 'user-agent': options.userAgent, ...options.headers, ...request.headers };
  const token = options.token?.();
  if (token) headers['authorization'] = `Bearer ${token}`;
  const { body } = request;
  if (body === undefined) return { headers, payload: undefined };
  const payload = typeof body === 'string' || body instanceof Uint8Array ? body : stringifyWhole(body);
  headers['content-type'] ??= 'application/json';
  headers['content-length'] = String(Buffer.byteLength(payload));
  return { headers, payload };
}

function queryText(query: TransportRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of typeof value === 'string' ? [value] : value) parameters.append(name, one);
  }
  const text = parameters.toString();
  return text && `?${text}`;
}

async function readAll(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TransportError ? error : new TransportError(`the answer broke off: ${(error as Error).message}`, { cause: error });
  }
  return Buffer.concat(chunks).toString();
}

function bodyOf(text: string, contentType: string | undefined, parse: (text: string) => unknown = JSON.parse): unknown {
  if (text === '') return undefined;
  if (!contentType?.startsWith('application/json')) return text;
  try {
    return parse(text);
  } catch (error) {
    throw new TransportError('the answer is not the JSON that it says it is', { cause: error });
  }
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}
