import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { UpgradeError } from './status.ts';

const MAX_REFUSAL_BYTES = 64 * 1024;

/** What the other side of an upgrade is reached with. TLS material counts for `https:` and `wss:` only. */
export interface UpgradeTarget {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly tls?: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer; readonly rejectUnauthorized?: boolean; readonly servername?: string };
  /** Gives up connecting, not the connection once it is made. */
  readonly signal?: AbortSignal;
}

export interface Upgraded {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/** The answer was not 101: `code` and the body's text, which may be a Status in JSON. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
  readonly code: number;
  readonly body: string;

  constructor(code: number, body: string) {
    super(`unable to upgrade connection: ${body.trim() || code}`);
    this.code = code;
    this.body = body;
  }
}

/** Sends a request to switch protocols and gives the raw socket. Rejects with `UpgradeRefused` for any other answer. */
export function upgrade(target: UpgradeTarget, method: string, headers: Readonly<Record<string, string | readonly string[]>>): Promise<Upgraded> {
  const { promise, resolve, reject } = Promise.withResolvers<Upgraded>();
  const isTls = ['https:', 'wss:'].includes(target.url.protocol);
  const options: RequestOptions = {
    method,
    hostname: target.url.hostname.replace(/^\[|\]$/g, ''),
    port: target.url.port || (isTls ? 443 : 80),
    path: target.url.pathname + target.url.search,
    headers: { ...target.headers, connection: 'Upgrade', ...(headers as Record<string, string | string[]>) },
    agent: false,
    ...(target.signal && { signal: target.signal }),
  };
  const request = isTls ? httpsRequest({ ...options, ...target.tls }) : httpRequest(options);
  request.on('upgrade', (response, socket, head) => resolve({ socket, head, headers: response.headers }));
  request.on('response', (response) => void refusal(response).then(reject, reject));
  request.on('error', reject);
  request.end();
  return promise;
}

async function refusal(response: IncomingMessage): Promise<UpgradeRefused> {
  let body = '';
  for await (const chunk of response) if (body.length < MAX_REFUSAL_BYTES) body += String(chunk);
  return new UpgradeRefused(response.statusCode ?? 0, body);
}

/** Whether the request asks for a protocol that this folder speaks. */
export function upgradeKind(request: IncomingMessage): 'websocket' | 'spdy' {
  const wanted = (request.headers.upgrade ?? '').toLowerCase();
  if (wanted === 'websocket') return 'websocket';
  if (wanted === 'spdy/3.1') return 'spdy';
  throw new UpgradeError(400, `unable to upgrade: missing upgrade headers in request: ${JSON.stringify(request.headers)}`);
}

/** The protocols a client offers in order, from a header that it may repeat. */
export function offeredProtocols(value: string | readonly string[] | undefined): string[] {
  const text = typeof value === 'string' ? value : (value ?? []).join(',');
  return text.split(',').map((one) => one.trim()).filter((one) => one !== '');
}

/** Writes the 101 of an upgrade by hand: Node has handed out the socket and keeps no response for it. */
export function writeSwitchingProtocols(socket: Duplex, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
}

/** Joins two upgraded sockets byte by byte; resolves when both are closed. */
export async function joinSockets(one: Duplex, other: Duplex): Promise<void> {
  const closed = [one, other].map((socket, index) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const peer = index === 0 ? other : one;
    socket.on('error', () => peer.destroy());
    socket.on('close', () => {
      peer.destroy();
      resolve();
    });
    return promise;
  });
  one.pipe(other);
  other.pipe(one);
  await Promise.all(closed);
}

/**
 * Hands an upgrade request on as it is (WebSocket or SPDY alike) to where `target` says, and then passes bytes: how an API server puts a client
 * through to a kubelet. Rejects with `UpgradeRefused` before anything was written to `socket`; resolves when the connection is over.
 */
export async function proxyUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: UpgradeTarget): Promise<void> {
  const passed = ['upgrade', 'x-stream-protocol-version', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions', 'origin', 'user-agent'];
  const headers: Record<string, string | string[]> = {};
  for (const name of passed) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  const upstream = await upgrade(target, request.method ?? 'GET', headers);
  const answered: Record<string, string> = {};
  for (const [name, value] of Object.entries(upstream.headers)) if (value !== undefined) answered[name] = Array.isArray(value) ? value.join(', ') : value;
  writeSwitchingProtocols(socket, answered);
  if (upstream.head.length > 0) socket.write(upstream.head);
  if (head.length > 0) upstream.socket.write(head);
  await joinSockets(socket, upstream.socket);
}
