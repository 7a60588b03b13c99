import assert from 'node:assert/strict';
import { Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { SpdyConnection } from './connection.ts';

test('what came before the connection broke off is still read, though its headers take a moment to decompress', async () => {
  const [near, far] = duplexPair();
  const server = new SpdyConnection(far, {
    role: 'server',
    onStream: (stream) => {
      stream.accept();
      stream.end('said');
    },
  });
  const socket = new Duplex({ read: () => undefined, write: (chunk, encoding, callback) => void near.write(chunk, encoding, () => callback()) });
  const client = new SpdyConnection(socket, { role: 'client' });
  const opening = client.open({ streamtype: 'stdout' });
  // Reply, data and end reach the client at once, and with them the end of the connection.
  const answer: Buffer[] = [];
  for await (const chunk of near as AsyncIterable<Buffer>) {
    answer.push(chunk);
    if (Buffer.concat(answer).includes('said')) break;
  }
  socket.push(Buffer.concat(answer));
  setImmediate(() => socket.destroy(new Error('reset')));
  assert.equal(await text(await opening), 'said');
  await client.closed;
  server.destroy();
});
