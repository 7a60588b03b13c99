import { Duplex, Readable, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { settle } from '../settle.ts';

/** Channel 255 of v5: the next byte names a channel on which no more is sent. */
const CLOSE_CHANNEL = 255;

/** Many byte streams over one WebSocket: the first byte of a message (a digit in the base64 variants) is the channel. */
export class WebSocketChannels {
  readonly #socket: WebSocket;
  readonly #isBase64: boolean;
  readonly #readers = new Map<number, ChannelReader>();
  readonly #closed = Promise.withResolvers<void>();
  #full = 0;

  constructor(socket: WebSocket, encoding: 'binary' | 'base64') {
    this.#socket = socket;
    this.#isBase64 = encoding === 'base64';
    socket.on('message', (data) => this.#take(bufferOf(data)));
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      for (const reader of this.#readers.values()) reader.finish();
      this.#closed.resolve();
    });
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Resolves once the socket took the message; also when it is closed, for then nobody reads it. */
  send(channel: number, data: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.readyState !== this.#socket.OPEN) resolve();
    else if (this.#isBase64) this.#socket.send(String(channel) + Buffer.from(data).toString('base64'), () => resolve());
    else this.#socket.send(Buffer.concat([Buffer.of(channel), data]), { binary: true }, () => resolve());
    return promise;
  }

  /** Tells a v5 peer that `channel` has ended. */
  sendClose(channel: number): Promise<void> {
    return this.send(CLOSE_CHANNEL, Buffer.of(channel));
  }

  readable(channel: number): Readable {
    const reader = new ChannelReader((change) => this.#countFull(change));
    this.#readers.set(channel, reader);
    return reader;
  }

  /** `endsWithSignal`: the end of the stream is told to the peer (v5), else it is only known here. */
  writable(channel: number, endsWithSignal = false): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, callback) => void settle(this.send(channel, chunk), callback),
      final: (callback) => void settle(endsWithSignal ? this.sendClose(channel) : Promise.resolve(), callback),
    });
  }

  /** Both directions of a channel as one stream. */
  duplex(channel: number): Duplex {
    const reader = this.readable(channel);
    const duplex = new Duplex({
      read: () => reader.resume(),
      write: (chunk: Buffer, _encoding, callback) => void settle(this.send(channel, chunk), callback),
    });
    reader.on('data', (chunk) => {
      if (!duplex.push(chunk)) reader.pause();
    });
    reader.on('end', () => duplex.push(null));
    return duplex;
  }

  close(): void {
    this.#socket.close(1000);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #take(message: Buffer): void {
    if (message.length === 0) return;
    const first = message[0] ?? 0;
    const channel = this.#isBase64 ? first - 0x30 : first;
    const payload = this.#isBase64 ? Buffer.from(message.toString('latin1', 1), 'base64') : message.subarray(1);
    if (first === CLOSE_CHANNEL) this.#readers.get(payload[0] ?? CLOSE_CHANNEL)?.finish();
    else if (payload.length > 0) this.#readers.get(channel)?.receive(payload);
  }

  /** One reader that does not keep up stops the socket: the channels have no windows of their own. */
  #countFull(change: 1 | -1): void {
    this.#full += change;
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    if (this.#full > 0) this.#socket.pause();
    else this.#socket.resume();
  }
}

class ChannelReader extends Readable {
  readonly #countFull: (change: 1 | -1) => void;
  #isFull = false;
  #hasEnded = false;

  constructor(countFull: (change: 1 | -1) => void) {
    super({ highWaterMark: 256 * 1024 });
    this.#countFull = countFull;
  }

  receive(data: Buffer): void {
    if (this.#hasEnded || this.destroyed) return;
    if (!this.push(data) && !this.#isFull) {
      this.#isFull = true;
      this.#countFull(1);
    }
  }

  finish(): void {
    if (this.#hasEnded || this.destroyed) return;
    this.#hasEnded = true;
    this.push(null);
  }

  override _read(): void {
    this.#unfill();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#unfill();
    callback(error);
  }

  #unfill(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#countFull(-1);
  }
}

export function bufferOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
