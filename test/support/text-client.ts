import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { ADMIN_TOKEN, type TestServer } from './test-server.ts';

/** One request as the administrator, its body and its answer as they are on the wire. `call`: `GET /api`. */
export async function askText(server: TestServer, call: string, body?: string, headers: Readonly<Record<string, string>> = {}): Promise<{ code: number; body: string }> {
  const [method, path = ''] = call.split(' ');
  const sent = request(new URL(path, server.url), { method, ca: server.ca, agent: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...headers } });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { code: answer.statusCode ?? 0, body: await text(answer) };
}
