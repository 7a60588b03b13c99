/** The frames of SPDY/3.1: their numbers, and cutting a byte stream into them. Source: SPDY Protocol draft 3.1, section 2.2. */
export const FrameType = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;

export const FLAG_FIN = 0x01;

export const ResetStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5, internalError: 6, flowControlError: 7, streamAlreadyClosed: 9 } as const;

export const SETTING_INITIAL_WINDOW_SIZE = 7;

const VERSION = 3;
const HEADER_BYTES = 8;

/** The peer broke the protocol; the connection cannot go on. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError';
}

export type Frame =
  | { readonly kind: 'data'; readonly streamId: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer };

export function controlFrame(type: number, flags: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame.writeUInt16BE(0x8000 | VERSION, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(((flags & 0xff) << 24) | payload.length, 4);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** The first eight bytes of a DATA frame; the payload is written after them uncopied. */
export function dataHeader(streamId: number, flags: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(streamId & 0x7fffffff, 0);
  header.writeUInt32BE(((flags & 0xff) << 24) | length, 4);
  return header;
}

export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

/** Cuts chunks as they come from a socket into whole frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  *take(chunk: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const second = this.#rest.readUInt32BE(4);
      const length = second & 0xffffff;
      if (this.#rest.length < HEADER_BYTES + length) return;
      const flags = second >>> 24;
      const first = this.#rest.readUInt32BE(0);
      const payload = this.#rest.subarray(HEADER_BYTES, HEADER_BYTES + length);
      this.#rest = this.#rest.subarray(HEADER_BYTES + length);
      if (first >>> 31 === 0) yield { kind: 'data', streamId: first, flags, payload };
      else if (((first >>> 16) & 0x7fff) !== VERSION) throw new SpdyError(`unknown version ${(first >>> 16) & 0x7fff}`);
      else yield { kind: 'control', type: first & 0xffff, flags, payload };
    }
  }
}
