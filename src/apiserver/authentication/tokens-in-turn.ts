import { unauthorized } from '../../apimachinery/status.ts';
import type { Credentials, Identity, TokenAuthenticator } from './authenticator.ts';

/** Asks one after the other; a token that nobody knows is refused. Most answer at once: a promise is made only for those that do not. */
export function askInTurn(tokens: readonly TokenAuthenticator[], token: string, { audiences, failure }: { audiences: Credentials['audiences']; failure?: unknown }): Identity | Promise<Identity> {
  let why = failure;
  for (let i = 0; i < tokens.length; i++) {
    try {
      const identity = tokens[i]?.authenticateToken(token, audiences);
      if (identity instanceof Promise) return askLater(identity, tokens.slice(i + 1), token, { audiences, failure: why });
      if (identity) return identity;
    } catch (error) {
      // Another one may know it: an issuer that cannot be reached locks nobody else out.
      why ??= error;
    }
  }
  throw why ?? unauthorized();
}

async function askLater(pending: Promise<Identity | undefined>, ...[rest, token, { audiences, failure }]: Parameters<typeof askInTurn>): Promise<Identity> {
  let found: Identity | undefined;
  try {
    found = await pending;
  } catch (error) {
    return askInTurn(rest, token, { audiences, failure: failure ?? error });
  }
  return found ?? askInTurn(rest, token, { audiences, failure });
}
