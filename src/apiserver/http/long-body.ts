import type { Sending } from './stall-watch.ts';

/** A body that is put together as the client takes it: in memory there is never more than a piece. Read once. */
export interface LongBody {
  /** Bytes of the whole; undefined: nobody knows before its end. */
  readonly length: number | undefined;
  /** Copies what comes next to the beginning of `target`; gives how many bytes, 0 at the end. A promise: not to be called again before it has settled. */
  fill(target: Buffer): number | Promise<number>;
}

/** One whose pieces are there when they are asked for. */
export interface ReadyBody extends LongBody {
  readonly length: number;
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
export class BytesBody implements ReadyBody {
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
export function wholeOf(body: ReadyBody): Uint8Array {
  const whole = Buffer.allocUnsafe(body.length);
  for (let at = 0; at < whole.length;) {
    const bytes = body.fill(whole.subarray(at));
    if (bytes === 0) throw new Error(`a body of ${body.length} bytes ended after ${at}`);
    at += bytes;
  }
  return whole;
}

/** Writes a body to a stream of Node's as it drains, then ends it; `sending` hears how it goes. */
export function pipeBody(body: LongBody, stream: { write(chunk: Uint8Array, sent: () => void): boolean; end(): void; destroy(error: Error): unknown; readonly destroyed: boolean }, sending?: Sending): void {
  sendPieces(body, {
    isGone: () => stream.destroyed,
    write: (piece, sent) => {
      sending?.progress();
      stream.write(piece, sent);
    },
    end: (error) => {
      sending?.[Symbol.dispose]();
      if (error) stream.destroy(error);
      else stream.end();
    },
  });
}

export interface PieceTarget {
  isGone(): boolean;
  /** `sent`: to be called once `piece` may be written over. */
  write(piece: Buffer, sent: () => void): void;
  /** `error`: why the body could not be made to its end. */
  end(error?: Error): void;
}

/** Sends a body piece after piece, each once the one before has gone. */
export function sendPieces(body: LongBody, target: PieceTarget): void {
  const piece = takePiece();
  const send = (bytes: number): void => {
    if (bytes > 0 && !target.isGone()) target.write(piece.subarray(0, bytes), more);
    else {
      givePieceBack(piece);
      target.end();
    }
  };
  // Called by a socket that has sent: what is thrown here would end the process.
  const more = (): void => {
    try {
      const bytes = target.isGone() ? 0 : body.fill(piece);
      if (typeof bytes === 'number') send(bytes);
      else bytes.then(send).catch((error: unknown) => target.end(asError(error)));
    } catch (error) {
      target.end(asError(error));
    }
  };
  more();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
