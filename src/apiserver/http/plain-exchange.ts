import type { X509Certificate } from 'node:crypto';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { framed, LAST_CHUNK } from './chunked.ts';
import type { BodyWriter, Exchange, IncomingHeaders, OutgoingHeaders } from './exchange.ts';
import type { ConnectionFacts } from './http2-exchange.ts';
import type { Body } from './long-body.ts';
import type { RequestHead } from './request-head.ts';

/** Bodies that are passed on are read as a whole first, up to so much. */
const MAX_PASSED_BYTES = 64 << 20;

/** The connection that a plain request came on. */
export interface PlainConnection {
  readonly socket: TLSSocket;
  readBody(limit: number): Buffer | Promise<Buffer>;
  /** Sends a whole answer; `isHead`: without its body. */
  send(status: number, headers: OutgoingHeaders, answer: { body: Body | undefined; isHead: boolean }): void;
  /** Sends the head of an answer that comes bit by bit. */
  open(status: number, headers: OutgoingHeaders): void;
  /** The present exchange is over; the next request may come. */
  finish(closes: boolean): void;
}

/** A plain request of HTTP/1.1. */
export class PlainExchange implements Exchange {
  readonly #connection: PlainConnection;
  readonly #facts: ConnectionFacts;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHeaders;
  readonly isUpgrade = false;
  #isAnswered = false;
  #isOver = false;
  #controller: AbortController | undefined;

  constructor(connection: PlainConnection, head: RequestHead, facts: ConnectionFacts) {
    this.#connection = connection;
    this.#facts = facts;
    this.method = head.method;
    this.headers = head.headers;
    const { target } = head;
    const mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? '' : target.slice(mark + 1);
  }

  get remoteAddress(): string {
    return this.#facts.remoteAddress;
  }

  get peerCertificates(): readonly X509Certificate[] {
    return this.#facts.peerCertificates;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#connection.socket.destroyed) this.closed();
    }
    return this.#controller.signal;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  readBody(limit: number): Buffer | Promise<Buffer> {
    return this.#connection.readBody(limit);
  }

  get bodyStream(): NodeJS.ReadableStream {
    const read = (): Buffer | Promise<Buffer> => this.readBody(MAX_PASSED_BYTES);
    return Readable.from((async function* () {
      const body = await read();
      if (body.length > 0) yield body;
    })());
  }

  send(status: number, headers: OutgoingHeaders, body?: Body): void {
    if (this.#isAnswered) throw new Error('the request has its answer');
    this.#isAnswered = this.#isOver = true;
    try {
      this.#connection.send(status, headers, { body, isHead: this.method === 'HEAD' });
    } catch (error) {
      this.#isAnswered = this.#isOver = false;
      throw error;
    }
  }

  open(status: number, headers: OutgoingHeaders): BodyWriter {
    if (this.#isAnswered) throw new Error('the request has its answer');
    const { socket } = this.#connection;
    this.#connection.open(status, headers);
    this.#isAnswered = true;
    const isBare = this.method === 'HEAD' || status === 204 || status === 304;
    const isChunked = headers['content-length'] === undefined;
    const listeners: (() => void)[] = [];
    return {
      write: (chunk) => (this.#isOver || isBare || chunk.length === 0 || socket.destroyed ? true : socket.write(isChunked ? framed(chunk) : chunk)),
      end: () => {
        if (this.#isOver) return;
        this.#isOver = true;
        for (const listener of listeners) socket.off('drain', listener);
        if (!isBare && isChunked && !socket.destroyed) socket.write(LAST_CHUNK);
        this.#connection.finish(false);
      },
      onDrain: (listener) => {
        listeners.push(listener);
        socket.on('drain', listener);
      },
      get buffered() {
        return socket.writableLength;
      },
    };
  }

  takeOver(): never {
    throw new Error('the client did not ask for another protocol');
  }

  destroy(): void {
    this.#connection.socket.destroy();
  }

  /** The connection has gone. */
  closed(): void {
    if (!this.#isOver) this.#controller?.abort(new Error('the client has gone'));
  }
}
