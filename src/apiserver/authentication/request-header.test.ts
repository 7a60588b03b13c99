import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { SystemClock } from '../../base/clock.ts';
import { issueCredentials, newAuthority } from '../../pki/index.ts';
import { RequestHeaderAuthenticator } from './request-header.ts';

const clock = new SystemClock();
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 3_600_000 };
const authority = newAuthority({ commonName: 'front-proxy-ca', ...validity });
const certificate = (commonName: string, issuer = authority): X509Certificate => new X509Certificate(issueCredentials(issuer, { subject: { commonName }, usages: ['client auth'], ...validity }).certificatePem);
const authenticator = new RequestHeaderAuthenticator({
  authorities: () => [authority.certificate], allowedNames: ['proxy'], usernameHeaders: ['X-Remote-User'], uidHeaders: ['X-Remote-Uid'], groupHeaders: ['X-Remote-Group'], extraHeaderPrefixes: ['X-Remote-Extra-'], clock,
});
const headers = { 'x-remote-user': 'jane', 'x-remote-uid': '7', 'x-remote-group': ['a', 'b'], 'x-remote-extra-e.io%2ftenant': 't' };

test('a proxy with the right certificate says who the user is', () => {
  assert.deepEqual(authenticator.authenticate({ headers, peerCertificates: [certificate('proxy')] }), { user: { name: 'jane', uid: '7', groups: ['a', 'b'], extra: { 'e.io/tenant': ['t'] } } });
});

test('names and groups that are empty do not count', () => {
  assert.deepEqual(authenticator.authenticate({ headers: { 'x-remote-user': 'jane', 'x-remote-uid': '', 'x-remote-group': ['a', '', 'b'] }, peerCertificates: [certificate('proxy')] }), { user: { name: 'jane', groups: ['a', 'b'] } });
  assert.equal(authenticator.authenticate({ headers: { 'x-remote-user': '' }, peerCertificates: [certificate('proxy')] }), undefined);
});

test('others are not believed', () => {
  const other = newAuthority({ commonName: 'other', ...validity });
  assert.equal(authenticator.authenticate({ headers, peerCertificates: [] }), undefined);
  assert.equal(authenticator.authenticate({ headers, peerCertificates: [certificate('proxy', other)] }), undefined);
  assert.equal(authenticator.authenticate({ headers: {}, peerCertificates: [certificate('proxy')] }), undefined);
  assert.throws(() => authenticator.authenticate({ headers, peerCertificates: [certificate('somebody')] }), { reason: 'Unauthorized' });
});
