/** Source: apiserver pkg/apis/apiserver/validation, validateIssuer. */
import { X509Certificate } from 'node:crypto';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { RawIssuer } from './raw-configuration.ts';

const EGRESS = ['controlplane', 'cluster'];

/** `disallowed`: issuers whose tokens the server knows by other means: its own. */
export function validateIssuer({ url = '', discoveryURL = '', audiences = [], audienceMatchPolicy = '', certificateAuthority = '', egressSelectorType = '' }: NonNullable<RawIssuer['issuer']>, path: FieldPath, errors: FieldErrors, disallowed: readonly string[]): void {
  if (url === '') errors.required(path.child('url'));
  else validateURL(url, path.child('url'), errors, disallowed);
  if (discoveryURL !== '') {
    const at = path.child('discoveryURL');
    if (url !== '' && url.replace(/\/+$/, '') === discoveryURL.replace(/\/+$/, '')) errors.invalid(at, discoveryURL, 'discoveryURL must be different from URL');
    validateURL(discoveryURL, at, errors, []);
  }
  validateAudiences(audiences, audienceMatchPolicy, path, errors);
  if (certificateAuthority !== '' && !holdsCertificates(certificateAuthority)) errors.invalid(path.child('certificateAuthority'), '<omitted>', 'data does not contain any valid RSA or ECDSA certificates');
  if (egressSelectorType !== '' && !EGRESS.includes(egressSelectorType)) errors.invalid(path.child('egressSelectorType'), egressSelectorType, 'egress selector must be either controlplane or cluster');
}

function validateURL(text: string, path: FieldPath, errors: FieldErrors, disallowed: readonly string[]): void {
  if (disallowed.includes(text)) errors.invalid(path, text, `URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? '';
  if (scheme.toLowerCase() !== 'https') errors.invalid(path, text, 'URL scheme must be https');
  const [before = '', fragment = ''] = text.split('#');
  const [place = '', query = ''] = before.split('?');
  if (/^[^/]*\/\/[^/]*@/.test(place)) errors.invalid(path, text, 'URL must not contain a username or password');
  if (query !== '') errors.invalid(path, text, 'URL must not contain a query');
  if (fragment !== '') errors.invalid(path, text, 'URL must not contain a fragment');
}

function validateAudiences(audiences: readonly string[], policy: string, path: FieldPath, errors: FieldErrors): void {
  const at = path.child('audiences');
  if (audiences.length === 0) {
    errors.required(at, `at least one ${at.toString()} is required`);
    return;
  }
  audiences.forEach((audience, i) => {
    if (audience === '') errors.required(at.index(i));
    if (audiences.indexOf(audience) < i) errors.duplicate(at.index(i), audience);
  });
  if (policy === 'MatchAny') return;
  if (audiences.length > 1) errors.invalid(path.child('audienceMatchPolicy'), policy, 'audienceMatchPolicy must be MatchAny for multiple audiences');
  else if (policy !== '') errors.invalid(path.child('audienceMatchPolicy'), policy, 'audienceMatchPolicy must be empty or MatchAny for single audience');
}

function holdsCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}
