import { request as plainRequest, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Connection } from '../connection.ts';

/** Of one hop only (RFC 9110, 7.6.1), or the client's own credentials, which are not the server's. */
const NOT_FORWARDED = ['connection', 'keep-alive', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host', 'authorization'];

function optionsFor(connection: Connection, incoming: IncomingMessage, path: string): { url: URL; options: RequestOptions } {
  const [pathname = '/', query = ''] = path.split('?', 2);
  const { url, headers: own, tls } = connection.streamTarget(pathname, new URLSearchParams());
  const target = new URL(url.origin + url.pathname + (query ? `?${query}` : ''));
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !NOT_FORWARDED.includes(name)));
  return { url: target, options: { method: incoming.method, headers: { ...headers, ...own }, ...tls, agent: false } };
}

/** Passes a request on as the identity of the connection, and its answer back as it comes. */
export async function forwardRequest(connection: Connection, incoming: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const { url, options } = optionsFor(connection, incoming, path);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, options, resolve);
  outgoing.on('error', reject);
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
  const answer = await promise;
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name)));
  response.writeHead(answer.statusCode ?? 502, headers);
  response.flushHeaders();
  await pipeline(answer, response);
}

/** Passes an upgrade on (exec, port-forward) and joins the two sockets. `path` undefined: outside of the proxied paths. */
export function forwardUpgrade(connection: Connection, incoming: IncomingMessage, socket: Duplex, head: Buffer, path: string | undefined): void {
  if (path === undefined) return void socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
  const { url, options } = optionsFor(connection, incoming, path);
  const headers = { ...(options.headers as Record<string, string>), connection: 'Upgrade', upgrade: incoming.headers.upgrade ?? '' };
  const outgoing = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, { ...options, headers });
  const fail = (): void => void socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
  outgoing.on('error', fail);
  outgoing.on('upgrade', (answer, upstream, rest) => {
    const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
    if (rest.length > 0) socket.write(rest);
    if (head.length > 0) upstream.write(head);
    const close = (): void => {
      upstream.destroy();
      socket.destroy();
    };
    upstream.on('error', close).on('close', close);
    socket.on('error', close).on('close', close);
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  outgoing.on('response', (answer) => {
    socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\ncontent-type: ${answer.headers['content-type'] ?? 'text/plain'}\r\nconnection: close\r\n\r\n`);
    answer.pipe(socket);
  });
  outgoing.end();
}
