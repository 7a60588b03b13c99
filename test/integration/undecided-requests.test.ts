/** Requests that nobody allows while one of those who decide cannot be asked. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { admin, ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

let running: TestServer;

before(async () => {
  running = await startTestServer({
    authorizers: [
      { authorize: ({ resource, user }) => (user.name === admin.name && resource !== 'namespaces' ? { decision: 'no opinion', reason: '', evaluationError: 'Post "https://hook": <down>' } : { decision: 'no opinion', reason: '' }) },
      { authorize: ({ resource, user }) => (user.name === admin.name && resource !== 'configmaps' ? { decision: 'no opinion', reason: 'no' } : { decision: 'allow', reason: '' }) },
    ],
  });
});
after(() => running[Symbol.asyncDispose]());

async function ask(path: string): Promise<{ status: number | undefined; type: string | undefined; body: string }> {
  const sent = request(`${running.url}${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` }, ca: running.ca, agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, type: answer.headers['content-type'], body: await text(answer) };
}

test('what may be allowed is told to be unknown, not refused', async () => {
  assert.deepEqual(await ask('/api/v1/pods?limit=1'), { status: 500, type: 'text/plain; charset=utf-8', body: 'Internal Server Error: "/api/v1/pods?limit=1": Post "https://hook": &lt;down&gt;\n' });
});
test('what another allows is allowed', async () => assert.equal((await ask('/api/v1/configmaps')).status, 200));
test('what all of them refuse is refused', async () => assert.equal((await ask('/api/v1/namespaces')).status, 403));
