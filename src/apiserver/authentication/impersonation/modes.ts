import { isDns1123Label, isDns1123Subdomain, subdomainName } from '../../../apimachinery/validation/names.ts';
import type { UserInfo } from '../authenticator.ts';
import type { Wanted } from './headers.ts';

/** A way to be somebody else that is granted by itself. Source: KEP-5284, constrained impersonation. */
export interface ImpersonationMode {
  /** As in the verbs `impersonate:<name>` and `impersonate-on:<name>:<verb>`; empty: the old way, which is granted by `impersonate` for whatever is done. */
  readonly name: string;
  appliesTo(wanted: Wanted, requestor: UserInfo): boolean;
}

const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';
const NODE_PREFIX = 'system:node:';
const NODE_NAME = 'authentication.kubernetes.io/node-name';

export function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  const [namespace, account, more] = name.startsWith(SERVICE_ACCOUNT_PREFIX) ? name.slice(SERVICE_ACCOUNT_PREFIX.length).split(':') : [];
  if (namespace === undefined || account === undefined || more !== undefined) return undefined;
  return isDns1123Label(namespace).length === 0 && isDns1123Subdomain(account).length === 0 ? { namespace, name: account } : undefined;
}

/** The node whose user name this is. */
export function nodeNameOf(name: string): string | undefined {
  if (!name.startsWith(NODE_PREFIX)) return undefined;
  const node = name.slice(NODE_PREFIX.length);
  return subdomainName(node, false).length === 0 ? node : undefined;
}

function isNameAlone({ uid, groups, extra }: Wanted): boolean {
  return uid === '' && groups.length === 0 && extra.size === 0;
}

/** A service account whose token says that its pod runs on the node. */
export function isOnNode(requestor: UserInfo, node: string): boolean {
  const names = requestor.extra?.[NODE_NAME] ?? [];
  return serviceAccountOf(requestor.name) !== undefined && names.length === 1 && names[0] === node;
}

export const ASSOCIATED_NODE = 'associated-node';

/** The narrow ones first. */
export const CONSTRAINED_MODES: readonly ImpersonationMode[] = [
  {
    name: ASSOCIATED_NODE,
    appliesTo: (wanted, requestor) => {
      const node = nodeNameOf(wanted.name);
      return node !== undefined && isNameAlone(wanted) && isOnNode(requestor, node);
    },
  },
  { name: 'arbitrary-node', appliesTo: (wanted) => isNameAlone(wanted) && nodeNameOf(wanted.name) !== undefined },
  { name: 'serviceaccount', appliesTo: (wanted) => isNameAlone(wanted) && serviceAccountOf(wanted.name) !== undefined },
  { name: 'user-info', appliesTo: ({ name }) => nodeNameOf(name) === undefined && serviceAccountOf(name) === undefined },
];

export const LEGACY_MODE: ImpersonationMode = { name: '', appliesTo: () => true };
