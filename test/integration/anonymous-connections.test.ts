/** Over HTTP/2 who is nobody gets a connection for each request: such connections cost a server more than they cost who opens them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { test } from 'node:test';
import type { ApiServerOptions } from '../../src/apiserver/server.ts';
import { ADMIN_TOKEN, startTestServer } from '../support/test-server.ts';

/** Whether a connection is still good after a request over it, and the status of its answer. */
async function askOnce(token: string | undefined, options: Partial<ApiServerOptions>): Promise<{ readonly status: unknown; readonly isKept: boolean }> {
  await using server = await startTestServer(options);
  const session = connect(server.url, { ca: server.ca });
  try {
    const status = await statusOf(session, token);
    // The end of a connection is told before or behind the answer: a question that is answered behind it settles which.
    const closed = once(session, 'close').then(() => false);
    const kept = session.closed || session.destroyed ? false : await Promise.race([closed, statusOf(session, ADMIN_TOKEN).then(() => true, () => closed)]);
    return { status, isKept: kept };
  } finally {
    session.destroy();
  }
}

async function statusOf(session: ClientHttp2Session, token: string | undefined): Promise<unknown> {
  const stream = session.request({ ':path': '/livez', ...(token !== undefined && { authorization: `Bearer ${token}` }) });
  const [headers] = (await once(stream.resume(), 'response')) as [Record<string, unknown>];
  await once(stream, 'close');
  return headers[':status'];
}

for (const { name, token, options = {}, expected } of [
  { name: 'who is known keeps it', token: ADMIN_TOKEN, expected: { status: 200, isKept: true } },
  { name: 'who is nobody does not', token: undefined, expected: { status: 200, isKept: false } },
  { name: 'who is refused does not', token: 'wrong', options: { allowAnonymous: false }, expected: { status: 401, isKept: false } },
  { name: 'where the feature is off all do', token: undefined, options: { endsAnonymousConnections: false }, expected: { status: 200, isKept: true } },
] as { name: string; token: string | undefined; options?: Partial<ApiServerOptions>; expected: object }[]) test(`a connection: ${name}`, async () => assert.deepEqual(await askOnce(token, options), expected));
