import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { StatusError } from '../../apimachinery/status.ts';
import { parseWhole, stringifyWhole } from '../../apimachinery/whole-numbers.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { Transport } from '../../client/transport.ts';
import { addressProblem } from '../proxy/allowed-address.ts';
import { resolveEndpoint } from '../proxy/service-endpoints.ts';
import { goNetworkError, serverResponseText, WebhookCallError } from './call-error.ts';
import type { RequestHeaders, WebhookTls } from './webhook-tls.ts';
import { redirected, type Sent } from './redirect.ts';
import type { WebhookUsers } from './webhook-users.ts';

/** Where a webhook is: WebhookClientConfig of admission and of conversion. */
export interface WebhookAddress {
  readonly url?: string;
  readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string; readonly port?: number };
  /** PEM in base64; absent: the authorities of the system. */
  readonly caBundle?: string;
}

export interface WebhookClientOptions {
  readonly objects: () => CachedObjects;
  readonly clock: Clock;
  readonly random: Random;
  /** Ports of this server, which nobody's webhook is. */
  readonly ownPorts: () => readonly number[];
  /** How this server asks itself: a webhook may be an aggregated API, reached by Service `default/kubernetes`. */
  readonly self: () => Transport;
}

interface PostOptions {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

interface Destination {
  readonly url: URL;
  /** As messages show it. */
  readonly shown: string;
  readonly tls: WebhookTls;
  readonly headers: RequestHeaders;
  /** Where a service's pod is; else the URL says. */
  readonly address?: { readonly host: string; readonly port: number } | undefined;
}

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly answer: string;
}

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const IDLE_MS = 90_000;

/** Calls webhooks over HTTPS: JSON there and back. Connections are kept and used again. */
export class WebhookClient implements Disposable {
  readonly #options: WebhookClientOptions;
  #openAgent: Agent | undefined;

  constructor(options: WebhookClientOptions) {
    this.#options = options;
  }

  /** Made for the first connection: most servers open none. */
  get #agent(): Agent {
    return (this.#openAgent ??= new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 25 }));
  }

  [Symbol.dispose](): void {
    this.#openAgent?.destroy();
  }

  /** Posts `body` and gives the parsed answer. `users`: who the server is to webhooks; undefined: nobody. Throws WebhookCallError. */
  async post(webhook: WebhookAddress, body: object, options: PostOptions & { readonly users?: WebhookUsers | undefined }): Promise<unknown> {
    const url = urlOf(webhook);
    url.searchParams.set('timeout', `${options.timeoutSeconds}s`);
    if (isSelf(webhook)) return this.#postToSelf(url, body, options);
    return this.#post(this.#destination(webhook, url, options.users), body, options);
  }

  /** As `post`, to a URL with credentials of its own. */
  postTo(url: URL, body: object, options: PostOptions & { readonly tls: WebhookTls; readonly headers: RequestHeaders }): Promise<unknown> {
    return this.#post({ url, shown: url.href, tls: options.tls, headers: options.headers }, body, options);
  }

