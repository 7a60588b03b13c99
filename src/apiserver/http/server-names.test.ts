import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueCredentials, newAuthority } from '../../pki/index.ts';
import { type NamedCertificate, ServerNames } from './server-names.ts';

const validity = { notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2036, 0, 1) };
const authority = newAuthority({ commonName: 'ca', ...validity });

function certificate(commonName: string, dnsNames: string[], patterns: string[] = []): NamedCertificate {
  const { certificatePem: cert, keyPem: key } = issueCredentials(authority, { subject: { commonName }, names: { dnsNames, ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
  return { cert, key, patterns };
}

const names = new ServerNames([
  { certificate: certificate('own.example.com', ['*.example.com', 'given.example.com']), shown: 'by its own names' },
  { certificate: certificate('second', ['own.example.com']), shown: 'second' },
  { certificate: certificate('x', ['unused.example.org'], ['given.example.com', '*.example.org']), shown: 'by names that were given' },
]);

for (const { asked, shown } of [
  { asked: 'own.example.com', shown: 'by its own names' },
  { asked: 'OWN.example.com.', shown: 'by its own names' },
  { asked: 'other.example.com', shown: 'by its own names' },
  { asked: 'given.example.com', shown: 'by names that were given' },
  { asked: 'any.example.org', shown: 'by names that were given' },
  { asked: 'two.labels.example.org', shown: undefined },
  { asked: 'second', shown: 'second' },
  { asked: '127.0.0.1', shown: undefined },
]) test(`${asked} is shown ${shown ?? 'the certificate for all others'}`, () => assert.equal(names.find(asked), shown));
