import type { Duplex } from 'node:stream';
import { controlFrame, dataHeader, FLAG_FIN, type Frame, FrameReader, FrameType, ResetStatus, SETTING_INITIAL_WINDOW_SIZE, SpdyError, words } from './frames.ts';
import { HeaderDecoder, HeaderEncoder, MAX_HEADER_BLOCK_BYTES, type SpdyHeaders } from './header-codec.ts';
import { SpdyStream } from './stream.ts';
import type { StreamCarrier } from './stream-carrier.ts';

const DEFAULT_WINDOW_BYTES = 64 * 1024;
/** Streams a peer may hold open at once: 65,535 port-forwarded connections would be an attack. */
const MAX_STREAMS = 4096;

export interface SpdyConnectionOptions {
  readonly role: 'client' | 'server';
  /** What came with the upgrade, after its headers. */
  readonly head?: Buffer;
  /** A stream that the peer opened. It is answered when `accept()` of the stream is called; `reset()` refuses it. */
  readonly onStream?: (stream: SpdyStream) => void;
}

/**
 * One SPDY/3.1 connection over an upgraded socket. Kubernetes' Go implementation neither sends nor obeys windows, so flow control is in force only
 * once the peer has shown that it knows it (SETTINGS with a window, or a WINDOW_UPDATE); towards others a slow reader stops the whole socket.
 */
export class SpdyConnection implements StreamCarrier {
  readonly #socket: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #reader = new FrameReader();
  readonly #encoder = new HeaderEncoder();
  readonly #decoder = new HeaderDecoder();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #closed = Promise.withResolvers<void>();
  #nextStreamId: number;
  #lastPeerStreamId = 0;
  #receiving: Promise<void> = Promise.resolve();
  #sending: Promise<void> = Promise.resolve();
  #full = 0;
  #hasFlowControl = false;
  #peerWindowBytes = DEFAULT_WINDOW_BYTES;
  #isClosed = false;

  constructor(socket: Duplex, options: SpdyConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextStreamId = options.role === 'client' ? 1 : 2;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // What came before the end counts: headers are decompressed asynchronously, and frames wait for them.
    const end = (error?: Error): void => void this.#receiving.then(() => this.destroy(error));
    socket.on('error', end);
    socket.on('close', () => end());
    socket.on('end', () => end());
    if (options.head && options.head.length > 0) this.#receive(options.head);
  }

  /** Settles when the connection has ended, for whatever reason. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get hasFlowControl(): boolean {
    return this.#hasFlowControl;
  }

  /** Opens a stream and waits for the peer's reply. Rejects when the peer refuses it or the connection ends. */
  async open(headers: SpdyHeaders): Promise<SpdyStream> {
    if (this.#isClosed) throw new SpdyError('the connection is closed');
    const id = this.#nextStreamId;
    this.#nextStreamId += 2;
    const stream = new SpdyStream(this, id, headers, this.#peerWindowBytes);
    this.#streams.set(id, stream);
    this.#sendHeaders(FrameType.synStream, words(id, 0, 0).subarray(0, 10), headers);
    await stream.replied;
    return stream;
  }

  /** Says that no more streams come and ends the socket once everything written is out. */
  async close(): Promise<void> {
    if (this.#isClosed) return this.closed;
    this.sendControl(FrameType.goAway, words(this.#lastPeerStreamId, 0));
    await this.#sending;
    this.#socket.end();
    return this.closed;
  }

  destroy(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of this.#streams.values()) stream.connectionLost(error ?? new SpdyError('the connection was closed'));
    this.#streams.clear();
    this.#socket.destroy();
    this.#encoder.close();
    this.#decoder.close();
    this.#closed.resolve();
  }

  /** Used by streams. */
  sendControl(type: number, payload: Uint8Array, flags = 0): void {
    void this.#queue(() => this.#write(controlFrame(type, flags, payload)));
  }

  sendReply(streamId: number, headers: SpdyHeaders): void {
    this.#sendHeaders(FrameType.synReply, words(streamId), headers);
  }

  /** Resolves once the socket took the bytes. */
  sendData(streamId: number, data: Buffer, isLast: boolean): Promise<void> {
    return this.#queue(async () => {
      if (data.length === 0) return this.#write(dataHeader(streamId, isLast ? FLAG_FIN : 0, 0));
      this.#socket.cork();
      void this.#write(dataHeader(streamId, isLast ? FLAG_FIN : 0, data.length));
      const written = this.#write(data);
      this.#socket.uncork();
      return written;
    });
  }

  /** A stream's reader does not keep up (`+1`) or does again (`-1`): without windows only the socket can be stopped. */
  countFull(change: 1 | -1): void {
    this.#full += change;
    if (this.#full > 0 && !this.#hasFlowControl) this.#socket.pause();
    else this.#socket.resume();
  }

  forget(streamId: number): void {
    this.#streams.delete(streamId);
  }

  #sendHeaders(type: number, prefix: Uint8Array, headers: SpdyHeaders): void {
    void this.#queue(async () => {
      const block = await this.#encoder.encode(headers);
      return this.#write(controlFrame(type, 0, Buffer.concat([prefix, block])));
    });
  }

  /** In order: the compression of headers is asynchronous, and a stream's data must not overtake its opening. */
  #queue(send: () => Promise<void>): Promise<void> {
    this.#sending = this.#sending.then(() => (this.#isClosed ? undefined : send())).catch((error: unknown) => this.destroy(error as Error));
    return this.#sending;
  }

