import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Node, Pod } from '../../api/generated/core-v1.ts';
import type { CheckpointStore } from './checkpoint.ts';
import { planResize } from './plan.ts';
import { differing, hasChanged, resourcesOfPod, withResources, type ContainerResources } from './resources-of-pod.ts';

const NOTHING: ContainerResources = new Map();

/**
 * Three things that are one for most pods: what a pod's spec asks for (desired), what the node has promised it (allocated), and what its containers
 * run with (actuated). A resize moves through them in this order; the last two outlive a restart of the kubelet.
 */
export class AllocationManager {
  readonly #store: CheckpointStore;
  readonly #allocated = new Map<string, ContainerResources>();
  readonly #actuated = new Map<string, ContainerResources>();
  readonly #pending = new Map<string, { readonly reason: string; readonly message: string }>();
  readonly #errors = new Map<string, string>();
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;

  constructor(store: CheckpointStore) {
    this.#store = store;
  }

  async load(): Promise<void> {
    const { allocated, actuated } = await this.#store.load();
    for (const [uid, resources] of allocated) this.#allocated.set(uid, resources);
    for (const [uid, resources] of actuated) this.#actuated.set(uid, resources);
  }

  /** The pod with what it is allocated, after a wish of its spec for something else was looked at. */
  allocate(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>, others: readonly DeepReadonly<Pod>[]): DeepReadonly<Pod> {
    const { uid } = pod.metadata;
    const known = this.#allocated.get(uid);
    if (!known) {
      this.#set(this.#allocated, uid, resourcesOfPod(pod));
      return pod;
    }
    const decision = planResize(pod, known, node, others);
    if (decision.action === 'allocate') this.#set(this.#allocated, uid, resourcesOfPod(pod));
    if (decision.action === 'defer') this.#pending.set(uid, decision);
    else this.#pending.delete(uid);
    return decision.action === 'defer' ? withResources(pod, known) : pod;
  }

  /** What the node has promised the pod; undefined before it was looked at. */
  allocated(uid: string): ContainerResources | undefined {
    return this.#allocated.get(uid);
  }

  /** Why the pod does not have what its spec asks for. */
  pendingResize(uid: string): { readonly reason: string; readonly message: string } | undefined {
    return this.#pending.get(uid);
  }

  /**
   * The containers, of those that have run, that do not run with the resources of `pod`, which is as `allocate` gave it. It may be allocated something
   * else by now: whoever works on an older pod acts on what that has, and tells that, so that nobody takes the newer resize for done.
   */
  toActuate(pod: DeepReadonly<Pod>): string[] {
    return this.#notActuated(pod.metadata.uid, resourcesOfPod(pod));
  }

  /** Whether the container of `pod` must start anew to get its resources: its policy for one of those that change says so. */
  needsRestart(pod: DeepReadonly<Pod>, { name, resizePolicy = [] }: DeepReadonly<Container>): boolean {
    const { uid } = pod.metadata;
    const [wanted, actuated] = [resourcesOfPod(pod).get(name), this.#actuated.get(uid)?.get(name)];
    return resizePolicy.some(({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && hasChanged(resourceName, wanted, actuated));
  }

  /** The containers do not run with what they are allocated yet; with why the last attempt failed. */
  resizeInProgress(uid: string): { readonly error?: string } | undefined {
    if (this.#notActuated(uid, this.#allocated.get(uid) ?? NOTHING).length === 0) return undefined;
    const error = this.#errors.get(uid);
    return error === undefined ? {} : { error };
  }

  setResizeError(uid: string, message: string): void {
    this.#errors.set(uid, message);
  }

  /** The container runs with the resources that it has in `pod`. */
  setActuated(pod: DeepReadonly<Pod>, containerName: string): void {
    const { uid } = pod.metadata;
    const resources = resourcesOfPod(pod).get(containerName);
    this.#errors.delete(uid);
    if (resources) this.#set(this.#actuated, uid, new Map([...(this.#actuated.get(uid) ?? NOTHING), [containerName, resources]]));
  }

  actuated(uid: string, containerName: string): ReturnType<ContainerResources['get']> {
    return this.#actuated.get(uid)?.get(containerName);
  }

  forget(uid: string): void {
    this.#pending.delete(uid);
    this.#errors.delete(uid);
    const known = this.#allocated.delete(uid);
    this.#isDirty = this.#actuated.delete(uid) || known || this.#isDirty;
  }

  /** Resolves once what was decided so far is on disk: before it is acted on. */
  async saved(): Promise<void> {
    if (this.#isDirty) {
      this.#isDirty = false;
      const state = { allocated: new Map(this.#allocated), actuated: new Map(this.#actuated) };
      this.#saving = this.#saving.catch(() => undefined).then(() => this.#store.save(state));
    }
    await this.#saving;
  }

  #notActuated(uid: string, wanted: ContainerResources): string[] {
    const actuated = this.#actuated.get(uid) ?? NOTHING;
    return differing(wanted, actuated).filter((name) => actuated.has(name));
  }

  #set(where: Map<string, ContainerResources>, uid: string, resources: ContainerResources): void {
    where.set(uid, resources);
    this.#isDirty = true;
  }
}
