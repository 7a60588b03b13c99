import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Body } from './long-body.ts';

export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
export type OutgoingHeaders = Record<string, string | string[]>;

/** One request over HTTP and the way to answer it, the same for HTTP/1.1 and HTTP/2. */
export interface Exchange {
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  /** What stands behind `?`; empty without it. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: IncomingHeaders;
  readonly remoteAddress: string;
  /** What the client showed in the TLS handshake; nobody has checked it yet. */
  readonly peerCertificates: readonly X509Certificate[];
  /** Whether the client asks for another protocol on this connection, so that `takeOver` may be called. */
  readonly isUpgrade: boolean;
  /** Aborted when the client goes away before the answer has ended. */
  readonly signal: AbortSignal;
  /** Reads the whole body. A promise unless it has come already. Rejects with BodyTooLargeError beyond `limit` bytes. */
  readBody(limit: number): Buffer | Promise<Buffer>;
  /** The body as it comes, for proxies. */
  readonly bodyStream: NodeJS.ReadableStream;
  /** Sends a whole answer. */
  send(status: number, headers: OutgoingHeaders, body?: Body): void;
  /** Sends the head of an answer whose body comes bit by bit. */
  open(status: number, headers: OutgoingHeaders): BodyWriter;
  /** Whether the head of the answer has been sent. */
  readonly isAnswered: boolean;
  /** The bare connection, for an upgrade: the answer is the caller's from here on. `head`: what came behind the request. */
  takeOver(): { readonly socket: Duplex; readonly head: Buffer; readonly request: IncomingMessage };
  /** Of HTTP/2: no more requests are taken on this connection, which ends once those under way have. */
  endConnection?(): void;
  /** Breaks the connection (HTTP/1.1) or the stream. */
  destroy(): void;
}

export interface BodyWriter {
  /** False: wait for `onDrain` before writing more. */
  write(chunk: Uint8Array): boolean;
  end(): void;
  onDrain(listener: () => void): void;
  /** How many bytes wait to be sent. */
  readonly buffered: number;
}

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** The client went away while its body was read. */
export class BodyAbortedError extends Error {
  override readonly name = 'BodyAbortedError';
}

const EMPTY = Buffer.alloc(0);

/** Collects a body of at most `limit` bytes. */
export function collectBody(stream: NodeJS.ReadableStream, limit: number, declaredLength: string | undefined): Promise<Buffer> {
  if (declaredLength !== undefined && Number(declaredLength) > limit) {
    stream.resume();
    return Promise.reject(new BodyTooLargeError(`the body has ${declaredLength} bytes`));
  }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  let isEnded = false;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else reject(new BodyTooLargeError(`the body has more than ${limit} bytes`));
  });
  stream.on('end', () => {
    isEnded = true;
    resolve(chunks.length === 1 && chunks[0] ? chunks[0] : chunks.length === 0 ? EMPTY : Buffer.concat(chunks));
  });
  stream.on('error', (cause) => reject(new BodyAbortedError('the body broke off', { cause })));
  stream.on('close', () => {
    if (!isEnded) reject(new BodyAbortedError('the body broke off'));
  });
  return promise;
}
