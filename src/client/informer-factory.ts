import type { KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/lifecycle.ts';
import { AbortError, TaskGroup } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from './client.ts';
import type { InformerFilter } from './informer.ts';
import { Informer } from './informer.ts';

/** The informers of one process: whoever asks for the same objects gets the same cache. Those asked for after the start begin at once, those asked for after the end never sync, and say so. */
export class InformerFactory implements Component {
  readonly #options: { client: Client; clock: Clock; random: Random; logger: Logger };
  readonly #informers = new Map<string, Informer<KubeObject>>();
  readonly #idle = Promise.withResolvers<void>();
  #tasks: TaskGroup | undefined;

  constructor(options: { client: Client; clock: Clock; random: Random; logger: Logger }) {
    this.#options = options;
  }

  get done(): Promise<void> {
    return this.#tasks ? this.#tasks.done : this.#idle.promise;
  }

  /** The shared informer of a resource, any version of which is the same. */
  informer<T extends KubeObject>(ref: ResourceRef<T>, filter: InformerFilter = {}): Informer<T> {
    const key = keyOfInformer(ref, filter);
    const known = this.#informers.get(key);
    if (known) return known as unknown as Informer<T>;
    const informer = new Informer({ ...this.#options, ref, filter });
    this.#informers.set(key, informer as unknown as Informer<KubeObject>);
    if (this.#tasks) this.#run(informer as unknown as Informer<KubeObject>, this.#tasks);
    return informer;
  }

  /** The informer of all objects of a resource, if somebody has asked for it. */
  existing(ref: Pick<ResourceRef, 'group' | 'resource'>): Informer<KubeObject> | undefined {
    return this.#informers.get(keyOfInformer(ref, {}));
  }

  /** Stops the informer with this filter: its resource is no longer served, and whoever asked for it knows. */
  async drop(ref: Pick<ResourceRef, 'group' | 'resource'>, filter: InformerFilter): Promise<void> {
    const key = keyOfInformer(ref, filter);
    const informer = this.#informers.get(key);
    this.#informers.delete(key);
    await informer?.[Symbol.asyncDispose]();
  }

  /** Resolves once the informers asked for so far have synced. */
  async start(signal: AbortSignal): Promise<void> {
    this.#tasks = new TaskGroup(signal);
    for (const informer of this.#informers.values()) this.#run(informer, this.#tasks);
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#idle.resolve();
    await this.#tasks?.close();
  }

  #run(informer: Informer<KubeObject>, tasks: TaskGroup): void {
    if (tasks.signal.aborted) return void informer[Symbol.asyncDispose]();
    tasks.run(async (signal) => {
      try {
        await informer.start(signal);
      } catch (error) {
        if (!(error instanceof AbortError)) throw error; // dropped before it had synced
      }
      await informer.done;
    });
  }
}

function keyOfInformer(ref: Pick<ResourceRef, 'group' | 'resource'>, filter: InformerFilter): string {
  const { namespace = '', labelSelector = '', fieldSelector = '', metadataOnly = false } = filter;
  return JSON.stringify([ref.group, ref.resource, namespace, labelSelector, fieldSelector, metadataOnly]);
}
