import type { IncomingMessage } from 'node:http';
import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { BodyWriter, Exchange, IncomingHeaders, OutgoingHeaders } from './exchange.ts';
import type { Body } from './long-body.ts';

/** An exchange whose answer has more headers. An upgrade is the business of whoever takes it over. */
export class AddedHeaders implements Exchange {
  readonly #exchange: Exchange;
  readonly #added: OutgoingHeaders;

  constructor(exchange: Exchange, added: OutgoingHeaders) {
    this.#exchange = exchange;
    this.#added = added;
  }

  get method(): string {
    return this.#exchange.method;
  }

  get path(): string {
    return this.#exchange.path;
  }

  get query(): string {
    return this.#exchange.query;
  }

  get headers(): IncomingHeaders {
    return this.#exchange.headers;
  }

  get remoteAddress(): string {
    return this.#exchange.remoteAddress;
  }

  get peerCertificates(): readonly X509Certificate[] {
    return this.#exchange.peerCertificates;
  }

  get isUpgrade(): boolean {
    return this.#exchange.isUpgrade;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  get bodyStream(): NodeJS.ReadableStream {
    return this.#exchange.bodyStream;
  }

  get isAnswered(): boolean {
    return this.#exchange.isAnswered;
  }

  readBody(limit: number): Buffer | Promise<Buffer> {
    return this.#exchange.readBody(limit);
  }

  send(status: number, headers: OutgoingHeaders, body?: Body): void {
    this.#exchange.send(status, { ...this.#added, ...headers }, body);
  }

  open(status: number, headers: OutgoingHeaders): BodyWriter {
    return this.#exchange.open(status, { ...this.#added, ...headers });
  }

  takeOver(): { readonly socket: Duplex; readonly head: Buffer; readonly request: IncomingMessage } {
    return this.#exchange.takeOver();
  }

  endConnection(): void {
    this.#exchange.endConnection?.();
  }

  destroy(): void {
    this.#exchange.destroy();
  }
}
