import type { Authenticator, Credentials, Identity } from './authenticator.ts';

export interface Authenticated {
  /** Undefined: nobody knows who it is. */
  readonly identity: Identity | undefined;
  /** A credential was wrong. Another one of the request may be good all the same. */
  readonly isRefused: boolean;
}

/** Asks one authenticator after the other until one knows who it is. A promise only when one of them has to look further. `onRefusal` is told why a credential was wrong. */
export function authenticateInTurn(authenticators: readonly Authenticator[], credentials: Credentials, onRefusal: (error: unknown) => void, wasRefused = false): Authenticated | Promise<Authenticated> {
  let isRefused = wasRefused;
  for (let i = 0; i < authenticators.length; i++) {
    try {
      const identity = authenticators[i]?.authenticate(credentials);
      if (identity instanceof Promise) return authenticateLater(identity, authenticators.slice(i + 1), credentials, onRefusal, isRefused);
      if (identity) return { identity, isRefused };
    } catch (error) {
      onRefusal(error);
      isRefused = true;
    }
  }
  return { identity: undefined, isRefused };
}

async function authenticateLater(pending: Promise<Identity | undefined>, ...[rest, credentials, onRefusal, wasRefused]: Parameters<typeof authenticateInTurn>): Promise<Authenticated> {
  let identity: Identity | undefined;
  try {
    identity = await pending;
  } catch (error) {
    onRefusal(error);
    return authenticateInTurn(rest, credentials, onRefusal, true);
  }
  return identity ? { identity, isRefused: wasRefused ?? false } : authenticateInTurn(rest, credentials, onRefusal, wasRefused);
}
