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
      if (identity instanceof Promise) return authenticateLater(identity, isRefused, onRefusal, (refused) => authenticateInTurn(authenticators.slice(i + 1), credentials, onRefusal, refused));
      if (identity) return { identity, isRefused };
    } catch (error) {
      onRefusal(error);
      isRefused = true;
    }
  }
  return { identity: undefined, isRefused };
}

async function authenticateLater(
  pending: Promise<Identity | undefined>, wasRefused: boolean, onRefusal: (error: unknown) => void, next: (isRefused: boolean) => Authenticated | Promise<Authenticated>,
): Promise<Authenticated> {
  let identity: Identity | undefined;
  try {
    identity = await pending;
  } catch (error) {
    onRefusal(error);
    return next(true);
  }
  return identity ? { identity, isRefused: wasRefused } : next(wasRefused);
}
