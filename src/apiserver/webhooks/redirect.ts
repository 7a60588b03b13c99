import { goQuote } from '../../apimachinery/go-quote.ts';

/** A request as redirects change it. */
export interface Sent {
  readonly url: URL;
  readonly method: 'POST' | 'GET';
}

const MAX_FOLLOWED = 10;
const TURNED_TO_GET: ReadonlySet<number> = new Set([301, 302, 303]);
const KEPT: ReadonlySet<number> = new Set([307, 308]);

/**
 * Where an answer sends the request; undefined: nowhere, the answer is one; a text: why it goes no further. `followed`: how often it was sent on before. Never to
 * anything but https. Source: Go net/http, Client.Do, which client-go leaves as it is.
 */
export function redirected({ url, method }: Sent, { status, location }: { readonly status: number; readonly location: string }, followed: number): Sent | string | undefined {
  if (!(TURNED_TO_GET.has(status) || KEPT.has(status)) || location === '') return undefined;
  if (!URL.canParse(location, url)) return `failed to parse Location header ${goQuote(location)}`;
  if (followed + 1 >= MAX_FOLLOWED) return `stopped after ${MAX_FOLLOWED} redirects`;
  const next = new URL(location, url);
  if (next.protocol !== 'https:') return `unsupported protocol scheme ${goQuote(next.protocol.slice(0, -1))}`;
  return { url: next, method: KEPT.has(status) ? method : 'GET' };
}
