/** For whom and what tokens are asked for: what does not fit is told before one is made. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { ServiceAccountTokens } from '../../src/apiserver/authentication/service-accounts/tokens.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { JsonClient } from '../support/json-client.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

let running: TestServer;
let api: JsonClient;
const uids = new Map<string, string>();
const NS = '/api/v1/namespaces/ns';

before(async () => {
  const signing = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  running = await startTestServer({ serviceAccountTokens: new ServiceAccountTokens({ issuers: ['https://issuer'], signing, maxExpirationSeconds: 7200, clock: new SystemClock(), random: new SystemRandom() }) });
  api = new JsonClient(running.server.port);
  const make = async (path: string, body: object): Promise<void> => {
    const { kind, metadata } = await api.must(`POST ${path}`, body);
    uids.set(`${kind}/${metadata.name}`, metadata.uid);
  };
  await make('/api/v1/namespaces', { metadata: { name: 'ns' } });
  await make(`${NS}/serviceaccounts`, { metadata: { name: 'robot' } });
  await make(`${NS}/secrets`, { metadata: { name: 's' } });
  for (const account of ['robot', 'other']) await make(`${NS}/pods`, { metadata: { name: account }, spec: { serviceAccountName: account, containers: [{ name: 'c', image: 'i' }] } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

const bound = (kind: string, name: string, more: object = {}): object => ({ spec: { boundObjectRef: { kind, apiVersion: 'v1', name, ...more } } });
const ANEW = 'does not match the UID in record. The object might have been deleted and then recreated';

for (const { name, body, expected } of [
  { name: 'the account of another name', body: { metadata: { name: 'else' } }, expected: '422 TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "else": must match the service account name if specified' },
  { name: 'the account of another namespace', body: { metadata: { namespace: 'else' } }, expected: '400 the namespace of the provided object does not match the namespace sent on the request' },
  { name: 'an account that was there before', body: { metadata: { uid: 'old' } }, expected: '409 Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "robot": the UID in the token request (old) does not match the UID of the service account (UID)' },
  { name: 'a pod that was there before', body: bound('Pod', 'robot', { uid: 'old' }), expected: `409 Operation cannot be fulfilled on Pod "robot": the UID in the bound object reference (old) ${ANEW}` },
  { name: 'a secret that was there before', body: bound('Secret', 's', { uid: 'old' }), expected: `409 Operation cannot be fulfilled on Secret "s": the UID in the bound object reference (old) ${ANEW}` },
  { name: 'a pod of another account', body: bound('Pod', 'other', { uid: 'old' }), expected: '400 cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.' },
  { name: 'a kind that no token is bound to', body: bound('Pod', 'robot', { apiVersion: 'apps/v1' }), expected: '400 cannot bind token to object of type apps/v1, Kind=Pod' },
  { name: 'a pod in no version', body: bound('Pod', 'robot', { apiVersion: '' }), expected: '201' },
  { name: 'nothing', body: {}, expected: '201' },
]) {
  test(`a token for ${name}`, async () => {
    const { status, body: answer } = await api.ask(`POST ${NS}/serviceaccounts/robot/token`, body);
    assert.equal(status < 300 ? String(status) : `${status} ${answer.message}`, expected.replace('(UID)', `(${uids.get('ServiceAccount/robot') ?? ''})`));
    if (status < 300) assert.equal(answer.metadata.uid, uids.get('ServiceAccount/robot'));
  });
}

test('a token that is asked for longer than one may live is shorter, which is told', async () => {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
  const sent = request(`${running.url}${NS}/serviceaccounts/robot/token`, { method: 'POST', headers, ca: running.ca, agent: false });
  sent.end(JSON.stringify({ spec: { expirationSeconds: 9000 } }));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const { spec } = (await json(answer)) as { spec: { expirationSeconds: number } };
  assert.deepEqual([answer.headers['warning'], spec.expirationSeconds], ['299 - "requested expiration of 9000 seconds shortened to 7200 seconds"', 7200]);
});
