import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StaticTokenAuthenticator } from './static-tokens.ts';

// The cases of apiserver pkg/authentication/token/tokenfile, tokenfile_test.go.
test('knows the users of a token file', () => {
  const authenticator = new StaticTokenAuthenticator(`
token1,user1,uid1
token3,user3,uid3,"group1,group2"
token4,user4,uid4,"group2"
token5,user5,uid5,group5
token6,user6,uid6,group5,otherdata
token7,user7,uid7,"group1,group2",otherdata
,user8,uid8
`);
  const userOf = (token: string): unknown => authenticator.authenticateToken(token)?.user;
  assert.deepEqual(userOf('token1'), { name: 'user1', uid: 'uid1', groups: [] });
  assert.deepEqual(userOf('token3'), { name: 'user3', uid: 'uid3', groups: ['group1', 'group2'] });
  assert.deepEqual(userOf('token4'), { name: 'user4', uid: 'uid4', groups: ['group2'] });
  assert.deepEqual(userOf('token5'), { name: 'user5', uid: 'uid5', groups: ['group5'] });
  assert.deepEqual(userOf('token6'), { name: 'user6', uid: 'uid6', groups: ['group5'] });
  assert.deepEqual(userOf('token7'), { name: 'user7', uid: 'uid7', groups: ['group1', 'group2'] });
  assert.equal(userOf(''), undefined);
  assert.equal(userOf('token8'), undefined);
});

for (const text of ['token1,user1,uid1\ntoken3,user3', 'token4\n']) {
  test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => new StaticTokenAuthenticator(text), /line \d of the token file/));
}
