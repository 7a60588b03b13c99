import type { X509Certificate } from 'node:crypto';

const LONGEST_CHAIN = 4;

/** Whether a client's certificate leads to one of `authorities`, by way of the intermediate ones that the client has shown. */
export function isTrusted(certificate: X509Certificate, intermediates: readonly X509Certificate[], authorities: readonly X509Certificate[], depth = LONGEST_CHAIN): boolean {
  if (authorities.some((authority) => isSignedBy(certificate, authority))) return true;
  if (depth === 0) return false;
  return intermediates.some((one) => one.ca && isSignedBy(certificate, one) && isTrusted(one, intermediates.filter((other) => other !== one), authorities, depth - 1));
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Whether a certificate may be shown by a client now. */
export function isForClients(certificate: X509Certificate, nowMs: number): boolean {
  return certificate.validFromDate.getTime() <= nowMs && certificate.validToDate.getTime() > nowMs && (certificate.keyUsage?.includes(CLIENT_AUTH) ?? false);
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
