import { STATUS_CODES } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { LAST_CHUNK } from './chunked.ts';
import { BodyAbortedError, BodyTooLargeError, type Exchange, type OutgoingHeaders } from './exchange.ts';
import type { ConnectionFacts } from './http2-exchange.ts';
import { type Body, BytesBody, isLong, type LongBody, PIECE_BYTES, sendPieces } from './long-body.ts';
import { type PlainConnection, PlainExchange } from './plain-exchange.ts';
import { RequestHeadReader } from './request-head.ts';
import type { Sender, TurnEnd } from './turn-end.ts';

export interface Http1ConnectionOptions {
  readonly facts: ConnectionFacts;
  readonly clock: Clock;
  readonly turnEnd: TurnEnd;
  /** Must answer every exchange and never reject. */
  readonly onExchange: (exchange: Exchange) => void;
  /** Takes the connection over from the request on whose bytes have been put back. */
  readonly handOver: (socket: TLSSocket) => void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const EMPTY = Buffer.alloc(0);
/** Longer heads are for Node, which refuses what is too long. */
const MAX_HEAD_BYTES = 16 * 1024;
/** So much may come ahead of its turn before the client is held back. */
const MAX_AHEAD_BYTES = 1 << 20;
/** So much of answers may wait for the client to read it. */
const MAX_UNREAD_BYTES = 1 << 20;
/** An unread body of so much is read away to keep the connection; beyond, the connection ends. */
const MAX_DISCARDED_BYTES = 4 << 20;

/**
 * A connection with plain requests of HTTP/1.1, one answered after the other. It reads and writes its bytes itself, at a fraction of what `node:http` takes for it; the first request
 * that is not plain, and all that follow it, go to `node:http`.
 */
export class Http1Connection implements Sender, PlainConnection {
  readonly #socket: TLSSocket;
  readonly #options: Http1ConnectionOptions;
  readonly #heads = new RequestHeadReader();
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onClose = (): void => this.#closed();
  #input: Buffer = EMPTY;
  #current: PlainExchange | undefined;
  #bodyLeft = 0;
  #body: { readonly parts: Buffer[]; readonly resolve: (body: Buffer) => void; readonly reject: (error: Error) => void } | undefined;
  #isParsing = false;
  #isStopping = false;
  /** A long answer is on its way, in pieces. */
  #isWriting = false;
  /** The client sends requests and does not read the answers: no more are begun until it does. */
  #isHeld = false;
  #output: (string | Uint8Array)[] = [];
  /** When the connection began to wait for what it waits for now: a request, or the rest of one. */
  #waitsSince: number;

