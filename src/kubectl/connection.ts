import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { parseWhole, stringifyWhole } from '../apimachinery/whole-numbers.ts';
import { Client, statusErrorOf } from '../client/client.ts';
import { HttpsTransport, type TlsMaterial } from '../client/https-transport.ts';
import { objectPath, collectionPath } from '../client/paths.ts';
import type { TransportRequest, TransportResponse, WatchEvent } from '../client/transport.ts';
import type { UpgradeTarget } from '../streaming/index.ts';
import { type ConnectionOptions, connectionOptions } from './config/connection-options.ts';
import { parseDuration } from './duration.ts';
import { CommandError } from './errors.ts';
import type { Flags } from './flags.ts';
import type { KubectlIo } from './io.ts';
import type { PluginPolicy } from './preferences/plugin-policy.ts';
import type { KubeJson } from './kube-json.ts';
import { discover, resourcesOf } from './resources/discovery.ts';
import { DiscoveryCache } from './resources/discovery-cache.ts';
import { type ApiResource, NoMatch, RestMapper } from './resources/rest-mapper.ts';

/** kubectl waits as long as the server does. */
const TIMEOUT_MS = 24 * 3600 * 1000;

/** Of patches. */
export const MEDIA_TYPES = { json: 'application/json-patch+json', merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json' } as const;

type Request = Omit<TransportRequest, 'signal' | 'method'> & { readonly method?: TransportRequest['method']; readonly signal?: AbortSignal };

/** `--request-timeout` in ms; a number alone means seconds, 0 no limit. */
function requestTimeoutOf(flags: Flags): number {
  const text = flags.string('request-timeout');
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  try {
    return parseDuration(text);
  } catch (error) {
    throw new CommandError('Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)', { cause: error });
  }
}

/** One server and one identity: requests, discovery, and where to open streams. Warnings of the server go to stderr, each once. */
export class Connection implements AsyncDisposable {
  readonly options: ConnectionOptions;
  readonly #io: KubectlIo;
  /** 0: no limit. */
  readonly #timeoutMs: number;
  readonly #transport: HttpsTransport;
  readonly #client: Client;
  readonly #warned = new Set<string>();
  readonly #cache: DiscoveryCache | undefined;
  #material: TlsMaterial | undefined;
  #mapper: Promise<RestMapper> | undefined;
  /** Whether the mapper is what the server said in this run. */
  #isFresh = false;

  /** Throws for a configuration that cannot be used. */
  constructor(flags: Flags, io: KubectlIo, { userAgent, policy }: { readonly userAgent: string; readonly policy: PluginPolicy }) {
    const options = connectionOptions(flags, io, policy);
    this.options = options;
    this.#io = io;
    this.#timeoutMs = requestTimeoutOf(flags);
    const cacheFolder = cacheFolderOf(flags, io.env);
    this.#cache = cacheFolder === undefined ? undefined : new DiscoveryCache(cacheFolder, options.server, io.clock);
    this.#transport = new HttpsTransport({ server: options.server, tls: () => this.#tls(), token: () => this.#token(), headers: options.headers, userAgent, parse: parseWhole, clock: io.clock, timeoutMs: this.#timeoutMs || TIMEOUT_MS, watchIdleMs: TIMEOUT_MS });
    this.#client = new Client({ transport: { send: (request) => this.#send(request), watch: (request) => this.#transport.watch(request), [Symbol.asyncDispose]: async () => undefined }, clock: io.clock });
  }

  get namespace(): string {
    return this.options.namespace;
  }

  /** The body of a 2xx answer; throws StatusError for others. */
  request(request: Request): Promise<unknown> {
    return this.#client.send({ method: 'GET', signal: this.#io.signal, ...request });
  }

  /** Ends after `--request-timeout`, to the second. */
  watch({ query, ...request }: Request): Promise<AsyncIterable<readonly WatchEvent[]>> {
    const timeoutSeconds = this.#timeoutMs === 0 ? undefined : String(Math.ceil(this.#timeoutMs / 1000));
    return this.#client.watch({ method: 'GET', signal: this.#io.signal, query: { ...query, timeoutSeconds }, ...request });
  }

  /** A body as it comes: logs, raw requests. */
  async stream(request: Request): Promise<IncomingMessage> {
    const full: TransportRequest = { method: 'GET', signal: this.#io.signal, ...request, headers: { accept: '*/*', ...request.headers } };
    const response = await this.#transport.stream(full);
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return response;
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
    throw statusErrorOf({ status: code, headers: {}, body: isJson ? (JSON.parse(text) as unknown) : text }, full);
  }

  path(resource: ApiResource, namespace: string | undefined, name: string, subresource?: string): string {
    return objectPath(resource, namespace, name, subresource);
  }

  collection(resource: ApiResource, namespace?: string): string {
    return collectionPath(resource, namespace);
  }

  async get(resource: ApiResource, namespace: string | undefined, name: string, subresource?: string): Promise<KubeJson> {
    return (await this.request({ path: this.path(resource, namespace, name, subresource) })) as KubeJson;
  }

  /** All objects, in chunks; items without their kind, as lists hold them, get it. */
  async list(resource: ApiResource, namespace: string | undefined, selectors: { labelSelector?: string; fieldSelector?: string } = {}): Promise<KubeJson[]> {
    const items: KubeJson[] = [];
    const version = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
    let next: string | undefined;
    do {
      const page = (await this.request({ path: this.collection(resource, namespace), query: { ...selectors, limit: '500', continue: next } })) as { items?: KubeJson[]; metadata?: { continue?: string } };
      for (const item of page.items ?? []) items.push({ apiVersion: version, kind: resource.kind, ...item });
      next = page.metadata?.continue || undefined;
    } while (next);
    return items;
  }

  patch(path: string, type: 'json' | 'merge' | 'strategic', patch: unknown, query: Request['query'] = {}): Promise<KubeJson> {
    return this.request({ method: 'PATCH', path, query, body: stringifyWhole(patch), headers: { 'content-type': MEDIA_TYPES[type] } }) as Promise<KubeJson>;
  }

  /** What the server has, or had when it was last asked: for words that a user gives, `lookUp` is the way. */
  mapper(): Promise<RestMapper> {
    this.#mapper ??= this.#known();
    return this.#mapper;
  }

  /** What the server has now. */
  freshMapper(): Promise<RestMapper> {
    if (!this.#isFresh) this.#mapper = this.#discover();
    this.#isFresh = true;
    return this.mapper();
  }

  /** What `find` makes of the resources. If it finds nothing (undefined, or NoMatch) among those that were kept from before, the server is asked again. */
  async lookUp<T>(find: (mapper: RestMapper) => T): Promise<T> {
    const mapper = await this.mapper();
    try {
      const found = find(mapper);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof NoMatch)) throw error;
    }
    return find(await this.freshMapper());
  }

  /** Where exec, attach and port-forward connect. */
  streamTarget(path: string, query: URLSearchParams): UpgradeTarget {
    const url = new URL(this.options.server);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    url.search = query.toString();
    const { ca, cert, key, serverName } = this.#tls();
    const token = this.#token();
    return {
      url,
      headers: { ...this.options.headers, ...(token && { authorization: `Bearer ${token}` }) },
      tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(serverName && { servername: serverName }), rejectUnauthorized: !this.options.skipsVerification },
      signal: this.#io.signal,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport[Symbol.asyncDispose]();
  }

  #token(): string | undefined {
    return this.options.plugin ? this.options.plugin.credentials().token : this.options.token;
  }

  /** The same object for as long as nothing of it changes: another one closes connections. */
  #tls(): TlsMaterial {
    const { tls, plugin, skipsVerification } = this.options;
    const { cert, key } = plugin?.credentials() ?? {};
    if (!this.#material || this.#material.cert !== (cert ?? tls.cert)) this.#material = { ...tls, ...(cert && { cert }), ...(key && { key }), ...(skipsVerification && { skipVerification: true }) };
    return this.#material;
  }

  async #send(request: TransportRequest): Promise<TransportResponse> {
    const response = await this.#transport.send(request);
    for (const match of (response.headers['warning'] ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      const text = (match[1] ?? '').replace(/\\(.)/g, '$1');
      this.#warn(text);
    }
    return response;
  }

  /** Each warning is printed once. */
  #warn(text: string): void {
    if (!this.#warned.has(text)) this.#io.stderr.write(`Warning: ${text}\n`);
    this.#warned.add(text);
  }

  async #known(): Promise<RestMapper> {
    const kept = await this.#cache?.read();
    return kept ? this.#mapperOf(resourcesOf(kept)) : this.freshMapper();
  }

  async #discover(): Promise<RestMapper> {
    const discovery = await discover((path, headers) => this.request({ path, headers }));
    await this.#cache?.write(discovery);
    return this.#mapperOf(resourcesOf(discovery));
  }

  #mapperOf(resources: readonly ApiResource[]): RestMapper {
    return new RestMapper(resources, (text) => this.#warn(text));
  }
}

/** `--cache-dir`, else where stock kubectl keeps its own; nothing for a user without a home. */
function cacheFolderOf(flags: Flags, env: KubectlIo['env']): string | undefined {
  if (flags.has('cache-dir')) return flags.string('cache-dir');
  return env['KUBECACHEDIR'] || (env['HOME'] ? join(env['HOME'], '.kube', 'cache') : undefined);
}