  #write(bytes: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.destroyed || this.#socket.writableEnded) resolve();
    else this.#socket.write(bytes, () => resolve());
    return promise;
  }

  #receive(chunk: Buffer): void {
    this.#receiving = this.#receiving
      .then(async () => {
        if (this.#isClosed) return;
        for (const frame of this.#reader.take(chunk)) await this.#handle(frame);
      })
      .catch((error: unknown) => this.destroy(error as Error));
  }

  async #handle(frame: Frame): Promise<void> {
    if (frame.kind === 'data') return this.#handleData(frame.streamId, frame.payload, frame.flags);
    const { type, payload, flags } = frame;
    const id = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
    const second = payload.length >= 8 ? payload.readUInt32BE(4) : 0;
    if (type === FrameType.synStream) return this.#handleSynStream(id, payload, flags);
    if (type === FrameType.synReply || type === FrameType.headers) {
      const headers = await this.#decode(payload.subarray(4));
      const stream = this.#streams.get(id);
      if (type === FrameType.synReply) stream?.peerReplied(headers);
      if (flags & FLAG_FIN) stream?.peerEnded();
    } else if (type === FrameType.rstStream) this.#streams.get(id)?.peerReset(second);
    else if (type === FrameType.ping) this.#handlePing(payload);
    else if (type === FrameType.settings) this.#handleSettings(payload);
    else if (type === FrameType.windowUpdate) {
      this.#hasFlowControl = true;
      this.#streams.get(id)?.widen(second & 0x7fffffff);
    }
  }

  #decode(block: Buffer): Promise<SpdyHeaders> {
    if (block.length > MAX_HEADER_BLOCK_BYTES) throw new SpdyError('a header block is too long');
    return this.#decoder.decode(block);
  }

  async #handleSynStream(id: number, payload: Buffer, flags: number): Promise<void> {
    const headers = await this.#decode(payload.subarray(10));
    const isPeers = id % 2 === (this.#options.role === 'server' ? 1 : 0);
    if (!isPeers || id <= this.#lastPeerStreamId) throw new SpdyError(`stream ${id} cannot be opened`);
    this.#lastPeerStreamId = id;
    if (!this.#options.onStream || this.#streams.size >= MAX_STREAMS) return this.sendControl(FrameType.rstStream, words(id, ResetStatus.refusedStream));
    const stream = new SpdyStream(this, id, headers, this.#peerWindowBytes);
    this.#streams.set(id, stream);
    this.#options.onStream(stream);
    if (flags & FLAG_FIN) stream.peerEnded();
  }

  #handleData(id: number, payload: Buffer, flags: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (payload.length > 0) stream.peerSent(payload);
    if (flags & FLAG_FIN) stream.peerEnded();
  }

  #handlePing(payload: Buffer): void {
    const id = payload.readUInt32BE(0);
    const isPeers = id % 2 === (this.#options.role === 'server' ? 1 : 0);
    if (isPeers) this.sendControl(FrameType.ping, words(id));
  }

  #handleSettings(payload: Buffer): void {
    for (let offset = 4; offset + 8 <= payload.length; offset += 8) {
      if ((payload.readUInt32BE(offset) & 0xffffff) !== SETTING_INITIAL_WINDOW_SIZE) continue;
      const bytes = payload.readUInt32BE(offset + 4);
      for (const stream of this.#streams.values()) stream.widen(bytes - this.#peerWindowBytes);
      this.#peerWindowBytes = bytes;
      this.#hasFlowControl = true;
    }
  }
}
