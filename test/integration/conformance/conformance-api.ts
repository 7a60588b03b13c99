import assert from 'node:assert/strict';
import type { Transport, TransportResponse, WatchEvent } from '../../../src/client/transport.ts';
import { SystemClock } from '../../../src/base/clock.ts';

/** Whatever JSON holds. */
export type Json = ReturnType<typeof JSON.parse>;

/** An object, or a list of them, as the API answers it. */
export interface Thing {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string; generation: number; creationTimestamp: string; deletionTimestamp?: string; labels?: Record<string, string>; annotations?: Record<string, string>; ownerReferences?: Json[]; finalizers?: string[]; continue?: string; remainingItemCount?: number };
  spec: Json;
  status: Json;
  data: Json;
  items: Thing[];
  [field: string]: Json;
}

export type PatchType = 'json-patch+json' | 'merge-patch+json' | 'strategic-merge-patch+json' | 'apply-patch+yaml';

const clock = new SystemClock();
/** How long anything may take: a machine may be busy with much else. */
const LIMIT_MS = 90_000;

/** The calls of the suite, as paths and bodies. Answers other than 2xx fail the test, but for `answer`. */
export class ConformanceApi {
  readonly transport: Transport;
  readonly signal: AbortSignal = new AbortController().signal;
  #count = 0;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  answer(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: object | string, headers: Readonly<Record<string, string>> = {}): Promise<TransportResponse & { body: Json }> {
    const { path, query } = parted(url);
    return this.transport.send({ method, path, query, headers, ...(body !== undefined && { body }), signal: this.signal });
  }

  async #ok(...[method, url, body, headers]: Parameters<ConformanceApi['answer']>): Promise<Thing> {
    const answer = await this.answer(method, url, body, headers);
    assert(answer.status >= 200 && answer.status < 300, `${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Thing;
  }

  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Thing> {
    return this.#ok('GET', url, undefined, headers);
  }

  create(url: string, body: object): Promise<Thing> {
    return this.#ok('POST', url, body);
  }

  put(url: string, body: object): Promise<Thing> {
    return this.#ok('PUT', url, body);
  }

  patch(url: string, patch: object, type: PatchType = 'strategic-merge-patch+json'): Promise<Thing> {
    return this.#ok('PATCH', url, JSON.stringify(patch), { 'content-type': `application/${type}` });
  }

  delete(url: string, options?: object): Promise<Thing> {
    return this.#ok('DELETE', url, options);
  }

  /** Reads, changes and writes until nobody came between: client-go's `RetryOnConflict`. */
  async update(url: string, change: (thing: Thing) => void, target = url): Promise<Thing> {
    for (let attempt = 0; ; attempt++) {
      const thing = await this.get(url);
      change(thing);
      const answer = await this.answer('PUT', target, thing);
      if (answer.status === 200) return answer.body as Thing;
      assert(answer.status === 409 && attempt < 20, `PUT ${target}: ${JSON.stringify(answer.body)}`);
    }
  }

  async refused(code: number, ...[method, url, body, headers]: Parameters<ConformanceApi['answer']>): Promise<string> {
    const answer = await this.answer(method, url, body, headers);
    assert.equal(answer.status, code, `${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return (answer.body as { message?: string }).message ?? '';
  }

  async namespace(prefix: string, labels: Record<string, string> = {}): Promise<string> {
    const name = `${prefix}-${++this.#count}`;
    await this.create('/api/v1/namespaces', { metadata: { name, labels } });
    await this.until('the service account is there', async () => (await this.answer('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200);
    return name;
  }

  watch(url: string): Watch {
    return new Watch(this.transport, url);
  }

  async until<T>(what: string, holds: () => Promise<T>, timeoutMs = LIMIT_MS): Promise<Exclude<T, false | undefined>> {
    for (const deadline = clock.monotonic() + timeoutMs; ; ) {
      const found = await holds();
      if (found) return found as Exclude<T, false | undefined>;
      assert(clock.monotonic() < deadline, `it never came true: ${what}`);
      await clock.sleep(25, this.signal);
    }
  }

  /** Waits until the object is so; fails with the object as it was last. */
  async untilIs(url: string, what: string, is: (thing: Thing) => unknown, timeoutMs = LIMIT_MS): Promise<Thing> {
    let last: Thing | undefined;
    return this.until(what, async () => is((last = await this.get(url))) ? last : undefined, timeoutMs).catch((error: unknown) => {
      throw new Error(`${what}: ${JSON.stringify(last)}`, { cause: error });
    });
  }

  /** Waits until a list is empty. */
  async untilNone(url: string, timeoutMs = LIMIT_MS): Promise<void> {
    await this.until(`nothing is left at ${url}`, async () => (await this.get(url)).items.length === 0, timeoutMs);
  }

  async untilGone(url: string, timeoutMs = LIMIT_MS): Promise<void> {
    await this.until(`${url} is gone`, async () => (await this.answer('GET', url)).status === 404, timeoutMs);
  }
}

/** Events of a watch in order, as `watchtools.Until` reads them. Without a resourceVersion it begins, at the first call, with what is there. */
export class Watch implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #events: AsyncIterator<WatchEvent>;

  constructor(transport: Transport, url: string) {
    this.#events = eventsOf(transport, url, this.#stop.signal);
  }

  /** The next event of which `is` holds; others are passed over. */
  async until(what: string, is: (event: WatchEvent<Thing>) => unknown): Promise<Thing> {
    const passed: string[] = [];
    const timeout = clock.after(LIMIT_MS, () => this.#stop.abort(new Error(`the watch never told: ${what}; it told: ${passed.join('\n')}`)));
    try {
      for (;;) {
        const next = await this.#events.next();
        assert(!next.done, `the watch ended before: ${what}`);
        const event = next.value as WatchEvent<Thing>;
        if (is(event)) return event.object;
        passed.push(JSON.stringify(event));
      }
    } finally {
      timeout[Symbol.dispose]();
    }
  }

  /** The next event, which must be of this type. */
  async next(type: WatchEvent['type']): Promise<Thing> {
    let seen: string | undefined;
    const thing = await this.until(type, (event) => ((seen = event.type), event.type !== 'BOOKMARK'));
    assert.equal(seen, type, JSON.stringify(thing));
    return thing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
  }
}

async function* eventsOf(transport: Transport, url: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  const { path, query } = parted(url);
  for await (const batch of await transport.watch({ method: 'GET', path, query, signal })) yield* batch;
}

function parted(url: string): { path: string; query: Record<string, string | string[]> } {
  const [path = '', text = ''] = url.split('?');
  const query: Record<string, string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) (query[key] ??= []).push(value);
  return { path, query };
}

export function conditionOf(thing: Thing, type: string): Json {
  return (thing.status?.conditions as Json[] | undefined)?.find((one: Json) => one.type === type);
}

export const isTrue = (thing: Thing, type: string): boolean => conditionOf(thing, type)?.status === 'True';
