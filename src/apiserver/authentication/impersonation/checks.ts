import { goQuote } from '../../../apimachinery/go-quote.ts';
import { aggregateText, type StatusError } from '../../../apimachinery/status.ts';
import { validateDomainPrefixedPath } from '../../../apimachinery/validation/domain-names.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { AuthorizationAttributes } from '../../authorization/authorizer.ts';
import { denied } from '../../authorization/decide.ts';
import type { UserInfo } from '../authenticator.ts';
import type { Wanted } from './headers.ts';
import { ASSOCIATED_NODE, nodeNameOf, serviceAccountOf, type ImpersonationMode } from './modes.ts';

const AUTHENTICATION_GROUP = 'authentication.k8s.io';
/** From so many groups or values on, one question for all of them comes first. */
const MANY = 4;

/** One thing that the requestor must be allowed: any of `either`, or the first of them is what is told. */
export interface Check {
  readonly either: readonly AuthorizationAttributes[];
}

/**
 * What `requestor` must be allowed to be `wanted` in a mode, in the order in which it is asked. Throws StatusError 403 for what no constrained mode allows.
 * Source: KEP-5284; apiserver pkg/endpoints/filters/impersonation.
 */
export function checksOf(mode: ImpersonationMode, wanted: Wanted, requestor: UserInfo): Check[] {
  const isConstrained = mode.name !== '';
  const user = mode.name === ASSOCIATED_NODE ? withoutExtraValues(requestor) : requestor;
  const base = { user, verb: isConstrained ? `impersonate:${mode.name}` : 'impersonate', isResourceRequest: true, namespace: '', apiVersion: 'v1', subresource: '', path: '' };
  const apiGroup = isConstrained ? AUTHENTICATION_GROUP : '';
  const checks: Check[] = [{ either: [{ ...base, apiGroup, ...nameResource(wanted.name, mode) }] }];
  if (wanted.uid !== '') checks.push({ either: [{ ...base, apiGroup: AUTHENTICATION_GROUP, resource: 'uids', name: wanted.uid }] });
  const groups = { ...base, apiGroup, resource: 'groups' };
  const extras = { ...base, apiGroup: AUTHENTICATION_GROUP, resource: 'userextras' };
  if (isConstrained) refuseOddities(wanted, { groups: { ...groups, name: '' }, extras: { ...extras, name: '' } });
  const allGroups = isConstrained && wanted.groups.length >= MANY ? [{ ...groups, name: '*' }] : [];
  for (const name of wanted.groups) checks.push({ either: [{ ...groups, name }, ...allGroups] });
  const values = [...wanted.extra].flatMap(([subresource, all]) => all.map((name) => ({ ...extras, subresource, name })));
  const allExtras = isConstrained && (values.length >= MANY || wanted.extra.size >= MANY) ? [{ ...extras, subresource: '*', name: '*' }] : [];
  for (const one of values) checks.push({ either: [one, ...allExtras] });
  return checks;
}

/** In a constrained mode, what is done must be granted too. */
export function requestCheck(mode: ImpersonationMode, request: AuthorizationAttributes): AuthorizationAttributes {
  const user = mode.name === ASSOCIATED_NODE ? withoutExtraValues(request.user) : request.user;
  return { ...request, user, verb: `impersonate-on:${mode.name}:${request.verb}` };
}

/** Which node it is must not count for a right that holds on all of them. */
function withoutExtraValues(requestor: UserInfo): UserInfo {
  return { ...requestor, extra: { 'authentication.kubernetes.io/associated-node-keys': Object.keys(requestor.extra ?? {}).sort() } };
}

function nameResource(name: string, mode: ImpersonationMode): { resource: string; name: string; namespace?: string } {
  const account = serviceAccountOf(name);
  if (account) return { resource: 'serviceaccounts', ...account };
  const node = mode.name === '' ? undefined : nodeNameOf(name);
  if (node !== undefined) return { resource: 'nodes', name: mode.name === ASSOCIATED_NODE ? '*' : node };
  return { resource: 'users', name };
}

function refuseOddities(wanted: Wanted, at: { groups: AuthorizationAttributes; extras: AuthorizationAttributes }): void {
  if (wanted.groups.includes('')) throw denied(at.groups, 'impersonating the empty string group is not allowed');
  if (wanted.groups.includes('system:masters')) throw denied({ ...at.groups, name: 'system:masters' }, 'impersonating the system:masters group is not allowed');
  const refuse = (why: string): StatusError => denied(at.extras, why);
  for (const [key, values] of wanted.extra) {
    if (key === '') throw refuse('impersonating the empty string key in extra is not allowed');
    const errors = new FieldErrors();
    validateDomainPrefixedPath(key, FieldPath.of('extra.key'), errors);
    const faults = errors.causes.map(({ field, message }) => `${field}: ${message}`);
    if (faults.length > 0) throw refuse(`impersonating an invalid key in extra is not allowed: ${aggregateText(faults)}`);
    if (key !== key.toLowerCase()) throw refuse(`impersonating a non-lowercase key in extra is not allowed: ${goQuote(key)}`);
    if (values.length === 0) throw refuse('impersonating empty values in extra is not allowed');
    if (values.includes('')) throw refuse('impersonating the empty string value in extra is not allowed');
  }
}
