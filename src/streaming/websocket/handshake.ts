import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { UpgradeError } from '../status.ts';
import { offeredProtocols, UpgradeRefused, type UpgradeTarget } from '../upgrade.ts';

const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Answers a WebSocket upgrade with the first protocol of the client that is in `supported`. A client that offers none gets none. */
export async function acceptWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, supported: readonly string[]): Promise<{ socket: WebSocket; protocol: string }> {
  const offered = offeredProtocols(request.headers['sec-websocket-protocol']);
  const protocol = offered.find((one) => supported.includes(one));
  if (protocol === undefined && offered.length > 0) {
    throw new UpgradeError(400, `unable to upgrade websocket connection: websocket server finished before becoming ready: client offered ${offered.join(', ')}, server supports ${supported.join(', ')}`);
  }
  // One of the names of Kubernetes holds a slash, which is no character of a protocol's name: `ws` would refuse it, so the header goes past it.
  delete request.headers['sec-websocket-protocol'];
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  if (protocol) server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  const { promise, resolve } = Promise.withResolvers<WebSocket>();
  server.handleUpgrade(request, socket, head, resolve);
  return { socket: await promise, protocol: protocol ?? '' };
}

/** Opens a WebSocket with one of `protocols`. Rejects with `UpgradeRefused` when the server answers with anything but 101. */
export async function openWebSocket(target: UpgradeTarget, protocols: readonly string[]): Promise<{ socket: WebSocket; protocol: string }> {
  const url = new URL(target.url);
  url.protocol = ['https:', 'wss:'].includes(url.protocol) ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, { headers: { ...target.headers, 'sec-websocket-protocol': protocols.join(', ') }, perMessageDeflate: false, ...target.tls });
  let protocol = '';
  socket.on('upgrade', (response) => {
    protocol = response.headers['sec-websocket-protocol'] ?? '';
    delete response.headers['sec-websocket-protocol']; // see acceptWebSocket
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => {
    reject(target.signal?.reason as Error);
    socket.terminate();
  };
  target.signal?.addEventListener('abort', onAbort, { once: true });
  // Nothing that comes with the answer may be lost before the caller listens.
  socket.on('open', () => {
    socket.pause();
    resolve();
  });
  socket.on('unexpected-response', (_request, response) => {
    let body = '';
    response.on('data', (chunk: Buffer) => (body += chunk.toString()));
    response.on('end', () => {
      reject(new UpgradeRefused(response.statusCode ?? 0, body));
      socket.terminate();
    });
  });
  socket.on('error', reject);
  try {
    await promise;
    return { socket, protocol };
  } finally {
    target.signal?.removeEventListener('abort', onAbort);
  }
}
