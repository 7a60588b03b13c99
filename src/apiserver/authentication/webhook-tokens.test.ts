import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { Transport, TransportRequest } from '../../client/transport.ts';
import { WebhookTokenAuthenticator } from './webhook-tokens.ts';

const users: Record<string, object> = {
  good: { authenticated: true, user: { username: 'jane', uid: '7', groups: ['a'] } },
  elsewhere: { authenticated: true, user: { username: 'jane' }, audiences: ['other'] },
  broken: { error: 'out of order' },
};

function make(cacheMs: number, statuses: number[] = []): { authenticator: WebhookTokenAuthenticator; clock: VirtualClock; asked: unknown[] } {
  const clock = new VirtualClock();
  const asked: unknown[] = [];
  const transport: Transport = {
    send: async ({ body }: TransportRequest) => {
      asked.push(body);
      return { status: statuses.shift() ?? 201, headers: {}, body: { status: users[(body as { spec: { token: string } }).spec.token] ?? { authenticated: false } } };
    },
    watch: () => Promise.reject(new Error('no watch')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { authenticator: new WebhookTokenAuthenticator({ transport, version: 'v1', cacheMs, apiAudiences: ['api'], clock }), clock, asked };
}

test('the webhook says whose a token is, and is asked again later', async () => {
  const { authenticator, clock, asked } = make(60_000);
  for (let i = 0; i < 2; i++) assert.deepEqual(await authenticator.authenticateToken('good'), { user: { name: 'jane', uid: '7', groups: ['a'] }, audiences: ['api'] });
  assert.deepEqual(asked, [{ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec: { token: 'good', audiences: ['api'] }, status: { user: {} } }]);
  await clock.advance(60_001);
  await authenticator.authenticateToken('good');
  assert.equal(asked.length, 2);
});

test('a token that it does not know, or that is for others, is nobody\'s', async () => {
  const { authenticator } = make(0);
  assert.equal(await authenticator.authenticateToken('unknown'), undefined);
  assert.equal(await authenticator.authenticateToken('elsewhere'), undefined);
  await assert.rejects(() => Promise.resolve(authenticator.authenticateToken('broken')), /out of order/);
});

for (const { name, statuses, expected } of [
  { name: 'that is overloaded is asked again', statuses: [429, 503, 500], expected: 'jane' },
  { name: 'that stays broken is asked five times', statuses: [500, 500, 500, 500, 500, 201], expected: 'the webhook for tokens answered 500' },
  { name: 'that refuses is not', statuses: [403, 201], expected: 'the webhook for tokens answered 403' },
]) {
  test(`a webhook ${name}`, async () => {
    const { authenticator, clock } = make(0, statuses);
    const answer = authenticator.authenticateToken('good').then((identity) => identity?.user.name, (error: unknown) => String((error as Error).message));
    for (let i = 0; i < 5; i++) await clock.advance(5000);
    assert.equal(await answer, expected);
  });
}
