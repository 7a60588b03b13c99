import { badRequest } from '../../../apimachinery/status.ts';
import type { IncomingHeaders } from '../../http/exchange.ts';

const EXTRA_PREFIX = 'impersonate-extra-';

/** Whom a request wants to be, as its headers say. */
export interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/** Whether a request may want to be somebody else: whether `wantedOf` is worth asking. */
export function isImpersonating(headers: IncomingHeaders): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true;
  return false;
}

function valuesOf(headers: IncomingHeaders, name: string): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : [...value];
}

/** Undefined without `Impersonate-*` headers. Throws StatusError 400 for headers without a user. */
export function wantedOf(headers: IncomingHeaders): Wanted | undefined {
  const extra = new Map<string, readonly string[]>();
  for (const header of Object.keys(headers)) {
    if (header.startsWith(EXTRA_PREFIX)) extra.set(unescaped(header.slice(EXTRA_PREFIX.length)), valuesOf(headers, header));
  }
  const [name = ''] = valuesOf(headers, 'impersonate-user');
  const [uid = ''] = valuesOf(headers, 'impersonate-uid');
  const groups = valuesOf(headers, 'impersonate-group');
  if (name === '' && uid === '' && groups.length === 0 && extra.size === 0) return undefined;
  const wanted = { name, uid, groups, extra };
  if (name === '') throw badRequest(`requested ${goText(wanted)} without impersonating a user name`);
  return wanted;
}

/** Keys are escaped as in URLs, for header names hold few characters; a key that is no such escape is taken as it is. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch (error) {
    if (error instanceof URIError) return key;
    throw error;
  }
}

/** As Go's `%#v` prints a user in the message. */
function goText({ name, uid, groups, extra }: Wanted): string {
  const list = (values: readonly string[]): string => (values.length === 0 ? '[]string(nil)' : `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`);
  const entries = [...extra].map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const map = entries.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${entries.join(', ')}}`;
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${list(groups)}, Extra:${map}}`;
}
