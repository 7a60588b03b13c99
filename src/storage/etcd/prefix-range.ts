const ZERO = new Uint8Array(1);

/** The keys that begin with `prefix`, or those of them after `after`, as etcd's half-open range of bytes. */
export function prefixRange(prefix: string, after?: string): { key: Uint8Array; rangeEnd: Uint8Array } {
  const start = after !== undefined && after >= prefix ? Buffer.from(`${after}\0`) : Buffer.from(prefix);
  const end = Buffer.from(prefix);
  for (let last = end.length - 1; last >= 0; last--) {
    const byte = end[last] ?? 0;
    if (byte === 0xff) continue;
    end[last] = byte + 1;
    return { key: start.length > 0 ? start : ZERO, rangeEnd: end.subarray(0, last + 1) };
  }
  // One zero byte as the end: everything from the start on.
  return { key: start.length > 0 ? start : ZERO, rangeEnd: ZERO };
}
