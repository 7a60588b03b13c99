import { pods as podsRef } from '../../api/refs.ts';
import { keyOf, type DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { TransportError, type Client } from '../../client/index.ts';
import { CONFIG_MIRROR } from '../containers/labels.ts';
import type { PodManager } from '../pods/pod-manager.ts';
import type { StatusManager } from '../status/status-manager.ts';
import { mirrorOf } from './manifest.ts';

export interface StaticPodsOptions {
  readonly client: Client;
  readonly logger: Logger;
  readonly manager: PodManager;
  readonly statuses: StatusManager;
  readonly node: () => DeepReadonly<Node> | undefined;
}

/** Runs the pods of this node's own files, and keeps a mirror of each in the API. Deleting a mirror deletes nothing: it comes again. */
export class StaticPods implements AsyncDisposable {
  readonly #options: StaticPodsOptions;
  /** By namespace and name: what is to run. */
  readonly #wanted = new Map<string, Pod>();
  /** By namespace and name: what the API shows. */
  readonly #mirrors = new Map<string, DeepReadonly<Pod>>();
  readonly #tasks = new TaskGroup();

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }

  static isMirror(pod: DeepReadonly<Pod>): boolean {
    return pod.metadata.annotations?.[CONFIG_MIRROR] !== undefined;
  }

  /** All pods that the files hold now. `running`: those that the runtime has already, by uid. */
  set(pods: readonly Pod[], running: ReadonlySet<string | undefined>): void {
    const { manager } = this.#options;
    const now = new Map(pods.map((pod) => [keyOf(pod), pod]));
    for (const [key, pod] of this.#wanted) {
      if (now.get(key)?.metadata.uid === pod.metadata.uid) continue;
      this.#wanted.delete(key);
      manager.gone(pod.metadata.uid);
      if (!now.has(key)) this.#reconcile(key);
    }
    for (const [key, pod] of now) {
      if (this.#wanted.has(key)) {
        if (manager.get(pod.metadata.uid)) this.#reconcile(key); // its mirror could not be written when it was wanted
        continue;
      }
      this.#wanted.set(key, pod);
      // The pod of the old file must be down before that of the new one takes its name, its ports and its volumes.
      this.#tasks.run(async (signal) => {
        await manager.untilNameIsFree(pod, signal);
        if (this.#wanted.get(key) !== pod) return;
        manager.update(pod, running.has(pod.metadata.uid));
        this.#tellMirror(key);
        this.#reconcile(key);
      });
    }
  }

  observeMirror(key: string, pod: DeepReadonly<Pod> | undefined): void {
    if (pod) this.#mirrors.set(key, pod);
    else this.#mirrors.delete(key);
    this.#tellMirror(key);
    this.#reconcile(key);
  }

  /** The status of the pod goes to its mirror. */
  #tellMirror(key: string): void {
    const wanted = this.#wanted.get(key);
    const mirror = this.#mirrors.get(key);
    if (wanted) this.#options.statuses.setMirror(wanted.metadata.uid, mirror?.metadata.annotations?.[CONFIG_MIRROR] === wanted.metadata.uid ? mirror : undefined);
  }

  #reconcile(key: string): void {
    this.#tasks.run(async (signal) => {
      try {
        await this.#reconcileOnce(key, signal);
      } catch (error) {
        if (signal.aborted || !(StatusError.is(error) || error instanceof TransportError)) throw error;
        if (!hasReason(error, 'AlreadyExists', 'NotFound', 'Conflict')) this.#options.logger.warn('writing a mirror pod failed', { pod: key, error: error.message });
      }
    });
  }

  async #reconcileOnce(key: string, signal: AbortSignal): Promise<void> {
    const { client, node } = this.#options;
    const wanted = this.#wanted.get(key);
    const mirror = this.#mirrors.get(key);
    const isRight = wanted && mirror?.metadata.annotations?.[CONFIG_MIRROR] === wanted.metadata.uid && mirror.metadata.deletionTimestamp === undefined;
    if (isRight) return;
    if (mirror) {
      const { uid, name, namespace } = mirror.metadata;
      await client.resource(podsRef, namespace).delete(name, { gracePeriodSeconds: 0, preconditions: { uid }, signal });
      return; // its end is seen, and then comes the new one
    }
    const owner = node();
    if (wanted && owner) await client.resource(podsRef, wanted.metadata.namespace).create(mirrorOf(wanted, owner.metadata), { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
  }
}
