import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbacAuthorizer } from './abac.ts';
import type { AuthorizationAttributes } from './authorizer.ts';

const policy = (spec: object): string => JSON.stringify({ apiVersion: 'abac.authorization.kubernetes.io/v1beta1', kind: 'Policy', spec });
const authorizer = new AbacAuthorizer([
  '# comments and blank lines are passed over', '',
  policy({ user: 'alice', namespace: '*', resource: '*', apiGroup: '*' }), policy({ user: 'bob', namespace: 'a', resource: 'pods', readonly: true }),
  policy({ group: 'ops', nonResourcePath: '/metrics*', readonly: true }), policy({ user: '*', nonResourcePath: '/version' }),
].join('\n'));

for (const { name, user, groups = ['system:authenticated'], what, expected } of [
  { name: 'everything', user: 'alice', what: { verb: 'delete', apiGroup: 'apps', resource: 'deployments' }, expected: true },
  { name: 'reads in one namespace', user: 'bob', what: { verb: 'list' }, expected: true },
  { name: 'no writes', user: 'bob', what: { verb: 'create' }, expected: false },
  { name: 'no other namespace', user: 'bob', what: { namespace: 'b' }, expected: false },
  { name: 'a path with a star', user: 'carol', groups: ['ops'], what: { isResourceRequest: false, path: '/metrics/slis' }, expected: true },
  { name: 'whoever is known', user: 'carol', what: { isResourceRequest: false, path: '/version' }, expected: true },
  { name: 'nobody unknown', user: 'system:anonymous', groups: ['system:unauthenticated'], what: { isResourceRequest: false, path: '/version' }, expected: false },
]) test(name, () => {
  const attributes: AuthorizationAttributes = { user: { name: user, groups }, verb: 'get', isResourceRequest: true, namespace: 'a', apiGroup: '', apiVersion: 'v1', resource: 'pods', subresource: '', name: '', path: '', ...what };
  assert.equal(authorizer.authorize(attributes).decision === 'allow', expected);
});

test('a line of another form is refused', () => {
  assert.throws(() => new AbacAuthorizer('{"kind":"Policy"}'), /line 1 must be a Policy/);
  assert.throws(() => new AbacAuthorizer(`\n{`), /^Error: line 2: /);
});