  constructor(socket: TLSSocket, options: Http1ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#waitsSince = options.clock.monotonic();
    socket.on('data', this.#onData);
    socket.once('close', this.#onClose);
  }

  /** Ends the connection when it has waited for a request, for its head, or for the client to read some of what it is sent, longer than is allowed. */
  endIfIdle(nowMs: number, limits: { idleMs: number; headMs: number; stallMs: number }): void {
    if (this.#isWriting || this.#isHeld) {
      if (nowMs - this.#waitsSince > limits.stallMs) this.#socket.destroy();
      return;
    }
    if (this.#current) return;
    if (nowMs - this.#waitsSince > (this.#input.length > 0 ? limits.headMs : limits.idleMs)) this.#socket.destroy();
  }

  /** Ends the connection once it has nothing to answer. */
  stop(): void {
    this.#isStopping = true;
    if (!this.#current) this.#socket.end();
  }

  #take(chunk: Buffer): void {
    if (this.#body) {
      this.#takeBody(chunk);
      return;
    }
    const begins = this.#input.length === 0;
    this.#input = begins ? chunk : Buffer.concat([this.#input, chunk]);
    if (!this.#current) {
      this.#next();
      // However long the connection had been idle: the time for a head begins with it.
      if (begins && !this.#current && this.#input.length > 0) this.#waitsSince = this.#options.clock.monotonic();
    } else if (this.#input.length > MAX_AHEAD_BYTES) this.#socket.pause();
  }

  #next(): void {
    if (this.#isParsing) return;
    this.#isParsing = true;
    while (!this.#current && !this.#isHeld && this.#input.length > 0 && this.#begin());
    this.#isParsing = false;
  }

  /** Begins with the next request of the input. False: its head is not there yet, or it is not ours. */
  #begin(): boolean {
    if (!this.#discard()) return false;
    const input = this.#input;
    const end = input.indexOf(HEAD_END);
    if (end < 0 && input.length <= MAX_HEAD_BYTES) return false;
    const head = end < 0 || end > MAX_HEAD_BYTES ? undefined : this.#heads.read(input.toString('latin1', 0, end));
    if (!head) {
      this.#handOver();
      return false;
    }
    this.#input = input.length === end + 4 ? EMPTY : input.subarray(end + 4);
    this.#bodyLeft = head.bodyBytes;
    this.#current = new PlainExchange(this, head, this.#options.facts);
    this.#options.onExchange(this.#current);
    return true;
  }

  #handOver(): void {
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('close', this.#onClose);
    this.flush();
    const rest = this.#input;
    this.#input = EMPTY;
    socket.pause();
    socket.unshift(rest);
    this.#options.handOver(socket);
    process.nextTick(() => socket.resume());
  }

  /** Drops what is left of a body that nobody read. False: more of it must come. */
  #discard(): boolean {
    if (this.#bodyLeft === 0) return true;
    const dropped = Math.min(this.#bodyLeft, this.#input.length);
    this.#bodyLeft -= dropped;
    this.#input = this.#input.subarray(dropped);
    return this.#bodyLeft === 0;
  }

  readBody(limit: number): Buffer | Promise<Buffer> {
    const bytes = this.#bodyLeft;
    if (bytes > limit) return Promise.reject(new BodyTooLargeError(`the body has ${bytes} bytes`));
    const input = this.#input;
    if (input.length >= bytes) {
      this.#bodyLeft = 0;
      this.#input = input.length === bytes ? EMPTY : input.subarray(bytes);
      return input.length === bytes ? input : input.subarray(0, bytes);
    }
    if (this.#socket.destroyed) return Promise.reject(new BodyAbortedError('the body broke off'));
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#body = { parts: [], resolve, reject };
    this.#input = EMPTY;
    this.#takeBody(input);
    return promise;
  }

  #takeBody(chunk: Buffer): void {
    const body = this.#body;
    if (!body) return;
    const mine = chunk.length <= this.#bodyLeft ? chunk : chunk.subarray(0, this.#bodyLeft);
    body.parts.push(mine);
    this.#bodyLeft -= mine.length;
    if (this.#bodyLeft > 0) return;
    this.#body = undefined;
    this.#input = chunk.subarray(mine.length);
    body.resolve(Buffer.concat(body.parts));
  }

  send(status: number, headers: OutgoingHeaders, answer: { body: Body | undefined; isHead: boolean }): void {
    const body = answer.body ?? EMPTY;
    const closes = this.#isStopping || this.#body !== undefined || this.#bodyLeft - this.#input.length > MAX_DISCARDED_BYTES;
    const framing = body.length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
    const head = `${headOf(status, headers, this.#options.clock.now())}${closes ? 'Connection: close\r\n' : ''}${framing}\r\n\r\n`;
    if (answer.isHead || body.length === 0) this.#put(head);
    else if (!isLong(body) && body.length <= PIECE_BYTES) this.#put(head, body);
    else {
      this.#sendPieces(head, isLong(body) ? body : new BytesBody(body), closes);
      return;
    }
    this.finish(closes);
  }

  #sendPieces(head: string, body: LongBody, closes: boolean): void {
    this.#put(head);
    this.flush();
    const socket = this.#socket;
    const isChunked = body.length === undefined;
    this.#isWriting = true;
    sendPieces(body, {
      isGone: () => socket.destroyed,
      write: (piece, sent) => {
        this.#waitsSince = this.#options.clock.monotonic();
        if (isChunked) writeChunk(socket, piece, sent);
        else socket.write(piece, sent);
      },
      end: (error) => {
        if (error) socket.destroy(error);
        else if (isChunked && !socket.destroyed) socket.write(LAST_CHUNK);
        this.#isWriting = false;
        this.finish(closes);
      },
    });
  }

  open(status: number, headers: OutgoingHeaders): void {
    const framing = headers['content-length'] !== undefined || status === 204 || status === 304 ? '' : 'Transfer-Encoding: chunked\r\n';
    this.#put(`${headOf(status, headers, this.#options.clock.now())}${framing}\r\n`);
    this.flush();
  }

  get socket(): TLSSocket {
    return this.#socket;
  }

  finish(closes: boolean): void {
    this.#current = undefined;
    this.#waitsSince = this.#options.clock.monotonic();
    if (closes || this.#isStopping) {
      this.flush();
      this.#socket.end();
      return;
    }
    if (this.#isHeld) return;
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#input.length > 0) this.#next();
  }

  #hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#waitsSince = this.#options.clock.monotonic();
    this.#socket.pause();
    this.#socket.once('drain', () => {
      this.#isHeld = false;
      this.#socket.resume();
      if (!this.#current) this.#next();
    });
  }

  #put(head: string, body?: Uint8Array): void {
    if (this.#output.length === 0) this.#options.turnEnd.add(this);
    this.#output.push(head);
    if (body) this.#output.push(body);
  }

  flush(): void {
    const output = this.#output;
    if (output.length === 0) return;
    this.#output = [];
    if (this.#socket.destroyed || this.#socket.write(joined(output))) return;
    if (this.#socket.writableLength > MAX_UNREAD_BYTES && !this.#isWriting) this.#hold();
  }

  #closed(): void {
    this.#body?.reject(new BodyAbortedError('the body broke off'));
    this.#body = undefined;
    this.#current?.closed();
  }
}

/** In one TLS record, as far as it fits. */
function writeChunk(socket: TLSSocket, piece: Buffer, sent: () => void): void {
  socket.cork();
  socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
  socket.write(piece);
  socket.write('\r\n', 'latin1', sent);
  socket.uncork();
}

function joined(parts: readonly (string | Uint8Array)[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') all.write(part, at, 'latin1');
    else all.set(part, at);
    at += part.length;
  }
  return all;
}

let dateSecond = 0;
let dateLine = '';

function headOf(status: number, headers: OutgoingHeaders, nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateLine = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value) head += `${name}: ${plain(one)}\r\n`;
    else if (value !== undefined) head += `${name}: ${plain(value)}\r\n`;
  }
  return headers['date'] === undefined ? head + dateLine : head;
}

/** Header values as one line of Latin-1, whatever a message quotes. Throws TypeError, as `node:http`, for one that cannot be. */
function plain(value: string): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new TypeError('Invalid character in header content');
  return value;
}
