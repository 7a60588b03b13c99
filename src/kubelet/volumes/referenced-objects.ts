import { configMaps, secrets } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import type { ConfigMap, Secret } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { Informer, type Client } from '../../client/index.ts';

interface Watched<T extends KubeObject> {
  readonly informer: Informer<T>;
  readonly ready: Promise<void>;
  readonly users: Set<string>;
}

/** The config maps and secrets that pods of this node name, each watched by itself: a node may see no others. */
export class ReferencedObjects implements AsyncDisposable {
  readonly #options: { client: Client; clock: Clock; random: Random; logger: Logger; onChange: (podUids: Iterable<string>) => void };
  readonly #watched = new Map<string, Watched<KubeObject>>();
  readonly #tasks = new TaskGroup();

  /** `onChange` gets the uids of the pods whose objects changed. */
  constructor(options: { client: Client; clock: Clock; random: Random; logger: Logger; onChange: (podUids: Iterable<string>) => void }) {
    this.#options = options;
  }

  configMap(podUid: string, namespace: string, name: string): Promise<DeepReadonly<ConfigMap> | undefined> {
    return this.#get(configMaps, podUid, namespace, name);
  }

  secret(podUid: string, namespace: string, name: string): Promise<DeepReadonly<Secret> | undefined> {
    return this.#get(secrets, podUid, namespace, name);
  }

  async #get<T extends KubeObject>(ref: ResourceRef<T>, podUid: string, namespace: string, name: string): Promise<DeepReadonly<T> | undefined> {
    const key = `${ref.resource}/${namespace}/${name}`;
    let watched = this.#watched.get(key) as Watched<T> | undefined;
    if (!watched) {
      watched = this.#watch(ref, namespace, name);
      this.#watched.set(key, watched as unknown as Watched<KubeObject>);
    }
    watched.users.add(podUid);
    await watched.ready;
    return watched.informer.lister.get(`${namespace}/${name}`);
  }

  #watch<T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string): Watched<T> {
    const { client, clock, random, logger, onChange } = this.#options;
    const informer = new Informer({ client, clock, random, logger, ref, filter: { namespace, fieldSelector: `metadata.name=${name}` } });
    const users = new Set<string>();
    const ready = informer.start(this.#tasks.signal);
    ready.catch(() => undefined);
    this.#tasks.run(async () => {
      await ready;
      using _subscription = informer.onChange(() => onChange(users));
      await informer.done.catch((error: unknown) => {
        if (this.#watched.get(`${ref.resource}/${namespace}/${name}`)?.informer === (informer as unknown)) throw error;
      });
    });
    return { informer, ready, users };
  }

  /** The pod is gone: what only it named is watched no longer. */
  release(podUid: string): void {
    for (const [key, { informer, users }] of this.#watched) {
      users.delete(podUid);
      if (users.size > 0) continue;
      this.#watched.delete(key);
      this.#tasks.run(() => informer[Symbol.asyncDispose]());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#watched.values()];
    this.#watched.clear();
    await Promise.all(open.map(({ informer }) => informer[Symbol.asyncDispose]()));
    await this.#tasks.close();
  }
}
