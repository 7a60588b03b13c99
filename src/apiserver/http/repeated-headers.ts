import type { IncomingHeaders } from './exchange.ts';

/** Lists by what HTTP says of them: sent twice they are one longer list. */
const LISTS: ReadonlySet<string> = new Set([
  'accept', 'accept-encoding', 'accept-language', 'cache-control', 'connection', 'cookie', 'forwarded', 'sec-websocket-extensions', 'sec-websocket-protocol', 'te', 'upgrade', 'via', 'x-forwarded-for',
]);

/**
 * The headers of a request, with an array for each that was sent more than once: Node joins them with commas, and who is told by them (`Impersonate-Group`, `X-Remote-Group`) may have commas in his name,
 * which must not make two of him. `raw`: names and values in turns, as received.
 */
export function withRepeated(headers: IncomingHeaders, raw: readonly string[]): IncomingHeaders {
  let count = 0;
  for (const _ in headers) count++;
  if (count * 2 === raw.length) return headers; // each once, as nearly always
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    const known = values.get(name);
    if (known) known.push(raw[at + 1] as string);
    else values.set(name, [raw[at + 1] as string]);
  }
  const separated: Record<string, string | readonly string[] | undefined> = Object.assign(Object.create(null), headers);
  for (const [name, all] of values) {
    // Of those that may come once only, Node has kept the first.
    if (all.length > 1 && !LISTS.has(name) && headers[name] === all.join(', ')) separated[name] = all;
  }
  return separated;
}
