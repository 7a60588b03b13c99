export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n');

const NEW_LINE = '\r\n';
/** Of the line that tells a chunk's size: eight digits and its end. */
const SIZE_ROOM = 10;

/** Of bytes that were made with room around them: the chunk that holds them. */
const chunks = new WeakMap<Uint8Array, Buffer>();

/** Memory for so many bytes with room around it, so that they are a chunk without being copied once more: for what goes to many clients. */
export function chunkable(length: number): Buffer {
  const all = Buffer.allocUnsafe(SIZE_ROOM + length + NEW_LINE.length);
  const line = `${length.toString(16)}${NEW_LINE}`;
  const start = SIZE_ROOM - line.length;
  all.write(line, start, 'latin1');
  all.write(NEW_LINE, SIZE_ROOM + length, 'latin1');
  const bytes = all.subarray(SIZE_ROOM, SIZE_ROOM + length);
  chunks.set(bytes, all.subarray(start));
  return bytes;
}

let last: Uint8Array | undefined;
let lastFramed: Buffer = LAST_CHUNK;

/** Bytes as a chunk of `Transfer-Encoding: chunked`. Watchers of the same events get the same bytes one after the other: they are framed once. */
export function framed(bytes: Uint8Array): Buffer {
  const known = chunks.get(bytes);
  if (known) return known;
  if (bytes === last) return lastFramed;
  const chunk = chunkable(bytes.length);
  chunk.set(bytes);
  last = bytes;
  lastFramed = chunks.get(chunk) as Buffer;
  return lastFramed;
}
