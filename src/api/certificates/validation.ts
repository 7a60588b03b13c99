/** Source: pkg/apis/certificates/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { CertificateSigningRequest } from '../generated/certificates-v1.ts';
import { addInvalid } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MIN_SECONDS = 600;
const MAX_SIGNER_NAME = 571;
const USAGES = new Set([
  'signing', 'digital signature', 'content commitment', 'key encipherment', 'key agreement', 'data encipherment', 'cert sign', 'crl sign', 'encipher only', 'decipher only', 'any',
  'server auth', 'client auth', 'code signing', 'email protection', 's/mime', 'ipsec end system', 'ipsec tunnel', 'ipsec user', 'timestamping', 'ocsp signing', 'microsoft sgc', 'netscape sgc',
]);

function pemFault(request: string): string | undefined {
  const text = Buffer.from(request, 'base64').toString('latin1');
  return /-----BEGIN CERTIFICATE REQUEST-----\r?\n[\sA-Za-z0-9+/=]+-----END CERTIFICATE REQUEST-----/.test(text) ? undefined : 'PEM block type must be CERTIFICATE REQUEST';
}

function validateSignerName(name: string, errors: FieldErrors): void {
  const path = SPEC.child('signerName');
  if (name === '') {
    errors.required(path);
    return;
  }
  const [domain = '', signer = '', ...rest] = name.split('/');
  if (rest.length > 0 || domain === '' || signer === '' || !name.includes('/')) {
    errors.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    return;
  }
  addInvalid(isDns1123Subdomain(domain), domain, path, errors);
  if (!domain.includes('.')) errors.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
  addInvalid(isDns1123Subdomain(signer), signer, path, errors);
  if (name.length > MAX_SIGNER_NAME) errors.tooLong(path, MAX_SIGNER_NAME);
  if (name === 'kubernetes.io/legacy-unknown') errors.invalid(path, name, 'the legacy signerName is not allowed via this API version');
}

export function validateSigningRequest({ spec }: DeepReadonly<CertificateSigningRequest>, errors: FieldErrors): void {
  const fault = pemFault(spec.request);
  if (fault !== undefined) errors.invalid(SPEC.child('request'), spec.request, fault);
  const usages = spec.usages ?? [];
  if (usages.length === 0) errors.required(SPEC.child('usages'));
  usages.forEach((usage, i) => {
    const path = SPEC.child('usages').index(i);
    if (!USAGES.has(usage)) errors.notSupported(path, usage, USAGES);
    if (usages.indexOf(usage) < i) errors.duplicate(path, usage);
  });
  validateSignerName(spec.signerName, errors);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < MIN_SECONDS) errors.invalid(SPEC.child('expirationSeconds'), seconds, 'may not specify a duration less than 600 seconds (10 minutes)');
}
