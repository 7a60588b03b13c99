/** Closes what it opens; run by `leaks.test.ts` only. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { TaskGroup } from '../../../src/base/lifecycle.ts';

const group = new TaskGroup();
const server = createServer().listen(0, '127.0.0.1');
after(() => void server.close());
test('work', async () => {
  await once(server, 'listening');
  group.run((signal) => once(signal, 'abort'));
  const timer = setTimeout(() => undefined, 60_000);
  clearTimeout(timer);
});
after(() => group.close());
