import type { Authorizer } from '../authorization/authorizer.ts';
import type { UserInfo } from '../authentication/authenticator.ts';

/**
 * Whether `user` may do `verb` (`approve`, `sign`, `attest`) for a signer: that signer itself, or all of its domain, as `example.com/*`.
 * Source: "Certificates and Certificate Signing Requests", Authorization.
 */
export async function maySign(authorizer: Authorizer, user: UserInfo, verb: string, signerName: string): Promise<boolean> {
  const domain = signerName.split('/')[0] ?? '';
  for (const name of [signerName, `${domain}/*`]) {
    const attributes = { user, verb, name, apiGroup: 'certificates.k8s.io', apiVersion: '*', resource: 'signers', subresource: '', namespace: '', path: '', isResourceRequest: true };
    const { decision } = await authorizer.authorize(attributes);
    if (decision === 'allow') return true;
  }
  return false;
}
