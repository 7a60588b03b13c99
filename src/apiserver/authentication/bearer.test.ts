import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenAuthenticator } from './authenticator.ts';
import { BearerAuthenticator, bearerWarning } from './bearer.ts';
import { WebSocketBearerAuthenticator } from './websocket-bearer.ts';

const tokens: readonly TokenAuthenticator[] = [{ authenticateToken: (token) => (token === 'good' ? { user: { name: 'jane', groups: [] } } : undefined) }];
type Headers = Readonly<Record<string, string | string[]>>;
const bearer = new BearerAuthenticator(() => tokens);
const webSocket = new WebSocketBearerAuthenticator(() => tokens);

for (const { authorization, expected, warns = false } of [
  { authorization: 'Bearer good', expected: 'jane' },
  { authorization: 'bearer good', expected: 'jane' },
  { authorization: '  BEARER good  ', expected: 'jane' },
  { authorization: 'Bearer good and more', expected: 'jane' },
  { authorization: 'Bearer bad', expected: 'Unauthorized' },
  { authorization: 'Bearer', expected: undefined },
  { authorization: 'Bearer ', expected: undefined },
  { authorization: 'Bearer  good', expected: undefined, warns: true },
  { authorization: 'Basic good', expected: undefined },
  { authorization: 'Bearer\tgood', expected: undefined },
  { authorization: 'good', expected: undefined },
  { authorization: '', expected: undefined },
]) test(`the header ${JSON.stringify(authorization)} names ${expected ?? 'nobody'}`, () => {
  const told = (() => {
    try {
      return bearer.authenticate({ headers: { authorization }, peerCertificates: [] });
    } catch (error) {
      return { user: { name: (error as { reason?: string }).reason } };
    }
  })();
  assert.equal(told instanceof Promise ? undefined : told?.user.name, expected);
  assert.equal(bearerWarning({ authorization }), warns ? 'the provided Authorization header contains extra space before the bearer token, and is ignored' : undefined);
});

const UPGRADE = { upgrade: 'websocket', connection: 'keep-alive, Upgrade' };
const protocol = (token: string): string => `base64url.bearer.authorization.k8s.io.${Buffer.from(token, 'latin1').toString('base64url')}`;

for (const { name, headers, expected } of [
  { name: 'a token and another protocol', headers: { ...UPGRADE, 'sec-websocket-protocol': `v4.channel.k8s.io, ${protocol('good')}` }, expected: 'jane' },
  { name: 'several headers', headers: { ...UPGRADE, 'sec-websocket-protocol': [protocol('good'), 'v4.channel.k8s.io'] }, expected: 'jane' },
  { name: 'a token that nobody knows', headers: { ...UPGRADE, 'sec-websocket-protocol': `x,${protocol('bad')}` }, expected: /Unauthorized/ },
  { name: 'a token alone', headers: { ...UPGRADE, 'sec-websocket-protocol': protocol('good') }, expected: /missing additional subprotocol/ },
  { name: 'two tokens', headers: { ...UPGRADE, 'sec-websocket-protocol': `x,${protocol('good')},${protocol('good')}` }, expected: /multiple base64.bearer.authorization tokens specified/ },
  { name: 'no base64url', headers: { ...UPGRADE, 'sec-websocket-protocol': `x,${protocol('good')}==` }, expected: /invalid base64.bearer.authorization token encoding/ },
  { name: 'no UTF-8', headers: { ...UPGRADE, 'sec-websocket-protocol': `x,${protocol('\u00ff')}` }, expected: /invalid base64.bearer.authorization token$/ },
  { name: 'no token', headers: { ...UPGRADE, 'sec-websocket-protocol': 'v4.channel.k8s.io' }, expected: undefined },
  { name: 'another kind of upgrade', headers: { ...UPGRADE, upgrade: 'SPDY/3.1', 'sec-websocket-protocol': `x,${protocol('good')}` }, expected: undefined },
  { name: 'no upgrade', headers: { connection: 'close', upgrade: 'websocket', 'sec-websocket-protocol': `x,${protocol('good')}` }, expected: undefined },
] as readonly { name: string; headers: Headers; expected: string | RegExp | undefined }[]) test(`protocols of a WebSocket: ${name}`, () => {
  const authenticate = () => webSocket.authenticate({ headers, peerCertificates: [] });
  if (expected instanceof RegExp) assert.throws(authenticate, (error: Error & { reason?: string }) => expected.test(error.reason ?? error.message));
  else assert.deepEqual(authenticate(), expected === undefined ? undefined : { user: { name: expected, groups: [] } });
});
