import assert from 'node:assert/strict';
import { createServer, ServerResponse, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { StatusError } from '../../apimachinery/status.ts';
import { Http1Exchange } from '../http/http1-exchange.ts';
import { readOverWebSocket } from './read-websocket.ts';

let kubelet: Server;
let front: Server;
let refusal: unknown;

before(async () => {
  kubelet = createServer((request, response) => {
    if (request.url === '/none') response.writeHead(404).end('no such container');
    else response.end('container is alive\n');
  });
  front = createServer();
  front.on('upgrade', (request, socket, head) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket as Socket);
    const exchange = new Http1Exchange(request, response, { remoteAddress: '127.0.0.1', peerCertificates: [] }, { socket, head });
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${(kubelet.address() as AddressInfo).port}`);
    readOverWebSocket(exchange, { url, wrapsErrors: true }).catch((error: unknown) => {
      refusal = error;
      socket.destroy();
    });
  });
  for (const server of [kubelet, front]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

after(() => {
  for (const server of [kubelet, front]) server.close();
});

function read(path: string, protocols: string[]): Promise<{ protocol: string; messages: string[]; code: number }> {
  const { promise, resolve } = Promise.withResolvers<{ protocol: string; messages: string[]; code: number }>();
  const client = new WebSocket(`ws://127.0.0.1:${(front.address() as AddressInfo).port}${path}`, protocols);
  const messages: string[] = [];
  client.on('message', (data: Buffer, isBinary) => messages.push(`${isBinary ? 'binary' : 'text'}:${data.toString('utf8')}`));
  client.on('error', () => undefined);
  client.on('close', (code) => resolve({ protocol: client.protocol, messages, code }));
  return promise;
}

test('a log is read over a WebSocket in binary messages, or as base64, after an empty one', async () => {
  assert.deepEqual(await read('/log', ['binary.k8s.io']), { protocol: 'binary.k8s.io', messages: ['binary:', 'binary:container is alive\n'], code: 1000 });
  assert.deepEqual(await read('/log', []), { protocol: '', messages: ['binary:', 'binary:container is alive\n'], code: 1000 });
  const encoded = Buffer.from('container is alive\n').toString('base64');
  assert.deepEqual(await read('/log', ['base64.binary.k8s.io']), { protocol: 'base64.binary.k8s.io', messages: ['text:', `text:${encoded}`], code: 1000 });
});

test('what the other side refuses is refused before the upgrade', async () => {
  await read('/none', ['binary.k8s.io']);
  assert.ok(StatusError.is(refusal) && refusal.code === 404 && refusal.message === 'no such container');
});
