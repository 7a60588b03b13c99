import { badRequest } from '../../apimachinery/status.ts';
import type { AuthorizationAttributes, Authorizer } from '../authorization/authorizer.ts';
import { denied } from '../authorization/decide.ts';
import type { IncomingHeaders } from '../http/exchange.ts';
import type { UserInfo } from './authenticator.ts';
import { SERVICE_ACCOUNT_GROUP } from './service-accounts/authenticator.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';
const ANONYMOUS = 'system:anonymous';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';

/** Whom a request wants to be, as its headers say. */
interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/**
 * The user that a request is made as: the one that `Impersonate-*` headers name, if `user` may be everything that they say; without such headers `user`.
 * Throws StatusError: 403, or 400 for headers without a user. Source: apiserver pkg/endpoints/filters/impersonation.go.
 */
export async function impersonated(headers: IncomingHeaders, user: UserInfo, authorizer: Authorizer): Promise<UserInfo> {
  const wanted = wantedOf(headers);
  if (!wanted) return user;
  if (wanted.name === '') throw badRequest(`requested ${goText(wanted)} without impersonating a user name`);
  for (const attributes of requestsOf(wanted, user)) {
    const { decision, reason } = await authorizer.authorize(attributes);
    if (decision !== 'allow') throw denied(attributes, reason);
  }
  const { name, uid, extra } = wanted;
  return { name, groups: groupsOf(wanted), ...(uid && { uid }), ...(extra.size > 0 && { extra: Object.fromEntries(extra) }) };
}

function valuesOf(headers: IncomingHeaders, name: string): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? value.split(/, ?/) : [...value];
}

function wantedOf(headers: IncomingHeaders): Wanted | undefined {
  const extra = new Map<string, readonly string[]>();
  for (const header of Object.keys(headers)) {
    if (header.startsWith(EXTRA_PREFIX)) extra.set(unescaped(header.slice(EXTRA_PREFIX.length)), valuesOf(headers, header));
  }
  const [name = ''] = valuesOf(headers, 'impersonate-user');
  const [uid = ''] = valuesOf(headers, 'impersonate-uid');
  const groups = valuesOf(headers, 'impersonate-group');
  return name === '' && uid === '' && groups.length === 0 && extra.size === 0 ? undefined : { name, uid, groups, extra };
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

function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  const [namespace, account, more] = name.startsWith(SERVICE_ACCOUNT_PREFIX) ? name.slice(SERVICE_ACCOUNT_PREFIX.length).split(':') : [];
  return namespace && account && more === undefined ? { namespace, name: account } : undefined;
}

function* requestsOf(wanted: Wanted, user: UserInfo): Iterable<AuthorizationAttributes> {
  const base = { user, verb: 'impersonate', isResourceRequest: true, namespace: '', apiGroup: '', apiVersion: 'v1', subresource: '', path: '' };
  const account = serviceAccountOf(wanted.name);
  if (account) yield { ...base, resource: 'serviceaccounts', ...account };
  else yield { ...base, resource: 'users', name: wanted.name };
  for (const name of wanted.groups) yield { ...base, resource: 'groups', name };
  const authentication = { ...base, apiGroup: 'authentication.k8s.io' };
  for (const [subresource, values] of wanted.extra) for (const name of values) yield { ...authentication, resource: 'userextras', subresource, name };
  if (wanted.uid !== '') yield { ...authentication, resource: 'uids', name: wanted.uid };
}

function groupsOf({ name, groups }: Wanted): string[] {
  const account = serviceAccountOf(name);
  const own = groups.length > 0 || !account ? groups : [SERVICE_ACCOUNT_GROUP, `${SERVICE_ACCOUNT_GROUP}:${account.namespace}`];
  if (name === ANONYMOUS) return own.includes(UNAUTHENTICATED) ? [...own] : [...own, UNAUTHENTICATED];
  return own.includes(AUTHENTICATED) || own.includes(UNAUTHENTICATED) ? [...own] : [...own, AUTHENTICATED];
}

/** As Go's `%#v` prints a user in the message. */
function goText({ name, uid, groups, extra }: Wanted): string {
  const list = (values: readonly string[]): string => (values.length === 0 ? '[]string(nil)' : `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`);
  const entries = [...extra].map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const map = entries.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${entries.join(', ')}}`;
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${list(groups)}, Extra:${map}}`;
}