  #post(destination: Destination, body: object, options: PostOptions): Promise<unknown> {
    const text = Buffer.from(stringifyWhole(body));
    return this.#inTime(destination, options, (signal) => this.#follow(destination, text, signal));
  }

  #postToSelf(url: URL, body: object, options: PostOptions): Promise<unknown> {
    return this.#inTime({ shown: url.href.replace(url.host, `${url.hostname}:443`) }, options, async (signal) => {
      const response = await this.#options.self().send({ method: 'POST', path: url.pathname, query: { timeout: url.searchParams.get('timeout') ?? '' }, body, signal });
      return { status: response.status, answer: typeof response.body === 'string' ? response.body : stringifyWhole(response.body ?? null) };
    });
  }

  async #inTime(destination: Pick<Destination, 'shown'>, options: PostOptions, send: (signal: AbortSignal) => Promise<Pick<Answer, 'status' | 'answer'>>): Promise<unknown> {
    const { timeoutSeconds, signal } = options;
    const late = new AbortController();
    using _timer = this.#options.clock.after(timeoutSeconds * 1000, () => late.abort());
    try {
      const { status, answer } = await send(AbortSignal.any([signal, late.signal]));
      return parsed(status, answer);
    } catch (error) {
      if (error instanceof WebhookCallError || !(error instanceof Error)) throw error;
      const why = late.signal.aborted ? 'context deadline exceeded' : signal.aborted ? 'context canceled' : StatusError.is(error) ? error.message : goNetworkError(error);
      throw new WebhookCallError(`failed to call webhook: Post ${JSON.stringify(destination.shown)}: ${why}`, { cause: error });
    }
  }

  #destination(webhook: WebhookAddress, url: URL, users: WebhookUsers | undefined): Destination {
    const { service, caBundle } = webhook;
    const credentials = users && credentialsFor(users, `${url.hostname}:${url.port || 443}`);
    const tls: WebhookTls = { ...credentials?.tls, ...(caBundle !== undefined && { ca: authoritiesOf(caBundle) }) };
    const shown = service ? url.href.replace(`https://${url.hostname}/`, `https://${url.hostname}:443/`) : url.href;
    return { url, shown, tls: service ? { ...tls, servername: url.hostname } : tls, headers: credentials?.headers ?? {}, ...(service && { address: this.#resolve(service, shown) }) };
  }

  #resolve(service: NonNullable<WebhookAddress['service']>, shown: string): { host: string; port: number } {
    const { objects, random } = this.#options;
    try {
      return resolveEndpoint(objects(), random, { namespace: service.namespace, name: service.name, port: service.port ?? 443 });
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      throw new WebhookCallError(`failed to call webhook: Post ${JSON.stringify(shown)}: ${error.message}`, { cause: error });
    }
  }

  /** A webhook may send the server elsewhere; what the server shows to it, it shows there too. */
  async #follow(destination: Destination, body: Buffer, signal: AbortSignal): Promise<Answer> {
    let sent: Sent = { url: destination.url, method: 'POST' };
    for (let followed = 0; ; followed++) {
      const { url, method } = sent;
      const at = url === destination.url ? destination : { ...destination, url, shown: url.href, address: url.host === destination.url.host ? destination.address : undefined };
      const answer = await this.#send(at, method === 'POST' ? body : undefined, signal);
      const next = redirected(sent, answer, followed);
      if (!next) return answer;
      if (typeof next === 'string') throw new WebhookCallError(`failed to call webhook: Post ${JSON.stringify(at.shown)}: ${next}`);
      sent = next;
    }
  }

  async #send(destination: Destination, body: Buffer | undefined, signal: AbortSignal, isRetry = false): Promise<Answer> {
    const { url, address, tls, headers } = destination;
    const host = address?.host ?? url.hostname.replace(/^\[|\]$/g, '');
    const port = address?.port ?? Number(url.port || 443);
    this.#checkAddress(host, port);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const options: RequestOptions = {
      method: body ? 'POST' : 'GET', host, port, path: url.pathname + url.search, agent: this.#agent, signal, lookup: this.#lookup(port), ...tls,
      headers: { ...headers, host: url.host, accept: 'application/json, */*', 'content-type': 'application/json', ...(body && { 'content-length': body.length }), 'user-agent': 'kube-apiserver-admission' },
    };
    const request = httpsRequest(options);
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
    try {
      const response = await promise;
      return { status: response.statusCode ?? 0, location: response.headers.location ?? '', answer: await textOf(response) };
    } catch (error) {
      // The other side had closed a connection that we had kept.
      if (!isRetry && request.reusedSocket && (error as { code?: string }).code === 'ECONNRESET') return this.#send(destination, body, signal, true);
      throw error;
    }
  }

  #checkAddress(address: string, port: number): void {
    const problem = isIP(address) === 0 ? undefined : addressProblem(address, port, this.#options.ownPorts());
    if (problem !== undefined) throw new WebhookCallError(`failed to call webhook: ${problem}`);
  }

  /** A name is judged by what it resolves to. */
  #lookup(port: number): LookupFunction {
    return (hostname, options, callback) => {
      dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
        const problem = addresses?.map(({ address }) => addressProblem(address, port, this.#options.ownPorts())).find((one) => one !== undefined);
        const [first] = addresses ?? [];
        if (error) callback(error, []);
        else if (problem !== undefined) callback(new Error(problem), []);
        else if (options.all === true) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      });
    };
  }
}

function isSelf({ service }: WebhookAddress): boolean {
  return service?.name === 'kubernetes' && service.namespace === 'default' && (service.port ?? 443) === 443;
}

function urlOf({ url, service }: WebhookAddress): URL {
  if (url !== undefined) return new URL(url);
  if (!service) throw new WebhookCallError('could not get REST client: webhook configuration must have either service or URL');
  const made = new URL(`https://${service.name}.${service.namespace}.svc:${service.port ?? 443}`);
  made.pathname = service.path ?? '/';
  return made;
}

function credentialsFor(users: WebhookUsers, target: string): ReturnType<WebhookUsers['credentialsFor']> {
  try {
    return users.credentialsFor(target);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new WebhookCallError(`could not get REST client: ${error.message}`, { cause: error });
  }
}

function authoritiesOf(caBundle: string): string {
  const pem = Buffer.from(caBundle, 'base64').toString('utf8');
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new WebhookCallError('could not get REST client: unable to load root certificates: unable to parse bytes as PEM block');
  return pem;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new WebhookCallError(`failed to call webhook: the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(status: number, answer: string): unknown {
  if (status < 200 || status > 299) throw new WebhookCallError(`failed to call webhook: ${statusMessage(answer) ?? serverResponseText(status, answer)}`, { code: status });
  try {
    return parseWhole(answer);
  } catch (error) {
    const [first = ''] = answer.trimStart();
    const why = first === '' ? 'unexpected end of JSON input' : `invalid character ${JSON.stringify(first).replace(/^"|"$/g, "'")} looking for beginning of value`;
    throw new WebhookCallError(`failed to call webhook: couldn't get version/kind; json parse error: ${why}`, { cause: error });
  }
}

/** A webhook may refuse with a Status of its own. */
function statusMessage(answer: string): string | undefined {
  if (!answer.startsWith('{')) return undefined;
  try {
    const { kind, message } = JSON.parse(answer) as { kind?: unknown; message?: unknown };
    return kind === 'Status' && typeof message === 'string' ? message : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
