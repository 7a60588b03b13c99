import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Random } from '../../base/random.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import { addressProblem } from '../proxy/allowed-address.ts';
import type { ProxyTarget } from '../proxy/http-proxy.ts';
import { resolveEndpoint } from '../proxy/service-endpoints.ts';
import { serviceUnavailable } from '../../apimachinery/status.ts';
import type { RemoteService } from './remote-service.ts';

/** What this server proves itself with to those behind APIServices. */
export interface FrontProxyCredentials {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface BackendsOptions {
  readonly objects: () => CachedObjects;
  readonly random: Random;
  readonly credentials: FrontProxyCredentials | undefined;
  readonly ownPorts: () => readonly number[];
}

export interface BackendRequest {
  readonly method: string;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface BackendAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const IDLE_MS = 90_000;

/** The servers behind APIServices: how they are reached, and told who asks. */
export class Backends implements Disposable {
  readonly #options: BackendsOptions;
  #openAgent: Agent | undefined;

  constructor(options: BackendsOptions) {
    this.#options = options;
  }

  /** Made for the first connection: most servers open none. */
  get #agent(): Agent {
    return (this.#openAgent ??= new Agent({ keepAlive: true, timeout: IDLE_MS }));
  }

  [Symbol.dispose](): void {
    this.#openAgent?.destroy();
  }

  /** `path`: with its query. Throws StatusError 404 or 503 when no endpoint is there. */
  target({ spec }: RemoteService, path: string, user: UserInfo): ProxyTarget & { readonly shown: string } {
    const { objects, random, credentials, ownPorts } = this.#options;
    const { namespace = '', name = '', port = 443 } = spec.service;
    const address = resolveEndpoint(objects(), random, { namespace, name, port });
    const problem = addressProblem(address.host, address.port, ownPorts());
    if (problem !== undefined) throw serviceUnavailable(problem);
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    return {
      url: new URL(path, `https://${host}:${address.port}`), shown: `https://${host}:${address.port}${path}`, wrapsErrors: false, agent: this.#agent, headers: { ...remoteHeaders(user), host: `${name}.${namespace}.svc` },
      tls: {
        servername: `${name}.${namespace}.svc`, ...(credentials && { cert: credentials.certificatePem, key: credentials.keyPem }),
        ...(spec.insecureSkipTLSVerify === true ? { rejectUnauthorized: false } : spec.caBundle ? { ca: Buffer.from(spec.caBundle, 'base64').toString('utf8') } : {}),
      },
    };
  }

  /** Sends a request and reads the whole answer. Rejects with what Node says when the other side cannot be reached. */
  async ask(target: ProxyTarget, request: BackendRequest): Promise<BackendAnswer> {
    const answer = await this.open(target, request);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
  }

  /** The same for an answer that the caller reads as it comes. */
  open(target: ProxyTarget, request: BackendRequest): Promise<IncomingMessage> {
    const { url, tls, headers } = target;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const send = (agent: Agent | false): void => {
      const sent = httpsRequest({
        method: request.method, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path: url.pathname + url.search, agent, signal: request.signal, ...tls,
        headers: { accept: 'application/json', ...request.headers, ...headers, ...(request.body && { 'content-length': request.body.length }) },
      });
      sent.on('response', resolve);
      // The other side may close a kept connection in the moment in which it is used again.
      sent.on('error', (error) => (sent.reusedSocket && request.method === 'GET' && 'code' in error && error.code === 'ECONNRESET' ? send(false) : reject(error)));
      sent.end(request.body);
    };
    send(this.#agent);
    return promise;
  }
}

/** Who asks, as an extension server reads it from an authenticating proxy. Source: kubernetes.io, "Configure the Aggregation Layer". */
function remoteHeaders(user: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'x-remote-user': user.name, 'x-remote-group': [...user.groups] };
  if (user.uid !== undefined && user.uid !== '') headers['x-remote-uid'] = user.uid;
  for (const [key, values] of Object.entries(user.extra ?? {})) headers[`x-remote-extra-${encodeURIComponent(key).toLowerCase()}`] = [...values];
  return headers;
}
