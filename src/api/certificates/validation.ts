/** Source: pkg/apis/certificates/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CertificateSigningRequest } from '../generated/certificates-v1.ts';
import { requestFault } from './request-fault.ts';
import { validateSignerName } from './signer-name.ts';

const SPEC = FieldPath.of('spec');
const MIN_SECONDS = 600;
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const USAGES = new Set([
  'signing', 'digital signature', 'content commitment', 'key encipherment', 'key agreement', 'data encipherment', 'cert sign', 'crl sign', 'encipher only', 'decipher only', 'any',
  'server auth', 'client auth', 'code signing', 'email protection', 's/mime', 'ipsec end system', 'ipsec tunnel', 'ipsec user', 'timestamping', 'ocsp signing', 'microsoft sgc', 'netscape sgc',
]);

export function validateSigningRequest({ spec }: DeepReadonly<CertificateSigningRequest>, errors: FieldErrors): void {
  const fault = requestFault(spec.request);
  if (fault !== undefined) errors.invalid(SPEC.child('request'), spec.request, fault);
  const usages = spec.usages ?? [];
  if (usages.length === 0) errors.required(SPEC.child('usages'));
  usages.forEach((usage, i) => {
    if (!USAGES.has(usage)) errors.notSupported(SPEC.child('usages').index(i), usage, USAGES);
  });
  usages.forEach((usage, i) => {
    if (usages.indexOf(usage) < i) errors.duplicate(SPEC.child('usages').index(i), usage);
  });
  const signerPath = SPEC.child('signerName');
  if (spec.signerName === LEGACY_SIGNER) errors.invalid(signerPath, spec.signerName, 'the legacy signerName is not allowed via this API version');
  else validateSignerName(spec.signerName, signerPath, errors);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < MIN_SECONDS) errors.invalid(SPEC.child('expirationSeconds'), seconds, 'may not specify a duration less than 600 seconds (10 minutes)');
}
