import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { nextTurn } from '../../base/turn.ts';
import { connectRemoteCommandSpdy } from './remote-command.ts';
import { SpdyConnection } from './connection.ts';
import type { SpdyStream } from './stream.ts';

const streams = new Map<string, SpdyStream>();
const ended: string[] = [];
const resized = Promise.withResolvers<void>();
let runtime: SpdyConnection | undefined;

/** A runtime as containerd: it runs the command once all streams are there. */
const server = createServer();
server.on('upgrade', (_request, socket, head) => {
  socket.on('error', () => undefined);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n');
  runtime = new SpdyConnection(socket, {
    role: 'server', head, onStream: (stream) => {
      const kind = String(stream.headers['streamtype']);
      streams.set(kind, stream);
      stream.accept();
      stream.on('end', () => ended.push(kind)).resume();
      if (kind === 'resize') stream.on('data', () => resized.resolve());
    },
  });
});

before(async () => void (await once(server.listen(0, '127.0.0.1'), 'listening')));
after(() => {
  runtime?.destroy();
  server.close();
});

test('a client says nothing on the streams that it only reads, so that a runtime that is done already loses no word of its own', async () => {
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/exec`);
  const client = await connectRemoteCommandSpdy({ url }, { stdin: false, stdout: true, stderr: true, tty: true });
  client.stdout?.resume();
  client.resize({ width: 80, height: 24 });
  // What the client says comes in order: whatever it had said before has come by now.
  await resized.promise;
  await nextTurn();
  assert.deepEqual([[...streams.keys()], ended], [['error', 'stdout', 'resize'], []]);
  streams.get('error')?.end(JSON.stringify({ status: 'Success' }));
  assert.equal((await client.status).status, 'Success');
  client.close();
  runtime?.destroy();
});
