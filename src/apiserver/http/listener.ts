import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer, type Server as HttpServer, ServerResponse } from 'node:http';
import { constants, performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type SecureContext, type SecureContextOptions, type SecureVersion, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { Exchange } from './exchange.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { type ConnectionFacts, Http2Exchange } from './http2-exchange.ts';
import { type NamedCertificate, ServerNames } from './server-names.ts';
import { StallWatch } from './stall-watch.ts';
import { TurnEnd } from './turn-end.ts';

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Who signs client certificates: offered in the handshake, checked by an authenticator, so that a wrong one is a 401. */
  readonly clientCa?: string;
  /** Default: TLS 1.2. */
  readonly minVersion?: SecureVersion;
  /** In OpenSSL's words; default: Node's. */
  readonly ciphers?: string;
  /** For clients that ask for names; whether there are any does not change while the server runs. */
  readonly named?: readonly NamedCertificate[];
}

function contextOf({ cert, key, clientCa, minVersion = 'TLSv1.2', ciphers }: TlsMaterial): SecureContextOptions {
  return { cert, key, ...(clientCa && { ca: clientCa }), minVersion, ...(ciphers !== undefined && { ciphers }) };
}

function namedContexts(tls: TlsMaterial): ServerNames<SecureContext> {
  return new ServerNames((tls.named ?? []).map((certificate) => ({ certificate, shown: createSecureContext(contextOf({ ...tls, ...certificate })) })));
}

export interface ListenerOptions {
  readonly bindAddress: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: TlsMaterial;
  /** How long clients may take; default: see below. */
  readonly timeouts?: Partial<ClientTimeouts>;
  /** So many at once: more are closed at once; 0, the default: any number. */
  readonly maxConnections?: number;
  /** Whether HTTP/2 is spoken too; default: it is. */
  readonly http2?: boolean;
  /** Requests at once on a connection of HTTP/2, which clients are told; default: no limit is told, and many are taken. */
  readonly maxStreams?: number | undefined;
  /** After which part of the requests over HTTP/2 the client is asked to connect anew, so that clients spread over several servers; default: none. */
  readonly goawayChance?: number;
  /** Whether other processes may listen at the same port (SO_REUSEPORT). */
  readonly sharesPort?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Must answer every exchange and never reject. */
  readonly onExchange: (exchange: Exchange) => void;
}

/** Of a connection at once; one more is refused in the way after which clients send it again. No limit is told: Go's clients then keep to 1,000, Node's to 100. */
const MAX_CONCURRENT_STREAMS = 2000;
/** Requests that a client of HTTP/2 may give up, watches above all: at once, and then in a second. Beyond, its connection is closed with all that it does: by nghttp2's own limits after 1,000. */
const STREAM_RESETS = { streamResetBurst: 20_000, streamResetRate: 1000 };
export interface ClientTimeouts {
  /** For all headers of a request. */
  readonly headersMs: number;
  /** For reading some more of a long answer that waits. */
  readonly stallMs: number;
}

const DEFAULT_TIMEOUTS: ClientTimeouts = { headersMs: 32_000, stallMs: 60_000 };
const IDLE_TIMEOUT_MS = 120_000;
const IDLE_CHECK_MS = 5000;
/** One line of the log for all connections of so long that were too many. */
const DROP_TOLD_MS = 60_000;
const MAX_HEADER_BYTES = 1 << 20;
/** So long connections may take to end what they are doing when the server stops. */
const STOP_MS = 1000;

/** HTTPS with HTTP/2 and HTTP/1.1 on one port. */
export class Listener implements Component {
  readonly #options: ListenerOptions;
  readonly #tls: TlsServer;
  #names: ServerNames<SecureContext> | undefined;
  /** For what is not plain; most servers see none of it. */
  #http1: HttpServer | undefined;
  readonly #timeouts: ClientTimeouts;
  readonly #stalls: StallWatch;
  readonly #sockets = new Set<TLSSocket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #connections = new Set<Http1Connection>();
  readonly #turnEnd = new TurnEnd();
  #idleCheck: Disposable | undefined;
  readonly #done = Promise.withResolvers<void>();
  #stopping: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#done.promise.catch(() => undefined);
    const { named = [] } = options.tls;
    if (named.length > 0) this.#names = namedContexts(options.tls);
    const byName = (name: string, done: (error: Error | null, context?: SecureContext) => void): void => done(null, this.#names?.find(name));
    this.#tls = createTlsServer({ ...contextOf(options.tls), ...(named.length > 0 && { SNICallback: byName }), ALPNProtocols: options.http2 === false ? ['http/1.1'] : ['h2', 'http/1.1'], requestCert: true, rejectUnauthorized: false });
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#stalls = new StallWatch(options.clock);
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  get port(): number {
    return (this.#tls.address() as AddressInfo | null)?.port ?? 0;
  }

  /** New certificates for connections from now on. Throws Error for those that cannot be shown, having changed nothing. */
  setTls(tls: TlsMaterial): void {
    const names = this.#names && namedContexts(tls);
    this.#tls.setSecureContext(contextOf(tls));
    this.#names = names;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#tls.on('secureConnection', (socket) => this.#onConnection(socket));
    this.#tls.on('tlsClientError', (error, socket) => {
      this.#options.logger.debug('a TLS handshake failed', { error: error.message, remote: socket.remoteAddress });
      socket.destroy();
    });
    this.#limitConnections();
    this.#endIdleLater();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#tls.once('error', reject);
    const { port, bindAddress: host, sharesPort = false } = this.#options;
    this.#tls.listen({ port, host, ...(sharesPort && { reusePort: true }) }, resolve);
    await promise;
    this.#tls.off('error', reject);
    this.#tls.on('error', (error) => this.#options.logger.error('the listener failed', { error }));
    signal.addEventListener('abort', () => void this[Symbol.asyncDispose](), { once: true });
  }

