import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { attemptedMethods } from './attempted-methods.ts';

const certificate = {} as X509Certificate;

for (const { name, authorization, token, shown = [], expected } of [
  { name: 'nothing', expected: [] },
  { name: 'a name and a password', authorization: `Basic ${Buffer.from('jane:secret').toString('base64')}`, expected: ['basic'] },
  { name: 'a broken password', authorization: 'Basic x', expected: [] },
  { name: 'a token', authorization: 'bearer abc', expected: ['bearer'] },
  { name: 'no token', authorization: 'Bearer', expected: [] },
  { name: 'a token in the query', token: 'abc', expected: ['access_token'] },
  { name: 'a certificate', shown: [certificate], expected: ['x509'] },
  { name: 'all of it', authorization: 'Bearer a', token: 'b', shown: [certificate], expected: ['bearer', 'access_token', 'x509'] },
] as { name: string; authorization?: string; token?: string; shown?: X509Certificate[]; expected: string[] }[]) test(`attempted: ${name}`, () => {
  assert.deepEqual(attemptedMethods({ headers: { authorization }, peerCertificates: shown }, token), expected);
});
