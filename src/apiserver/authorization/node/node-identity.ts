import type { UserInfo } from '../../authentication/authenticator.ts';

const USER_PREFIX = 'system:node:';
const GROUP = 'system:nodes';

/** The node that a user is; undefined for who is none, empty for a node without a name. */
export function nodeOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(USER_PREFIX) || !user.groups.includes(GROUP)) return undefined;
  return user.name.slice(USER_PREFIX.length);
}
