import type { Sending } from './stall-watch.ts';

/** A body that is put together as the client takes it: in memory there is never more than a piece. Read once. */
export interface LongBody {
  /** Bytes of the whole. */
  readonly length: number;
  /** Copies what comes next to the beginning of `target`; gives how many bytes, 0 at the end. */
  fill(target: Buffer): number;
}

export type Body = Uint8Array | LongBody;

/** Bodies up to this are sent at once. */
export const PIECE_BYTES: number = 256 * 1024;
const MAX_IDLE_PIECES = 32;
const idlePieces: Buffer[] = [];

/** Memory for a piece; to be given back once it has been sent. */
export function takePiece(): Buffer {
  return idlePieces.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
}

export function givePieceBack(piece: Buffer): void {
  if (idlePieces.length < MAX_IDLE_PIECES) idlePieces.push(piece);
}

export function isLong(body: Body): body is LongBody {
  return !(body instanceof Uint8Array);
}

/** Bytes that are there already, to be sent in pieces. */
export class BytesBody implements LongBody {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  fill(target: Buffer): number {
    const part = this.#bytes.subarray(this.#at, this.#at + target.length);
    target.set(part);
    this.#at += part.length;
    return part.length;
  }
}

/** All of a body, for what needs it whole. */
export function wholeOf(body: Body): Uint8Array {
  if (!isLong(body)) return body;
  const whole = Buffer.allocUnsafe(body.length);
  for (let at = 0; at < whole.length;) {
    const bytes = body.fill(whole.subarray(at));
    if (bytes === 0) throw new Error(`a body of ${body.length} bytes ended after ${at}`);
    at += bytes;
  }
  return whole;
}

/** Writes a body to a stream of Node's as it drains, then ends it; `sending` hears how it goes. */
export function pipeBody(body: LongBody, stream: { write(chunk: Uint8Array, sent: () => void): boolean; end(): void; readonly destroyed: boolean }, sending?: Sending): void {
  const piece = takePiece();
  const more = (): void => {
    const bytes = stream.destroyed ? 0 : body.fill(piece);
    sending?.progress();
    if (bytes > 0) {
      stream.write(piece.subarray(0, bytes), more);
      return;
    }
    sending?.[Symbol.dispose]();
    givePieceBack(piece);
    stream.end();
  };
  more();
}
