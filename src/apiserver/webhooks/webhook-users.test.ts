import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialsOf } from './kubeconfig-user.ts';
import { redirected } from './redirect.ts';
import { userFor } from './webhook-users.ts';

const named = (...names: string[]): Parameters<typeof userFor>[0] => ({ users: names.map((name) => ({ name, user: {} })), contexts: [{ name: 'c', context: { cluster: '', user: 'of-context' } }], 'current-context': 'c' });

for (const { target, users, expected } of [
  { target: 'hook.ns.svc:443', users: ['*', 'hook.ns.svc', 'hook.ns.svc:443'], expected: 'hook.ns.svc:443' },
  { target: 'hook.ns.svc:443', users: ['*', '*.ns.svc', 'hook.ns.svc'], expected: 'hook.ns.svc' },
  { target: 'hook.ns.svc:443', users: ['hook.ns.svc', '*.ns.svc:443'], expected: '*.ns.svc:443' },
  { target: 'hook.ns.svc:443', users: ['*', '*.svc'], expected: '*.svc' },
  { target: 'hook.ns.svc:8443', users: ['*', '*.svc', 'hook.ns.svc'], expected: '*' },
  { target: 'a.b.example.com:443', users: ['*.com', '*.example.com', '*.b.example.com'], expected: '*.b.example.com' },
  { target: 'hook.ns.svc:443', users: ['*', 'of-context'], expected: '*' },
  { target: 'hook.ns.svc:443', users: ['other', 'of-context'], expected: 'of-context' },
  { target: 'hook.ns.svc:443', users: ['other'], expected: undefined },
]) test(`${target} is told ${expected ?? 'nobody'} of ${users.join(' ')}`, () => assert.equal(userFor(named(...users), target)?.name, expected));

test('a user is a token, or a name with its password, and whom they stand for', () => {
  assert.deepEqual(credentialsOf({ token: 't', as: 'a', 'as-groups': ['g', 'h'], 'as-user-extra': { 'x/y': ['z'] } }, '/').headers, { authorization: 'Bearer t', 'impersonate-user': 'a', 'impersonate-group': ['g', 'h'], 'impersonate-extra-x%2Fy': ['z'] });
  assert.deepEqual(credentialsOf({ username: 'u', password: 'p' }, '/').headers, { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` });
  assert.throws(() => credentialsOf({ username: 'u', token: 't' }, '/'), RangeError('username/password or bearer token may be set, but not both'));
  assert.throws(() => credentialsOf({ 'client-certificate-data': 'eA==' }, '/'), /needs its key/);
  assert.throws(() => credentialsOf({ tokenFile: 'absent' }, '/nowhere'), /^RangeError: unable to read absent: ENOENT/);
});

const from = { url: new URL('https://a/x?timeout=1s'), method: 'POST' } as const;

for (const { name, answer, followed = 0, expected } of [
  { name: 'a lasting move keeps the method', answer: { status: 308, location: 'https://b/y' }, expected: 'POST https://b/y' },
  { name: 'a passing one too', answer: { status: 307, location: '/y' }, expected: 'POST https://a/y' },
  { name: 'others ask with GET', answer: { status: 302, location: '/y?z' }, expected: 'GET https://a/y?z' },
  { name: 'an answer is none', answer: { status: 200, location: '/y' }, expected: undefined },
  { name: 'nowhere is no way', answer: { status: 302, location: '' }, expected: undefined },
  { name: 'the tenth is one too many', answer: { status: 307, location: '/y' }, followed: 9, expected: 'stopped after 10 redirects' },
  { name: 'what the server shows is not sent in the clear', answer: { status: 307, location: 'http://b/' }, expected: 'unsupported protocol scheme "http"' },
]) test(`redirects: ${name}`, () => {
  const next = redirected(from, answer, followed);
  assert.equal(typeof next === 'object' ? `${next.method} ${next.url.href}` : next, expected);
});
