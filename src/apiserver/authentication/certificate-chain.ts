/** Chains of clients' certificates, by the rules of Go's crypto/x509, Certificate.Verify. */
import type { X509Certificate } from 'node:crypto';

const LONGEST_CHAIN = 4;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';

/**
 * Until when (in milliseconds since 1970) a client's certificate leads to one of `authorities`, by way of the intermediate ones that the client has shown. Undefined when
 * it leads to none, or a certificate on the way does not hold now, or is not for clients.
 */
export function trustedUntil(certificate: X509Certificate, intermediates: readonly X509Certificate[], authorities: readonly X509Certificate[], nowMs: number, depth = LONGEST_CHAIN): number | undefined {
  if (!isForClients(certificate, nowMs)) return undefined;
  const until = certificate.validToDate.getTime();
  if (authorities.some((one) => one.fingerprint256 === certificate.fingerprint256)) return until;
  for (const authority of authorities) if (isForClients(authority, nowMs) && isSignedBy(certificate, authority)) return Math.min(until, authority.validToDate.getTime());
  if (depth === 0) return undefined;
  for (const one of intermediates) {
    if (!one.ca || !isSignedBy(certificate, one)) continue;
    const above = trustedUntil(one, intermediates.filter((other) => other !== one), authorities, nowMs, depth - 1);
    if (above !== undefined) return Math.min(until, above);
  }
  return undefined;
}

/** A certificate that names no usages is for all. */
function isForClients({ validFromDate, validToDate, keyUsage }: X509Certificate, nowMs: number): boolean {
  const isValid = validFromDate.getTime() <= nowMs && validToDate.getTime() >= nowMs;
  return isValid && (keyUsage === undefined || keyUsage.includes(CLIENT_AUTH) || keyUsage.includes(ANY_USAGE));
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
