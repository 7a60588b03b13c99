import type { Credentials } from './authenticator.ts';

/** How the maker of a request that nobody knows tried to prove who he is, by the names that audit has for it. Source: apiserver pkg/endpoints/filters/authn_audit.go. */
export function attemptedMethods({ headers, peerCertificates }: Credentials, accessToken: string | undefined): string[] {
  const { authorization = '' } = headers;
  const [scheme = '', value] = (typeof authorization === 'string' ? authorization : (authorization[0] ?? '')).trim().split(' ');
  return [
    ...(scheme.toLowerCase() === 'basic' && isPair(value ?? '') ? ['basic'] : []),
    ...(scheme.toLowerCase() === 'bearer' && value !== undefined ? ['bearer'] : []),
    ...((accessToken ?? '').trim() === '' ? [] : ['access_token']),
    ...(peerCertificates.length > 0 ? ['x509'] : []),
  ];
}

/** Whether this is `name:password` in base64. */
function isPair(encoded: string): boolean {
  return Buffer.from(encoded, 'base64').toString('latin1').includes(':');
}
