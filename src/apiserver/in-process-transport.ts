import type { KubeObject } from '../apimachinery/meta.ts';
import { StatusError, type Status } from '../apimachinery/status.ts';
import { statusErrorOf } from '../client/client.ts';
import type { Transport, TransportRequest, TransportResponse, WatchEvent } from '../client/transport.ts';
import type { Answer } from './answer.ts';
import type { UserInfo } from './authentication/authenticator.ts';
import type { Chain } from './chain.ts';
import { listMetadata } from './encoding/list-metadata.ts';
import { partialMetadata, tableOf } from './encoding/transformations.ts';
import { bookmarkObject } from './encoding/watch-forms.ts';
import type { WatchSink } from './handlers/watch-sink.ts';
import { requestInfo } from './http/request-info.ts';
import { inVersion } from './registry/served-resource.ts';
import { type ApiRequest, Query } from './request.ts';

/** Requests of components that share the process with the server: the same chain, without sockets and without encoding. Objects are shared and read-only. */
export class InProcessTransport implements Transport {
  readonly #chain: Chain;
  readonly #user: UserInfo;
  readonly #userAgent: string;
  readonly #nowMs: () => number;
  readonly #closed = new AbortController();

  constructor(options: { chain: Chain; user: UserInfo; userAgent: string; nowMs: () => number }) {
    this.#chain = options.chain;
    this.#user = options.user;
    this.#userAgent = options.userAgent;
    this.#nowMs = options.nowMs;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    request.signal.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    const warnings: string[] = [];
    try {
      const answer = await this.#chain.handleLocal(this.#requestOf(request, queryOf(request), warnings));
      return { status: answer.status, headers: { ...singleHeaders(answer), ...(warnings.length > 0 && { warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ') }) }, body: this.#bodyOf(answer, request) };
    } catch (error) {
      const status = this.#chain.statusOf(error, `${request.method} ${request.path}`);
      const retry = status.details?.retryAfterSeconds;
      return { status: status.code ?? 500, headers: retry === undefined ? {} : { 'retry-after': String(retry) }, body: status };
    }
  }

  async watch(request: TransportRequest): Promise<AsyncIterable<readonly WatchEvent[]>> {
    request.signal.throwIfAborted();
    const query = queryOf(request);
    query.set('watch', 'true');
    const answer = await this.#answerWatch(request, query);
    if (answer.type === 'events') return answer.events;
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    const queue = new EventQueue();
    const { session, resource, form } = answer;
    const sink: WatchSink = {
      cutOff: () => undefined,
      unsentBytes: 0,
      batch: (batch) => {
        queue.push(batch.events);
        return true;
      },
      bookmark: (revision, end) => queue.push([{ type: 'BOOKMARK', object: bookmarkObject(resource, form, revision, end) }]),
      error: (status: Status) => queue.push([{ type: 'ERROR', object: status }]),
      end: () => queue.end(),
    };
    session.start(sink, signal);
    return queue.read(() => session.end());
  }

  async #answerWatch(request: TransportRequest, query: URLSearchParams): Promise<Extract<Answer, { type: 'watch' | 'events' }>> {
    try {
      const answer = await this.#chain.handleLocal(this.#requestOf(request, query, []));
      if (answer.type !== 'watch' && answer.type !== 'events') {
        if (answer.status >= 400) throw statusErrorOf({ status: answer.status, headers: {}, body: this.#bodyOf(answer, request) }, request);
        throw new Error(`${request.path} cannot be watched`);
      }
      return answer;
    } catch (error) {
      throw new StatusError(this.#chain.statusOf(error, `watch ${request.path}`), { cause: error });
    }
  }

  #requestOf(request: TransportRequest, parameters: URLSearchParams, warnings: string[]): ApiRequest {
    const query = new Query(parameters);
    const { body } = request;
    return {
      info: requestInfo(request.method, request.path, (name) => query.get(name)), method: request.method, query, warnings, user: this.#user, signal: request.signal,
      headers: { 'user-agent': this.#userAgent, ...lowerCase(request.headers ?? {}) }, annotations: new Map(), exchange: undefined,
      readBody: async () => (body === undefined ? { bytes: Buffer.alloc(0) } : typeof body === 'string' || body instanceof Uint8Array ? { bytes: Buffer.from(body) } : { object: body }),
    };
  }

  #bodyOf(answer: Answer, request: TransportRequest): unknown {
    switch (answer.type) {
      case 'entry': {
        const { form, resource, entry } = answer;
        if (form.as?.kind === 'PartialObjectMetadata') return partialMetadata(entry.object, form.as.version, resource);
        return inVersion(resource, entry.object as KubeObject);
      }
      case 'list': {
        const { form, resource, entries } = answer;
        const metadata = listMetadata(answer);
        if (form.as?.kind === 'Table') return tableOf(entries, resource, { nowMs: this.#nowMs(), version: form.as.version, includeObject: undefined, metadata });
        if (form.as) return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.as.version}`, metadata, items: entries.map((entry) => partialMetadata(entry.object, form.as?.version ?? 'v1', resource)) };
        return { kind: resource.kind.listKind, apiVersion: resource.apiVersion, metadata, items: entries.map((entry) => inVersion(resource, entry.object as KubeObject)) };
      }
      case 'object': return answer.object;
      case 'bytes': {
        const text = Buffer.from(answer.bytes).toString('utf8');
        return answer.contentType.startsWith('application/json') ? (JSON.parse(text) as unknown) : text;
      }
      default: throw new Error(`${request.path} is a stream`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new Error('the transport is closed'));
  }
}

function queryOf(request: TransportRequest): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (typeof value === 'string') parameters.append(name, value);
    else for (const one of value ?? []) parameters.append(name, one);
  }
  return parameters;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function singleHeaders(answer: Answer): Record<string, string> {
  return Object.fromEntries(Object.entries(answer.headers ?? {}).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
}

/** Events on their way to one reader. The session bounds what may wait in it by ending. */
class EventQueue {
  #events: WatchEvent[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  push(events: readonly WatchEvent[]): void {
    for (const event of events) this.#events.push(event);
    this.#wake?.();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async *read(stop: () => void): AsyncGenerator<readonly WatchEvent[]> {
    try {
      for (;;) {
        if (this.#events.length > 0) {
          const batch = this.#events;
          this.#events = [];
          yield batch;
        } else if (this.#isEnded) return;
        else {
          const { promise, resolve } = Promise.withResolvers<void>();
          this.#wake = resolve;
          await promise;
          this.#wake = undefined;
        }
      }
    } finally {
      stop();
    }
  }
}

