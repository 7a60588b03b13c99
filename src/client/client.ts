import type { DeepReadonly, Draft, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { apiVersionOf } from '../apimachinery/meta.ts';
import type { Status } from '../apimachinery/status.ts';
import { StatusError } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import { genericStatusError } from './generic-status.ts';
import { collectionPath, objectPath } from './paths.ts';
import type { Transport, TransportRequest, TransportResponse, WatchEvent } from './transport.ts';
import { TransportError } from './transport.ts';
import { noteWrite } from './writes.ts';

/** Every call may be given up by its signal. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface ListOptions extends CallOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** At most so many objects; `metadata.continue` leads to the next. */
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchOptions extends CallOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly allowBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export type Patch =
  | { readonly type: 'json'; readonly patch: readonly { readonly op: string; readonly path: string; readonly value?: unknown; readonly from?: string }[] }
  | { readonly type: 'merge'; readonly patch: object }
  | { readonly type: 'strategic'; readonly patch: object }
  /** Server-side apply; the manager is `fieldManager` of the options, which must be there. */
  | { readonly type: 'apply'; readonly patch: object; readonly force?: boolean };

export interface ListMeta {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface ObjectList<T> {
  readonly metadata: ListMeta;
  readonly items: readonly DeepReadonly<T>[];
}

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** How often an answer that names a time to come back (429, 503 with `Retry-After`) is followed. As client-go. */
const MAX_RETRIES = 10;

/**
 * What components talk to the API through: one identity. Answers other than 2xx become `StatusError`; no answer is `TransportError`.
 * Objects in answers are read-only: they may be shared with a cache. Copy to change (`copyOf`).
 */
export class Client {
  readonly transport: Transport;
  readonly #clock: Clock;
  readonly #headers: Readonly<Record<string, string>>;

  /** `userAgent` is what audit logs and default field managers are made of: `kube-controller-manager/v1.36.0`. The transport stays its giver's. */
  constructor(options: { transport: Transport; clock: Clock; userAgent?: string }) {
    this.transport = options.transport;
    this.#clock = options.clock;
    this.#headers = options.userAgent ? { 'user-agent': options.userAgent } : {};
  }

  /** Calls on one resource; in one namespace, or in all for `list`, `watch` and `deleteCollection`. */
  resource<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): ResourceClient<T> {
    return new ResourceClient(this, ref, namespace);
  }

  /** Sends any request and gives the body of a 2xx answer: discovery, `/version`, subresources without a method here. */
  async send(request: TransportRequest): Promise<unknown> {
    const response = await this.#answer(request);
    return response.body;
  }

  watch(request: TransportRequest): Promise<AsyncIterable<readonly WatchEvent[]>> {
    return this.transport.watch({ ...request, headers: { ...this.#headers, ...request.headers } });
  }

  async #answer(request: TransportRequest): Promise<TransportResponse> {
    const withHeaders = { ...request, headers: { ...this.#headers, ...request.headers } };
    for (let attempt = 0; ; attempt++) {
      const response = await this.transport.send(withHeaders);
      if (response.status >= 200 && response.status < 300) return response;
      const retryAfterSeconds = Number(response.headers['retry-after']);
      const mayRetry = (response.status === 429 || response.status >= 500) && retryAfterSeconds > 0 && attempt < MAX_RETRIES;
      if (!mayRetry) throw statusErrorOf(response, request);
      await this.#clock.sleep(retryAfterSeconds * 1000, request.signal);
    }
  }
}

/** A Status for any refusal, also one that came from something between us and the server. */
export function statusErrorOf(response: TransportResponse, request: { readonly method: string; readonly path: string }): StatusError {
  const body = response.body as Status | undefined;
  if (typeof body === 'object' && body !== null && body.kind === 'Status') return new StatusError(body);
  return genericStatusError(response, request);
}

export class ResourceClient<T extends KubeObject> {
  readonly #client: Client;
  readonly #ref: ResourceRef<T>;
  readonly #namespace: string | undefined;

  constructor(client: Client, ref: ResourceRef<T>, namespace: string | undefined) {
    this.#client = client;
    this.#ref = ref;
    this.#namespace = namespace;
  }

  async get(name: string, options: CallOptions & { readonly resourceVersion?: string }, headers?: Readonly<Record<string, string>>): Promise<DeepReadonly<T>> {
    const { signal, resourceVersion } = options;
    const path = objectPath(this.#ref, this.#namespace, name);
    return (await this.#client.send({ method: 'GET', path, query: { resourceVersion }, signal, ...(headers && { headers }) })) as DeepReadonly<T>;
  }

  async list(options: ListOptions, headers?: Readonly<Record<string, string>>): Promise<ObjectList<T>> {
    const { signal, limit, ...rest } = options;
    const query = { ...rest, limit: limit?.toString() };
    const body = await this.#client.send({ method: 'GET', path: collectionPath(this.#ref, this.#namespace), query, signal, ...(headers && { headers }) });
    const list = body as { metadata?: ListMeta; items?: readonly DeepReadonly<T>[] | null };
    return { metadata: list.metadata ?? {}, items: list.items ?? [] };
  }

  /** All objects, fetched in chunks of `limit` (500). Throws `Expired` when the chunks outlive the server's history. */
  async listAll(options: ListOptions, headers?: Readonly<Record<string, string>>): Promise<ObjectList<T>> {
    const items: DeepReadonly<T>[] = [];
    let page = await this.list({ limit: 500, ...options }, headers);
    for (;;) {
      for (const item of page.items) items.push(item);
      if (!page.metadata.continue) return { metadata: page.metadata, items };
      const { resourceVersion: _, resourceVersionMatch: __, ...rest } = options;
      page = await this.list({ limit: 500, ...rest, continue: page.metadata.continue }, headers);
    }
  }

  async watch(options: WatchOptions, headers?: Readonly<Record<string, string>>): Promise<AsyncIterable<readonly WatchEvent<DeepReadonly<T>>[]>> {
    const { signal, allowBookmarks, sendInitialEvents, timeoutSeconds, ...selectors } = options;
    const query = {
      ...selectors,
      ...(allowBookmarks && { allowWatchBookmarks: 'true' }),
      ...(sendInitialEvents !== undefined && { sendInitialEvents: String(sendInitialEvents), resourceVersionMatch: 'NotOlderThan' }),
      ...(timeoutSeconds && { timeoutSeconds: String(timeoutSeconds) }),
    };
    const path = collectionPath(this.#ref, this.#namespace);
    const events = await this.#client.watch({ method: 'GET', path, query, signal, ...(headers && { headers }) });
    return events as AsyncIterable<readonly WatchEvent<DeepReadonly<T>>[]>;
  }

  create(object: Draft<T>, options: WriteOptions): Promise<DeepReadonly<T>> {
    const body = { ...object, apiVersion: apiVersionOf(this.#ref), kind: this.#ref.kind };
    return this.#write({ method: 'POST', path: collectionPath(this.#ref, this.#namespace), query: writeQuery(options), body, signal: options.signal }, object.metadata.name);
  }

  /** `object` with its resourceVersion: refused with reason `Conflict` if another write came first. */
  update(object: DeepReadonly<T> | T, options: WriteOptions, subresource?: string): Promise<DeepReadonly<T>> {
    const { name } = (object as KubeObject).metadata;
    const body = { ...(object as KubeObject), apiVersion: apiVersionOf(this.#ref), kind: this.#ref.kind };
    const path = objectPath(this.#ref, this.#namespace, name, subresource);
    return this.#write({ method: 'PUT', path, query: writeQuery(options), body, signal: options.signal }, name);
  }

  updateStatus(object: DeepReadonly<T> | T, options: WriteOptions): Promise<DeepReadonly<T>> {
    return this.update(object, options, 'status');
  }

  patch(name: string, patch: Patch, options: WriteOptions, subresource?: string): Promise<DeepReadonly<T>> {
    const query = { ...writeQuery(options), ...(patch.type === 'apply' && patch.force && { force: 'true' }) };
    const path = objectPath(this.#ref, this.#namespace, name, subresource);
    const headers = { 'content-type': PATCH_TYPES[patch.type] };
    return this.#write({ method: 'PATCH', path, query, headers, body: patch.patch, signal: options.signal }, name);
  }

  patchStatus(name: string, patch: Patch, options: WriteOptions): Promise<DeepReadonly<T>> {
    return this.patch(name, patch, options, 'status');
  }

  /** Gives the server's answer: the object (still there when it has finalizers or a grace period) or a Status. */
  async delete(name: string, options: DeleteOptions): Promise<DeepReadonly<T> | Status> {
    const path = objectPath(this.#ref, this.#namespace, name);
    const answer = await this.#tracked(name, () => this.#client.send({ method: 'DELETE', path, body: deleteBody(options), signal: options.signal }));
    const object = answer as DeepReadonly<T> | Status;
    const uid = 'details' in object ? object.details?.uid : (object as KubeObject).metadata.uid;
    if (!options.dryRun) noteWrite({ ref: this.#ref, key: this.#key(name), outcome: 'deleted', uid, resourceVersion: undefined });
    return object;
  }

  async deleteCollection(options: DeleteOptions & Pick<ListOptions, 'labelSelector' | 'fieldSelector'>): Promise<void> {
    const { labelSelector, fieldSelector } = options;
    const path = collectionPath(this.#ref, this.#namespace);
    const body = deleteBody(options);
    await this.#tracked(undefined, () => this.#client.send({ method: 'DELETE', path, query: { labelSelector, fieldSelector }, body, signal: options.signal }));
  }

  /** GET, POST or PUT on a subresource: `eviction`, `binding`, `token`, `scale`, `approval`, `finalize`, `log` (text). */
  async subresource<Answer>(name: string, subresource: string, request: Pick<TransportRequest, 'method' | 'body' | 'query' | 'headers' | 'signal'>): Promise<Answer> {
    const path = objectPath(this.#ref, this.#namespace, name, subresource);
    if (request.method === 'GET') return (await this.#client.send({ ...request, path })) as Answer;
    const answer = await this.#tracked(name, () => this.#client.send({ ...request, path }));
    const object = answer as Partial<KubeObject> | undefined;
    if (object?.kind === this.#ref.kind && object.metadata?.resourceVersion) {
      const { uid, resourceVersion } = object.metadata;
      noteWrite({ ref: this.#ref, key: this.#key(name), outcome: 'written', uid, resourceVersion });
    }
    return answer as Answer;
  }

  async #write(request: TransportRequest, name: string | undefined): Promise<DeepReadonly<T>> {
    const object = (await this.#tracked(name, () => this.#client.send(request))) as KubeObject;
    const { uid, resourceVersion } = object.metadata;
    if (!request.query?.dryRun) noteWrite({ ref: this.#ref, key: this.#key(object.metadata.name), outcome: 'written', uid, resourceVersion });
    return object as DeepReadonly<T>;
  }

  async #tracked(name: string | undefined, send: () => Promise<unknown>): Promise<unknown> {
    try {
      return await send();
    } catch (error) {
      if (error instanceof TransportError) {
        noteWrite({ ref: this.#ref, key: name && this.#key(name), outcome: 'unknown', uid: undefined, resourceVersion: undefined });
      }
      throw error;
    }
  }

  #key(name: string): string {
    return this.#ref.namespaced && this.#namespace ? `${this.#namespace}/${name}` : name;
  }
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  const { fieldManager, fieldValidation, dryRun } = options;
  return { fieldManager, fieldValidation, dryRun: dryRun ? 'All' : undefined };
}

function deleteBody(options: DeleteOptions): object {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
  return { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds, propagationPolicy, preconditions, ...(dryRun && { dryRun: ['All'] }) };
}
