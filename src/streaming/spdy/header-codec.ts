import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { HEADER_DICTIONARY } from './dictionary.ts';
import { SpdyError } from './frames.ts';

/** Names are lower-case on the wire. */
export type SpdyHeaders = Readonly<Record<string, string>>;

const MAX_HEADER_BYTES = 256 * 1024;
/** Above what a frame's 64 KiB of compressed headers can grow to, so that a write always ends. Node's types do not know that a codec is a stream with options. */
const streamOptions = (): { dictionary: Uint8Array; flush: number; readableHighWaterMark: number } => ({ dictionary: HEADER_DICTIONARY, flush: constants.Z_SYNC_FLUSH, readableHighWaterMark: 128 * 1024 * 1024 });
/** Longest compressed header block taken from a peer. */
export const MAX_HEADER_BLOCK_BYTES = 64 * 1024;

/** One compression state for all header blocks that one end sends: blocks go through in the order of their frames. */
export class HeaderEncoder {
  readonly #deflate: Deflate = createDeflate(streamOptions());

  encode(headers: SpdyHeaders): Promise<Buffer> {
    const parts: Buffer[] = [uint32(Object.keys(headers).length)];
    for (const [name, value] of Object.entries(headers)) parts.push(counted(name.toLowerCase()), counted(value));
    return through(this.#deflate, Buffer.concat(parts));
  }

  close(): void {
    this.#deflate.destroy();
  }
}

export class HeaderDecoder {
  readonly #inflate: Inflate = createInflate(streamOptions());

  async decode(block: Buffer): Promise<SpdyHeaders> {
    const bytes = await through(this.#inflate, block);
    if (bytes.length > MAX_HEADER_BYTES) throw new SpdyError('a header block is too long');
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    let offset = 0;
    const readNumber = (): number => {
      if (offset + 4 > bytes.length) throw new SpdyError('a header block ends early');
      offset += 4;
      return bytes.readUInt32BE(offset - 4);
    };
    const readText = (): string => {
      const length = readNumber();
      if (offset + length > bytes.length) throw new SpdyError('a header block ends early');
      offset += length;
      return bytes.toString('utf8', offset - length, offset);
    };
    for (let count = readNumber(); count > 0; count--) {
      const name = readText().toLowerCase();
      headers[name] = readText();
    }
    return headers;
  }

  close(): void {
    this.#inflate.destroy();
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** Writes `input` and gives what came out of it; the flush makes that everything. */
function through(codec: Deflate | Inflate, input: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const onError = (error: Error): void => reject(new SpdyError('a header block cannot be decompressed', { cause: error }));
  codec.once('error', onError);
  codec.write(input, () => {
    codec.off('error', onError);
    const chunks: Buffer[] = [];
    for (let chunk = codec.read() as Buffer | null; chunk !== null; chunk = codec.read() as Buffer | null) chunks.push(chunk);
    resolve(Buffer.concat(chunks));
  });
  return promise;
}
