import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const PATH = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const BODY = JSON.stringify({ kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' });
const HEADERS = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', 'impersonate-user': 'jane' };
let server: TestServer;

before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());

const asked: Record<string, (groups: string | string[]) => Promise<string>> = {
  'HTTP/1.1': async (groups) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    request(server.url + PATH, { method: 'POST', ca: server.ca, agent: false, headers: { ...HEADERS, 'impersonate-group': groups } }, resolve).on('error', reject).end(BODY);
    return text(await promise);
  },
  'HTTP/2': async (groups) => {
    const session = connect(server.url, { ca: server.ca });
    const stream = session.request({ ':path': PATH, ':method': 'POST', ...HEADERS, 'impersonate-group': groups });
    stream.end(BODY);
    return text(stream).finally(() => session.close());
  },
};

for (const [protocol, ask] of Object.entries(asked)) {
  test(`each header is one group, whatever commas it has, over ${protocol}`, async () => {
    const groupsOf = async (groups: string | string[]): Promise<unknown> => (JSON.parse(await ask(groups)) as { status: { userInfo: { groups: string[] } } }).status.userInfo.groups;
    assert.deepEqual(await groupsOf('cn=ops,system:masters'), ['cn=ops,system:masters', 'system:authenticated']);
    assert.deepEqual(await groupsOf(['cn=ops, ou=x', 'dev']), ['cn=ops, ou=x', 'dev', 'system:authenticated']);
  });
}
