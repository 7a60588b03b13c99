import type { IncomingMessage, ServerResponse } from 'node:http';
import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type BodyWriter, collectBody, type Exchange, type IncomingHeaders, type OutgoingHeaders } from './exchange.ts';
import type { ConnectionFacts } from './http2-exchange.ts';
import { type Body, isLong, pipeBody } from './long-body.ts';
import { withRepeated } from './repeated-headers.ts';

export class Http1Exchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #connection: ConnectionFacts;
  readonly #upgrade: { socket: Duplex; head: Buffer } | undefined;
  readonly headers: IncomingHeaders;
  readonly path: string;
  readonly query: string;
  #controller: AbortController | undefined;

  /** `upgrade`: the connection, when the client asks for another protocol. */
  constructor(request: IncomingMessage, response: ServerResponse, connection: ConnectionFacts, upgrade?: { socket: Duplex; head: Buffer }) {
    this.#request = request;
    this.#response = response;
    this.#connection = connection;
    this.#upgrade = upgrade;
    this.headers = withRepeated(request.headers, request.rawHeaders);
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? '' : target.slice(mark + 1);
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get peerCertificates(): readonly X509Certificate[] {
    return this.#connection.peerCertificates;
  }

  get isUpgrade(): boolean {
    return this.#upgrade !== undefined;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = (this.#controller = new AbortController());
      const onClose = (): void => {
        if (!this.#response.writableFinished) controller.abort(new Error('the client has gone'));
      };
      if (this.#response.destroyed) onClose();
      else this.#response.once('close', onClose);
    }
    return this.#controller.signal;
  }

  get bodyStream(): NodeJS.ReadableStream {
    return this.#request;
  }

  get isAnswered(): boolean {
    return this.#response.headersSent;
  }

  readBody(limit: number): Promise<Buffer> {
    if (this.#upgrade) return Promise.resolve(Buffer.alloc(0));
    return collectBody(this.#request, limit, this.#request.headers['content-length']);
  }

  send(status: number, headers: OutgoingHeaders, body?: Body): void {
    if (this.#upgrade) this.#response.setHeader('connection', 'close');
    const length = body ? body.length : 0;
    this.#response.writeHead(status, { ...headers, ...(length !== undefined && { 'content-length': String(length) }) });
    if (this.method === 'HEAD' || body === undefined) this.#response.end();
    else if (isLong(body)) pipeBody(body, this.#response);
    else this.#response.end(body);
    if (this.#upgrade) this.#response.once('finish', () => this.#upgrade?.socket.end());
  }

  open(status: number, headers: OutgoingHeaders): BodyWriter {
    const response = this.#response;
    response.writeHead(status, headers);
    response.flushHeaders();
    return {
      write: (chunk) => (response.destroyed || response.writableEnded ? true : response.write(chunk)),
      end: () => void response.end(),
      onDrain: (listener) => void response.on('drain', listener),
      get buffered() {
        return response.writableLength;
      },
    };
  }

  takeOver(): { socket: Duplex; head: Buffer; request: IncomingMessage } {
    if (!this.#upgrade) throw new Error('the client did not ask for another protocol');
    this.#response.detachSocket(this.#request.socket);
    return { ...this.#upgrade, request: this.#request };
  }

  destroy(): void {
    this.#request.socket.destroy();
  }
}
