import { TaskGroup } from '../base/lifecycle.ts';
import { StatusError } from '../apimachinery/status.ts';
import type { UserInfo } from '../apiserver/authentication/authenticator.ts';
import { statusErrorOf } from '../client/client.ts';
import type { Transport, TransportRequest } from '../client/transport.ts';
import type { ApiError, ApiEvent, ApiRequestOptions, ClusterUser } from './embedding.ts';
import { stringifyWhole } from '../apimachinery/whole-numbers.ts';

export interface InProcessApiParts {
  readonly transportFor: (user: UserInfo, userAgent: string) => Transport;
  /** Lets everything happen that takes no time. */
  readonly settle: () => Promise<void>;
}

const ADMINISTRATOR: ClusterUser = { user: 'kubernetes-admin', groups: ['system:masters'] };
const USER_AGENT = 'kubets-simulation';
/** Watches are ended by whoever opened them: in virtual time, decades may pass. */
const NEVER_SECONDS = 2 ** 31 - 1;

/** What a request that was refused rejects with. */
class RefusedError extends Error implements ApiError {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;

  constructor({ message, status, cause }: StatusError) {
    super(message, { cause });
    this.code = status.code ?? 500;
    this.reason = status.reason ?? '';
  }
}

/** Requests of whoever embeds a cluster, as somebody, without sockets. What they are given is their own. */
export class InProcessApi implements AsyncDisposable {
  readonly #parts: InProcessApiParts;
  readonly #tasks = new TaskGroup();
  readonly #transports = new Map<string, Transport>();

  constructor(parts: InProcessApiParts) {
    this.#parts = parts;
  }

  async request<T>(method: TransportRequest['method'], path: string, body: object | undefined, options: ApiRequestOptions = {}): Promise<T> {
    const { contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } = options;
    const request: TransportRequest = {
      ...this.#target(path, options), method, headers: { 'content-type': contentType }, signal: this.#tasks.signal,
      ...(body !== undefined && { body: method === 'PATCH' ? stringifyWhole(body) : (structuredClone(body) as object) }),
    };
    const response = await this.#transport(options.as).send(request);
    // Whatever the caller waits for before its next call, it then meets the same state.
    await this.#parts.settle();
    if (response.status >= 400) throw new RefusedError(statusErrorOf(response, request));
    return structuredClone(response.body) as T;
  }

  async watch<T>(path: string, onEvent: (event: ApiEvent<T>) => void, options: ApiRequestOptions = {}): Promise<Disposable> {
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.#tasks.signal]);
    const { query, ...target } = this.#target(path, options);
    const events = await this.#transport(options.as).watch({ ...target, method: 'GET', query: { ...query, timeoutSeconds: String(NEVER_SECONDS) }, signal }).catch((error: unknown) => {
      throw StatusError.is(error) ? new RefusedError(error) : error;
    });
    this.#tasks.run(async () => {
      for await (const batch of events) {
        for (const event of batch) if (!ended.signal.aborted) onEvent(structuredClone(event) as ApiEvent<T>);
      }
    });
    await this.#parts.settle();
    return { [Symbol.dispose]: () => ended.abort() };
  }

  #target(path: string, { query = {} }: ApiRequestOptions): { path: string; query: Record<string, string> } {
    const [bare = '', text] = path.split('?', 2);
    return { path: bare, query: { ...Object.fromEntries(new URLSearchParams(text)), ...query } };
  }

  #transport({ user, groups = [] }: ClusterUser = ADMINISTRATOR): Transport {
    const key = JSON.stringify([user, groups]);
    let transport = this.#transports.get(key);
    if (!transport) this.#transports.set(key, (transport = this.#parts.transportFor({ name: user, groups: [...groups, 'system:authenticated'] }, USER_AGENT)));
    return transport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
    await Promise.all([...this.#transports.values()].map((transport) => transport[Symbol.asyncDispose]()));
  }
}
