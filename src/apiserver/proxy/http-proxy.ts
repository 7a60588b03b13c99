import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { failure, serviceUnavailable, StatusError } from '../../apimachinery/status.ts';
import { proxyUpgrade, UpgradeRefused } from '../../streaming/index.ts';
import type { Exchange, OutgoingHeaders } from '../http/exchange.ts';
import { passPage } from './proxied-page.ts';

export interface ProxyTarget {
  readonly url: URL;
  /** For `https:` only. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly rejectUnauthorized?: boolean; readonly servername?: string };
  /** Whether refusals of the other side become a Status (logs) or pass as they are (proxies). */
  readonly wrapsErrors: boolean;
  /** In place of what the client sent; then nothing of the client's own `X-Remote-*` passes. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Keeps connections; absent: one a request. */
  readonly agent?: Agent;
  /** That the other side cannot be reached is told as a plain text, not as a Status. */
  readonly refusesInText?: boolean;
  /** Redirects are not handed on: they would make the client show its credentials to others. */
  readonly refusesRedirects?: boolean;
  /** The path of the proxy itself, up to where the target's begins: links and redirects are made to lead through it. Absent: they pass as they are. */
  readonly prefix?: string;
}

/** Belong to one connection, or must not reach the other side. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'http2-settings', 'authorization', 'host',
]);
const MAX_REFUSAL_BYTES = 64 * 1024;
const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/** Hands an exchange on to `target`, upgrades too, and its answer back. Throws StatusError when the other side cannot be reached. */
export async function proxyExchange(exchange: Exchange, target: ProxyTarget): Promise<void> {
  if (exchange.isUpgrade) return passUpgrade(exchange, target);
  const answer = await askTarget(exchange, target).catch((error: unknown) => {
    if (!target.refusesInText || !StatusError.is(error)) throw error;
    const body = Buffer.from(`${error.message}\n`);
    exchange.send(503, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }, body);
  });
  if (!answer) return;
  const status = answer.statusCode ?? 502;
  if (target.wrapsErrors) await throwRefusal(answer);
  if (target.refusesRedirects && status >= 300 && status < 400 && answer.headers.location) {
    answer.destroy();
    exchange.send(502, { 'content-type': 'text/plain; charset=utf-8' }, Buffer.from('the backend attempted to redirect this request, which is not permitted'));
    return;
  }
  const headers: OutgoingHeaders = {};
  for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined && !NOT_PASSED.has(name)) headers[name] = value;
  if (target.prefix !== undefined) {
    const page = { url: target.url, requestHost: hostOf(exchange), prefix: target.prefix };
    if (await passPage(exchange, answer, { status, headers, page })) return;
  }
  const writer = exchange.open(status, headers);
  const onGone = (): void => void answer.destroy();
  exchange.signal.addEventListener('abort', onGone, { once: true });
  writer.onDrain(() => answer.resume());
  answer.on('data', (chunk: Buffer) => {
    if (!writer.write(chunk)) answer.pause();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  answer.on('end', () => writer.end());
  answer.on('error', () => exchange.destroy());
  answer.on('close', resolve);
  await promise;
  exchange.signal.removeEventListener('abort', onGone);
}

/** Throws the StatusError of an answer that is a refusal. */
export async function throwRefusal(answer: IncomingMessage): Promise<void> {
  const status = answer.statusCode ?? 502;
  if (status >= 400) throw failure(status, reasonOf(status), await textOf(answer));
}

/** Sends the request of the exchange to `target`, without its wish for another protocol; gives the answer, of which nothing is read yet. */
export function askTarget(exchange: Exchange, target: ProxyTarget): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(exchange.headers)) {
    if (value !== undefined && !name.startsWith(':') && !name.startsWith('sec-websocket-') && !NOT_PASSED.has(name)) headers[name] = typeof value === 'string' ? value : [...value];
  }
  headers['x-forwarded-for'] = exchange.remoteAddress;
  if (target.prefix !== undefined) headers['x-forwarded-uri'] = target.prefix + target.url.pathname;
  if (target.headers) for (const name of Object.keys(headers)) if (name.startsWith('x-remote-')) delete headers[name];
  Object.assign(headers, target.headers);
  const options: RequestOptions = {
    method: exchange.method, hostname: target.url.hostname.replace(/^\[|\]$/g, ''), port: target.url.port, path: target.url.pathname + target.url.search, headers, signal: exchange.signal,
  };
  const hasBody = sendsBody(exchange);
  const send = (agent: Agent | false): void => {
    const request = target.url.protocol === 'https:' ? httpsRequest({ ...options, agent, ...target.tls }) : httpRequest({ ...options, agent });
    request.on('response', resolve);
    request.on('error', (cause) => {
      // The other side may close a kept connection in the moment in which it is used again.
      if (request.reusedSocket && !hasBody && hasCode(cause, 'ECONNRESET')) send(false);
      else reject(serviceUnavailable(`error trying to reach service: ${cause.message}`));
    });
    if (hasBody) exchange.bodyStream.pipe(request);
    else request.end();
  };
  send(target.agent ?? false);
  return promise;
}

function hasCode(error: Error, code: string): boolean {
  return 'code' in error && error.code === code;
}

/** GET and HEAD may have a body too: one that is announced must follow, or the other side waits for it. */
function sendsBody({ method, headers }: Exchange): boolean {
  if (method !== 'GET' && method !== 'HEAD') return true;
  return Number(headers['content-length'] ?? 0) > 0;
}

function hostOf({ headers }: Exchange): string {
  const host = headers[':authority'] ?? headers['host'];
  return typeof host === 'string' ? host : '';
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) if (text.length < MAX_REFUSAL_BYTES) text += String(chunk);
  return text.trim();
}

function reasonOf(status: number): string {
  return { 400: 'BadRequest', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 500: 'InternalError', 503: 'ServiceUnavailable' }[status] ?? '';
}

async function passUpgrade(exchange: Exchange, target: ProxyTarget): Promise<void> {
  const { socket, head, request } = exchange.takeOver();
  const protocols = request.headers['sec-websocket-protocol'];
  if (protocols !== undefined) {
    // The protocol that carries a token is the server's alone.
    const passed = protocols.split(',').map((one) => one.trim()).filter((one) => !one.startsWith(TOKEN_PROTOCOL)).join(', ');
    if (passed === '') delete request.headers['sec-websocket-protocol'];
    else request.headers['sec-websocket-protocol'] = passed;
  }
  try {
    await proxyUpgrade(request, socket, head, { url: target.url, ...(target.tls && { tls: target.tls }), ...(target.headers && { headers: target.headers }) });
  } catch (error) {
    const code = error instanceof UpgradeRefused && error.code >= 400 ? error.code : 503;
    const text = error instanceof UpgradeRefused ? error.body : `error trying to reach service: ${error instanceof Error ? error.message : String(error)}`;
    const body = Buffer.from(JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: text.trim(), reason: reasonOf(code), code }));
    socket.end(`HTTP/1.1 ${code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString()}`);
  }
}
