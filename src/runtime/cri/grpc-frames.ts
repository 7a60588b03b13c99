const HEADER_BYTES = 5;
/** More than any answer of a runtime; what claims to be larger is no gRPC. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** A message as gRPC sends it: a byte that says it is not compressed, its length, and itself. */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEADER_BYTES);
  return frame;
}

/** Puts messages together again that arrive in pieces. Throws RangeError for what is no message, or compressed, which was not asked for. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** The messages that are complete with this piece. */
  *take(piece: Buffer): Iterable<Buffer> {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes >= HEADER_BYTES) {
      const all = this.#joined();
      const length = all.readUInt32BE(1);
      if (all[0] !== 0 || length > MAX_MESSAGE_BYTES) throw new RangeError('the server sent what is no plain gRPC message');
      if (all.length < HEADER_BYTES + length) return;
      const rest = all.subarray(HEADER_BYTES + length);
      this.#pieces = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
      yield all.subarray(HEADER_BYTES, HEADER_BYTES + length);
    }
  }

  #joined(): Buffer {
    const [first = Buffer.alloc(0)] = this.#pieces;
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? first;
  }
}
