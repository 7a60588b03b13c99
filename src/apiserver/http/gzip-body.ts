import { constants, crc32, deflateRaw } from 'node:zlib';
import { givePieceBack, type LongBody, PIECE_BYTES, takePiece } from './long-body.ts';

/** Gzip's mark, deflate, no flags, no time, made for speed, on Unix. Source: RFC 1952. */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]);
/** An empty last block. Source: RFC 1951. */
const LAST_BLOCK = Buffer.from([0x03, 0x00]);
/** What deflate may add to bytes that cannot be made shorter, and the head and the end of the whole: more than enough. */
const ROOM_BYTES = 1024;

/** A body made shorter piece by piece, in threads of their own: each piece is some blocks of one stream, so that any client can read it. */
export class GzipBody implements LongBody {
  readonly length = undefined;
  readonly #body: LongBody;
  #state: 'start' | 'middle' | 'end' = 'start';
  #sum = 0;
  #bytes = 0;
  readonly #piece: Buffer = takePiece();

  constructor(body: LongBody) {
    this.#body = body;
  }

  async fill(target: Buffer): Promise<number> {
    if (this.#state === 'end') return 0;
    let at = 0;
    if (this.#state === 'start') at = HEAD.copy(target);
    this.#state = 'middle';
    const read = await this.#body.fill(this.#piece.subarray(0, Math.min(target.length, PIECE_BYTES) - ROOM_BYTES));
    return at + (read > 0 ? await this.#deflate(this.#piece.subarray(0, read), target, at) : this.#end(target, at));
  }

  async #deflate(piece: Buffer, target: Buffer, at: number): Promise<number> {
    this.#sum = crc32(piece, this.#sum);
    this.#bytes += piece.length;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    deflateRaw(piece, { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH }, (error, blocks) => (error ? reject(error) : resolve(blocks)));
    return (await promise).copy(target, at);
  }

  #end(target: Buffer, at: number): number {
    this.#state = 'end';
    givePieceBack(this.#piece);
    let end = at + LAST_BLOCK.copy(target, at);
    end = target.writeUInt32LE(this.#sum, end);
    end = target.writeUInt32LE(this.#bytes % 2 ** 32, end);
    return end - at;
  }
}
