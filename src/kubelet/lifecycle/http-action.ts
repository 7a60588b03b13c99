import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { goQuote } from '../../apimachinery/go-quote.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, HTTPGetAction } from '../../api/generated/core-v1.ts';

const MAX_BODY_BYTES = 10 * 1024;
const MAX_REDIRECTS = 10;
/** Those that Go's client follows. Source: net/http, redirectBehavior. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface HttpAnswer {
  readonly statusCode: number;
  /** The first 10 KiB. */
  readonly body: string;
}

/** The number of a port that is a number or the name of one of the container's ports. Throws RangeError when there is none. */
export function portOf(port: string | number, container: DeepReadonly<Pick<Container, 'ports'>>): number {
  const number = Number(port);
  const found = Number.isInteger(number) && number > 0 ? number : container.ports?.find(({ name }) => name === port)?.containerPort;
  if (found === undefined) throw new RangeError(`strconv.Atoi: parsing ${goQuote(String(port))}: invalid syntax`);
  return found;
}

/** Sends the request of a probe or hook from this node. Redirects to another host are not followed. Rejects with what broke it. Certificates are not checked, as a kubelet does not. */
export function httpGet(action: DeepReadonly<HTTPGetAction>, host: string, port: number, agent: string, signal: AbortSignal): Promise<HttpAnswer> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const headers: Record<string, string> = { 'user-agent': agent, accept: '*/*', connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) {
    // An empty Accept asks for none.
    if (name.toLowerCase() === 'accept' && value === '') delete headers.accept;
    else headers[name.toLowerCase()] = value;
  }
  const authority = (action.host || host).includes(':') ? `[${action.host || host}]` : action.host || host;
  return follow(new URL(path, `${scheme}://${authority}:${port}`), headers, signal, 0);
}

/** Whether TLS was spoken to a server that answered in plain HTTP. */
export function isHttpAnswer(error: unknown): boolean {
  return /wrong version number|packet length too long/.test((error as Error).message);
}

async function follow(url: URL, headers: Record<string, string>, signal: AbortSignal, redirects: number): Promise<HttpAnswer> {
  const { statusCode, location, body } = await once(url, headers, signal);
  if (!REDIRECTS.has(statusCode) || location === undefined) return { statusCode, body };
  const next = new URL(location, url);
  if (next.hostname !== url.hostname) return { statusCode, body };
  if (redirects >= MAX_REDIRECTS) throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
  return follow(next, headers, signal, redirects + 1);
}

function once(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<{ statusCode: number; location: string | undefined; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ statusCode: number; location: string | undefined; body: string }>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, { headers, signal, rejectUnauthorized: false, agent: false }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      if (body.length < MAX_BODY_BYTES) body += text;
    });
    response.on('end', () => resolve({ statusCode: response.statusCode ?? 0, location: response.headers.location, body }));
    response.on('error', reject);
  });
  request.on('error', reject);
  request.end();
  return promise;
}
