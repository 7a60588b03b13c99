import { Duplex } from 'node:stream';
import { settle } from '../settle.ts';
import { FrameType, ResetStatus, SpdyError, words } from './frames.ts';
import type { SpdyHeaders } from './header-codec.ts';
import type { StreamCarrier } from './stream-carrier.ts';

const CHUNK_BYTES = 32 * 1024;

/** One stream of a connection. Ending the writable side sends FIN; destroying it before both sides have ended resets the stream. */
export class SpdyStream extends Duplex {
  readonly id: number;
  /** With what the stream was opened, in lower case. */
  readonly headers: SpdyHeaders;
  readonly #connection: StreamCarrier;
  readonly #replied = Promise.withResolvers<SpdyHeaders>();
  #windowBytes: number;
  #unacknowledgedBytes = 0;
  #isFull = false;
  #hasPeerEnded = false;
  /** Nothing may be sent any more: the peer reset the stream, or the connection is gone. */
  #isDead = false;
  #wake: (() => void) | undefined;

  constructor(connection: StreamCarrier, id: number, headers: SpdyHeaders, windowBytes: number) {
    super({ allowHalfOpen: true, readableHighWaterMark: 256 * 1024 });
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
    this.#windowBytes = windowBytes;
    this.#replied.promise.catch(() => undefined);
    this.on('error', () => undefined); // a reset is learnt from `closed`, `replied` or a pipeline, and must not end the process
  }

  get replied(): Promise<SpdyHeaders> {
    return this.#replied.promise;
  }

  /** Answers the opening of a stream by the peer. */
  accept(headers: SpdyHeaders = {}): void {
    this.#connection.sendReply(this.id, headers);
  }

  reset(status: number = ResetStatus.cancel): void {
    this.#connection.sendControl(FrameType.rstStream, words(this.id, status));
    this.#connection.forget(this.id);
    this.destroy();
  }

  override _read(): void {
    if (this.#isFull) {
      this.#isFull = false;
      this.#connection.countFull(-1);
    }
    if (this.#unacknowledgedBytes > 0 && this.#connection.hasFlowControl) {
      this.#connection.sendControl(FrameType.windowUpdate, words(this.id, this.#unacknowledgedBytes));
      this.#unacknowledgedBytes = 0;
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    void settle(this.#send(chunk), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#isDead) callback();
    else void settle(this.#connection.sendData(this.id, Buffer.alloc(0), true), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#isFull) this.#connection.countFull(-1);
    this.#isFull = false;
    const hasEnded = this.writableFinished && this.readableEnded;
    if (!hasEnded && error && !this.#isDead) this.#connection.sendControl(FrameType.rstStream, words(this.id, ResetStatus.cancel));
    this.#connection.forget(this.id);
    this.#replied.reject(error ?? new SpdyError('the stream was closed'));
    this.#wake?.();
    callback(error);
  }

  async #send(chunk: Buffer): Promise<void> {
    for (let offset = 0; offset < chunk.length; ) {
      while (this.#connection.hasFlowControl && this.#windowBytes <= 0 && !this.destroyed && !this.#isDead) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
      if (this.#isDead) throw new SpdyError('the peer does not read this stream any more');
      if (this.destroyed) return;
      const most = this.#connection.hasFlowControl ? Math.min(CHUNK_BYTES, this.#windowBytes) : CHUNK_BYTES;
      const part = chunk.subarray(offset, offset + most);
      offset += part.length;
      this.#windowBytes -= part.length;
      await this.#connection.sendData(this.id, part, false);
    }
  }

  /** What the connection reports of the peer. */
  peerReplied(headers: SpdyHeaders): void {
    this.#replied.resolve(headers);
  }

  peerSent(data: Buffer): void {
    if (this.destroyed || this.#hasPeerEnded) return;
    this.#unacknowledgedBytes += data.length;
    if (!this.push(data) && !this.#isFull) {
      this.#isFull = true;
      this.#connection.countFull(1);
    }
  }

  peerEnded(): void {
    if (this.destroyed || this.#hasPeerEnded) return;
    this.#hasPeerEnded = true;
    this.push(null);
  }

  /** A peer resets what it no longer wants; what it had sent before stays readable. */
  peerReset(status: number): void {
    this.#connection.forget(this.id);
    this.#die(new SpdyError(`the peer reset the stream (${status})`));
  }

  widen(bytes: number): void {
    this.#windowBytes += bytes;
    if (this.#windowBytes > 0) this.#wake?.();
  }

  connectionLost(error: Error): void {
    this.#die(error);
  }

  #die(error: Error): void {
    this.#isDead = true;
    this.#replied.reject(error);
    this.#wake?.();
    if (this.destroyed) return;
    this.peerEnded();
    this.end();
  }
}
