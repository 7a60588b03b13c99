import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { httpGet } from '../lifecycle/http-action.ts';
import { httpOutcome } from './run-probe.ts';

const NEVER = new AbortController().signal;

test('an HTTP probe follows redirects to its host, and warns of those that lead nowhere', async () => {
  const server = createServer((request, response) => {
    const [, status = '200', location] = (request.url ?? '').split('/');
    response.writeHead(Number(status), location === undefined ? {} : { location: `/${location}` }).end('body');
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  try {
    const { port } = server.address() as AddressInfo;
    const outcome = async (path: string): Promise<string> => httpOutcome(await httpGet({ path, port }, '127.0.0.1', port, 'test', NEVER)).result;
    const seen = await Promise.all(['/200', '/302/200', '/308/500', '/302', '/304/200', '/300/200', '/404'].map(outcome));
    assert.deepEqual(seen, ['success', 'success', 'failure', 'warning', 'warning', 'warning', 'failure']);
  } finally {
    server.closeAllConnections();
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    await closed.promise;
  }
});
