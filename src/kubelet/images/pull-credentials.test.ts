import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../../api/generated/core-v1.ts';
import { pullCredentials } from './pull-credentials.ts';

const secret = (auths: Record<string, object>): Secret => ({ metadata: { name: 's', namespace: 'n', uid: 'u' }, data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') } }) as unknown as Secret;
const user = (username: string): object => ({ auth: Buffer.from(`${username}:secret`).toString('base64') });

for (const { name, image, auths, expected } of [
  { name: 'the registry', image: 'registry.test/a/b:1', auths: { 'registry.test': user('one') }, expected: 'one' },
  { name: 'the longest path wins', image: 'registry.test/a/b:1', auths: { 'registry.test': user('one'), 'https://registry.test/v1/': user('two'), 'registry.test/a': user('three') }, expected: 'three' },
  { name: 'a path is matched by whole parts', image: 'registry.test/ab:1', auths: { 'registry.test/a': user('one') }, expected: undefined },
  { name: 'another port is another registry', image: 'registry.test:5000/a:1', auths: { 'registry.test': user('one') }, expected: undefined },
  { name: 'another port is so whatever a star stands for', image: 'registry.test:5000/a:1', auths: { 'registry.*': user('one') }, expected: undefined },
  { name: 'a star stands for one label', image: 'x.registry.test/a:1', auths: { '*.registry.test': user('one') }, expected: 'one' },
  { name: 'a star does not stand for two labels', image: 'x.y.registry.test/a:1', auths: { '*.registry.test': user('one') }, expected: undefined },
  { name: 'images without a registry are those of Docker', image: 'busybox', auths: { 'https://index.docker.io/v1/': user('one') }, expected: 'one' },
]) test(`pull secrets: ${name}`, () => assert.equal(pullCredentials(image, [secret(auths)])[0]?.auth.username, expected));

test('credentials of secrets are tried before those of the node, each with what tells them apart', () => {
  const found = pullCredentials('registry.test/a:1', [secret({ 'registry.test': user('one') }), secret({ 'registry.test/a': { username: 'two', password: 'x' } })], JSON.stringify({ auths: { 'registry.test': user('node') } }));
  assert.deepEqual(found.map(({ auth, secret: from }) => [auth.username, auth.password, from?.name]), [['two', 'x', 's'], ['one', 'secret', 's'], ['node', 'secret', undefined]]);
  assert.notEqual(found[0]?.secret?.credentialHash, found[1]?.secret?.credentialHash);
  assert.deepEqual(pullCredentials('elsewhere.test/a:1', [secret({ 'registry.test': user('one') })], '{'), []);
});
