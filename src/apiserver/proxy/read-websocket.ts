import type { IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../../apimachinery/status.ts';
import type { Exchange } from '../http/exchange.ts';
import { askTarget, throwRefusal, type ProxyTarget } from './http-proxy.ts';

const BASE64_PROTOCOL = 'base64.binary.k8s.io';
const PROTOCOLS: readonly string[] = ['binary.k8s.io', BASE64_PROTOCOL];
/** More may not wait unsent before the other side is held back. */
const MAX_BUFFERED_BYTES = 1 << 20;
/** Made for the first one that comes: most servers see none. */
let known: WebSocketServer | undefined;
const webSocketServer = (): WebSocketServer => (known ??= new WebSocketServer({ noServer: true, handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false }));

/**
 * Sends the body of the target's answer to a client that reads it over a WebSocket: in binary messages, or in texts of base64 (`base64.binary.k8s.io`), after
 * an empty one. Throws StatusError for another kind of upgrade, and what the target refuses with. Source: k8s.io/apiserver, wsstream Reader.
 */
export async function readOverWebSocket(exchange: Exchange, target: ProxyTarget): Promise<void> {
  if (String(exchange.headers.upgrade).toLowerCase() !== 'websocket') throw badRequest('unable to upgrade: only websocket is known here');
  const answer = await askTarget(exchange, target);
  await throwRefusal(answer);
  const { socket, head, request } = exchange.takeOver();
  const upgraded = Promise.withResolvers<WebSocket>();
  socket.once('close', () => upgraded.reject(new Error('the client has gone')));
  webSocketServer().handleUpgrade(request, socket, head, upgraded.resolve);
  await upgraded.promise.then((webSocket) => sendAll(answer, webSocket), () => answer.destroy());
}

async function sendAll(answer: IncomingMessage, webSocket: WebSocket): Promise<void> {
  const encode = webSocket.protocol === BASE64_PROTOCOL ? (chunk: Buffer) => chunk.toString('base64') : (chunk: Buffer) => chunk;
  const closed = new Promise<void>((resolve) => webSocket.once('close', () => resolve()));
  webSocket.on('error', () => webSocket.terminate());
  webSocket.send(encode(Buffer.alloc(0)));
  answer.on('data', (chunk: Buffer) => {
    webSocket.send(encode(chunk), () => {
      if (webSocket.bufferedAmount < MAX_BUFFERED_BYTES) answer.resume();
    });
    if (webSocket.bufferedAmount >= MAX_BUFFERED_BYTES) answer.pause();
  });
  answer.on('end', () => webSocket.close(1000));
  answer.on('error', () => webSocket.terminate());
  await closed;
  answer.destroy();
}
