export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n');

let last: Uint8Array | undefined;
let lastFramed: Buffer = LAST_CHUNK;

/** Bytes as a chunk of `Transfer-Encoding: chunked`. Watchers of the same events get the same bytes one after the other: they are framed once. */
export function framed(bytes: Uint8Array): Buffer {
  if (bytes === last) return lastFramed;
  const size = bytes.length.toString(16);
  const chunk = Buffer.allocUnsafe(size.length + bytes.length + 4);
  let at = chunk.write(`${size}\r\n`, 0, 'latin1');
  chunk.set(bytes, at);
  at += bytes.length;
  chunk.write('\r\n', at, 'latin1');
  last = bytes;
  lastFramed = chunk;
  return chunk;
}
