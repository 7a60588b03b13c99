import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CertificateSigningRequest, CertificateSigningRequestStatus } from '../generated/certificates-v1.ts';
import { approvalStrategy, statusStrategy } from './conditions.ts';

const approved = { type: 'Approved', status: 'True', lastUpdateTime: '2020-01-01T00:00:00Z', lastTransitionTime: '2020-01-01T00:00:00Z' };
const denied = { ...approved, type: 'Denied' };
const pem = (label: string): string => Buffer.from(`-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`).toString('base64');

function csr(status: CertificateSigningRequestStatus): CertificateSigningRequest {
  return { metadata: { name: 'a' }, spec: { request: '', signerName: 'a.b/c' }, status } as CertificateSigningRequest;
}

const CASES: readonly { name: string; strategy: typeof statusStrategy; old?: CertificateSigningRequestStatus; now: CertificateSigningRequestStatus; expected: readonly string[] }[] = [
  { name: 'an approval', strategy: approvalStrategy, now: { conditions: [approved] }, expected: [] },
  { name: 'both decisions', strategy: approvalStrategy, old: { conditions: [approved] }, now: { conditions: [approved, denied] },
    expected: ['status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'] },
  { name: 'a decision taken back', strategy: approvalStrategy, old: { conditions: [approved] }, now: {}, expected: ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'] },
  { name: 'an approval that is not True', strategy: approvalStrategy, now: { conditions: [{ ...approved, status: 'False' }] },
    expected: ['status.conditions[0].status: Unsupported value: "False": supported values: "True"'] },
  { name: 'a condition twice', strategy: approvalStrategy, now: { conditions: [approved, approved] }, expected: ['status.conditions[1].type: Duplicate value: "Approved"'] },
  { name: 'an approval by a signer', strategy: statusStrategy, now: { conditions: [approved] }, expected: ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'] },
  { name: 'no certificate at all', strategy: statusStrategy, now: { certificate: 'eA==' }, expected: ['status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block'] },
  { name: 'a key as a certificate', strategy: statusStrategy, now: { certificate: pem('PRIVATE KEY') }, expected: ['status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "PRIVATE KEY"'] },
];

for (const { name, strategy, old = {}, now, expected } of CASES) {
  test(name, () => {
    const errors = new FieldErrors();
    strategy.validateUpdate?.(csr(now), csr(old), errors, { group: 'certificates.k8s.io', version: 'v1' });
    assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), expected);
  });
}

test('a signer cannot change what was decided, and times are filled in', () => {
  const context = { nowMs: Date.parse('2026-01-01T00:00:00Z') } as Parameters<NonNullable<typeof statusStrategy.prepareForUpdate>>[2];
  const now = csr({ conditions: [{ ...approved, reason: 'changed' }, { type: 'Failed', status: 'True' }] });
  statusStrategy.prepareForUpdate?.(now, csr({ conditions: [approved] }), context);
  assert.deepEqual(now.status.conditions, [approved, { type: 'Failed', status: 'True', lastUpdateTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' }]);
});
