import type { KubeObject, ResourceRef } from '../../src/apimachinery/meta.ts';
import { collectionPath, type Transport, type TransportRequest, type TransportResponse, type WatchEvent } from '../../src/client/index.ts';

/** As much of an API server as caches need, for components that only read: lists and watches of what a test puts in. */
export class TinyApi implements Transport {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #watchers = new Set<{ path: string; queue: WatchEvent[]; wake: () => void }>();
  /** What has happened, for watches that begin after it. */
  readonly #log: { readonly path: string; readonly revision: number; readonly event: WatchEvent }[] = [];
  #revision = 1;

  put<T extends KubeObject>(ref: ResourceRef<T>, object: T): void {
    const path = collectionPath(ref as ResourceRef);
    const collection = this.#objects.get(path) ?? new Map<string, KubeObject>();
    this.#objects.set(path, collection);
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } };
    this.#tell(path, { type: collection.has(key) ? 'MODIFIED' : 'ADDED', object: stored });
    collection.set(key, stored);
  }

  delete<T extends KubeObject>(ref: ResourceRef<T>, object: T): void {
    const path = collectionPath(ref as ResourceRef);
    this.#objects.get(path)?.delete(`${object.metadata.namespace}/${object.metadata.name}`);
    this.#tell(path, { type: 'DELETED', object: { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } } });
  }

  send({ path }: TransportRequest): Promise<TransportResponse> {
    return Promise.resolve({ status: 200, headers: {}, body: { metadata: { resourceVersion: String(this.#revision) }, items: [...(this.#objects.get(path)?.values() ?? [])] } });
  }

  watch({ path, query, signal }: TransportRequest): Promise<AsyncIterable<readonly WatchEvent[]>> {
    const from = Number(query?.['resourceVersion'] ?? 0);
    const missed = this.#log.filter((one) => one.path === path && one.revision > from);
    const watcher = { path, queue: missed.map(({ event }) => event), wake: (): void => undefined };
    this.#watchers.add(watcher);
    const end = (): void => void this.#watchers.delete(watcher);
    async function* events(): AsyncGenerator<readonly WatchEvent[]> {
      try {
        for (;;) {
          if (watcher.queue.length > 0) yield watcher.queue.splice(0);
          signal.throwIfAborted();
          if (watcher.queue.length > 0) continue;
          const { promise, resolve } = Promise.withResolvers<void>();
          watcher.wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
          await promise;
        }
      } finally {
        end();
      }
    }
    return Promise.resolve(events());
  }

  #tell(path: string, event: WatchEvent): void {
    this.#log.push({ path, revision: this.#revision, event });
    for (const watcher of this.#watchers) {
      if (watcher.path !== path) continue;
      watcher.queue.push(event);
      watcher.wake();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
