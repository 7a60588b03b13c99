import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { compileExpression } from '../../cel/expression.ts';
import type { Transport, TransportRequest } from '../../client/transport.ts';
import type { AuthorizationAttributes } from './authorizer.ts';
import { WebhookAuthorizer, type WebhookAuthorizerOptions } from './webhook.ts';

const request: AuthorizationAttributes = {
  user: { name: 'jane', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } }, verb: 'list', isResourceRequest: true, namespace: 'ns', apiGroup: 'apps', apiVersion: 'v1', resource: 'deployments', subresource: '', name: '', path: '',
  labelSelector: 'a=b,c,d notin (f,e),!g,h>1', fieldSelector: 'metadata.name=n,spec.x!=y',
};

function make(answer: () => { status: number; body: object }, more: Partial<WebhookAuthorizerOptions> = {}): { authorizer: WebhookAuthorizer; clock: VirtualClock; asked: unknown[] } {
  const clock = new VirtualClock();
  const asked: unknown[] = [];
  const transport: Transport = {
    send: async ({ body }: TransportRequest) => {
      asked.push(body);
      return { headers: {}, ...answer() };
    },
    watch: () => Promise.reject(new Error('no watch')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { authorizer: new WebhookAuthorizer({ transport, version: 'v1', authorizedMs: 1000, unauthorizedMs: 100, onFailure: 'NoOpinion', matchConditions: [], clock, logger: silentLogger, ...more }), clock, asked };
}

test('the webhook is told what is asked, and its answer is remembered', async () => {
  const { authorizer, clock, asked } = make(() => ({ status: 201, body: { status: { allowed: true, reason: 'ok' } } }));
  for (let i = 0; i < 2; i++) assert.deepEqual(await authorizer.authorize(request), { decision: 'allow', reason: 'ok' });
  assert.deepEqual(asked, [{
    kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, status: { allowed: false },
    spec: { resourceAttributes: { namespace: 'ns', verb: 'list', group: 'apps', version: 'v1', resource: 'deployments', fieldSelector: { requirements: [{ key: 'metadata.name', operator: 'In', values: ['n'] }, { key: 'spec.x', operator: 'NotIn', values: ['y'] }] }, labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b'] }, { key: 'c', operator: 'Exists' }, { key: 'd', operator: 'NotIn', values: ['e', 'f'] }, { key: 'g', operator: 'DoesNotExist' }] } }, user: 'jane', groups: ['dev'], extra: { scopes: ['a'] }, uid: '7' },
  }]);
  await clock.advance(1001);
  await authorizer.authorize(request);
  assert.equal(asked.length, 2);
});

test('in v1beta1 the groups are told as group', async () => {
  const { authorizer, asked } = make(() => ({ status: 200, body: { status: { allowed: true } } }), { version: 'v1beta1' });
  await authorizer.authorize({ ...request, isResourceRequest: false, verb: 'get', path: '/x', user: { name: 'jane', groups: ['dev'] } });
  assert.deepEqual(asked, [{ kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1beta1', metadata: {}, spec: { nonResourceAttributes: { path: '/x', verb: 'get' }, user: 'jane', group: ['dev'] }, status: { allowed: false } }]);
});

for (const { name, status, expected } of [
  { name: 'denied', status: { allowed: false, denied: true, reason: 'no' }, expected: { decision: 'deny', reason: 'no' } },
  { name: 'no opinion', status: { allowed: false }, expected: { decision: 'no opinion', reason: '' } },
]) test(`the webhook answers: ${name}`, async () => assert.deepEqual(await make(() => ({ status: 200, body: { status } })).authorizer.authorize(request), expected));

for (const { onFailure, expected } of [{ onFailure: 'Deny', expected: 'deny' }, { onFailure: 'NoOpinion', expected: 'no opinion' }] as const) {
  test(`a webhook that fails five times: ${onFailure}`, async () => {
    const { authorizer, clock, asked } = make(() => ({ status: 500, body: {} }), { onFailure });
    const answer = authorizer.authorize(request);
    for (let i = 0; i < 5; i++) await clock.advance(5000);
    assert.equal((await answer).decision, expected);
    assert.equal(asked.length, 5);
  });
}

test('only what the conditions match is asked', async () => {
  const { authorizer, asked } = make(() => ({ status: 200, body: { status: { allowed: true } } }), { matchConditions: [compileExpression("has(request.resourceAttributes) && request.resourceAttributes.namespace == 'other'")] });
  assert.equal((await authorizer.authorize(request)).decision, 'no opinion');
  assert.deepEqual(asked, []);
});
