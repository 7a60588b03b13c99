/** Clocks of those who get the certificate may be behind. */
const BACKDATE_MS = 5 * 60_000;
/** Of a life as long as this the backdating is a hundredth. */
const LONG_MS = 8 * 3_600_000;

/**
 * From when to when a certificate is valid that is signed now for `lifeMs` milliseconds: one that lives long ends earlier by what it was backdated. Times are milliseconds since 1970.
 * Source: pkg/controller/certificates/authority, PermissiveSigningPolicy.
 */
export function validityOf(nowMs: number, lifeMs: number): { readonly notBefore: number; readonly notAfter: number } {
  return { notBefore: nowMs - BACKDATE_MS, notAfter: nowMs + lifeMs - (lifeMs < LONG_MS ? 0 : BACKDATE_MS) };
}
