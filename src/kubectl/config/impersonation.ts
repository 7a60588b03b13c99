import type { Flags } from '../flags.ts';

/** `Impersonate-*`, one header a value. Keys of extras are escaped as in URLs, for header names hold few characters. */
export function impersonationHeaders(flags: Flags): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (flags.string('as')) headers['impersonate-user'] = flags.string('as');
  if (flags.list('as-group').length > 0) headers['impersonate-group'] = flags.list('as-group');
  if (flags.string('as-uid')) headers['impersonate-uid'] = flags.string('as-uid');
  const extras = Map.groupBy(flags.list('as-user-extra').filter((pair) => pair.includes('=')), (pair) => pair.slice(0, pair.indexOf('=')));
  for (const [key, pairs] of extras) headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = pairs.map((pair) => pair.slice(key.length + 1));
  return headers;
}