  #createHttp1(): HttpServer {
    const http1 = createHttpServer({ headersTimeout: this.#timeouts.headersMs, connectionsCheckingInterval: this.#checkMs, requestTimeout: 0, maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: IDLE_TIMEOUT_MS });
    http1.on('request', (request, response) => {
      this.#options.onExchange(new Http1Exchange(request, response, factsOf(request.socket as TLSSocket)));
    });
    http1.on('upgrade', (request, socket, head) => {
      const response = new ServerResponse(request);
      response.assignSocket(socket as Socket);
      this.#options.onExchange(new Http1Exchange(request, response, factsOf(request.socket as TLSSocket), { socket, head }));
    });
    http1.on('clientError', (error, socket) => {
      const status = (error as NodeJS.ErrnoException).code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`);
    });
    // It never listens by itself; this starts its watch over slow headers.
    http1.emit('listening');
    return http1;
  }

  #limitConnections(): void {
    const { maxConnections = 0, clock, logger } = this.#options;
    if (maxConnections === 0) return;
    this.#tls.maxConnections = maxConnections;
    let toldMs = -Infinity;
    this.#tls.on('drop', () => {
      if (clock.monotonic() - toldMs < DROP_TOLD_MS) return;
      toldMs = clock.monotonic();
      logger.warn('there are too many connections; new ones are closed', { maxConnections });
    });
  }

  #onConnection(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) => this.#options.logger.debug('a connection failed', { error: error.message }));
    socket.setNoDelay(true);
    if (socket.alpnProtocol === 'h2') this.#startSession(socket);
    else this.#startConnection(socket);
  }

  #startConnection(socket: TLSSocket): void {
    const { clock, onExchange } = this.#options;
    const connection = new Http1Connection(socket, {
      facts: factsOf(socket), clock, turnEnd: this.#turnEnd, onExchange,
      handOver: () => {
        this.#connections.delete(connection);
        (this.#http1 ??= this.#createHttp1()).emit('connection', socket);
      },
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** How often it is looked for clients that take too long. */
  get #checkMs(): number {
    return Math.min(IDLE_CHECK_MS, this.#timeouts.headersMs, this.#timeouts.stallMs);
  }

  #endIdleLater(): void {
    const { headersMs, stallMs } = this.#timeouts;
    const check = (): void => {
      const nowMs = this.#options.clock.monotonic();
      for (const connection of this.#connections) connection.endIfIdle(nowMs, { idleMs: IDLE_TIMEOUT_MS, headMs: headersMs, stallMs });
      this.#stalls.check(nowMs, stallMs);
      if (!this.#stopping) this.#endIdleLater();
    };
    // A request that came while this process could not run is read first: its connection is not idle.
    this.#idleCheck = this.#options.clock.after(this.#checkMs, () => void setImmediate(check));
  }

  #startSession(socket: TLSSocket): void {
    const { goawayChance = 0, maxStreams, random } = this.#options;
    const session = performServerHandshake(socket, {
      settings: { initialWindowSize: 1 << 20, maxHeaderListSize: MAX_HEADER_BYTES, ...(maxStreams !== undefined && { maxConcurrentStreams: maxStreams }) }, maxSessionMemory: 64, ...STREAM_RESETS,
    }) as ServerHttp2Session;
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', (error) => this.#options.logger.debug('a session of HTTP/2 failed', { error: error.message }));
    const facts = factsOf(socket);
    let open = 0;
    session.on('stream', (stream, headers, _flags, rawHeaders) => {
      stream.on('error', (error) => this.#options.logger.debug('a stream of HTTP/2 failed', { error: error.message }));
      if (open >= (maxStreams ?? MAX_CONCURRENT_STREAMS)) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
      open++;
      stream.once('close', () => open--);
      this.#options.onExchange(new Http2Exchange(stream, headers, rawHeaders, facts, this.#stalls));
      if (goawayChance > 0 && random.next() < goawayChance) session.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#tls.close(() => closed.resolve());
    this.#http1?.close();
    for (const session of this.#sessions) session.close();
    this.#idleCheck?.[Symbol.dispose]();
    for (const connection of this.#connections) connection.stop();
    this.#http1?.closeIdleConnections();
    using _force = this.#options.clock.after(STOP_MS, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    if (this.#sockets.size === 0) closed.resolve();
    await closed.promise;
    this.#done.resolve();
  }
}

function factsOf(socket: TLSSocket): ConnectionFacts {
  let certificates: readonly X509Certificate[] | undefined;
  return {
    remoteAddress: socket.remoteAddress ?? '',
    get peerCertificates() {
      return (certificates ??= chainOf(socket));
    },
  };
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<unknown>();
  // No certificate is told as an empty object.
  let certificate = socket.getPeerCertificate(true) as Partial<ReturnType<TLSSocket['getPeerCertificate']>> & { issuerCertificate?: never };
  while (certificate?.raw && !seen.has(certificate)) {
    seen.add(certificate);
    chain.push(new X509Certificate(certificate.raw));
    certificate = certificate.issuerCertificate ?? ({} as never);
  }
  return chain;
}
