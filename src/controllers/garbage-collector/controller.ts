import { apiServices, customResourceDefinitions } from '../../api/refs.ts';
import { apiVersionOf, type DeepReadonly, type KubeObject, type OwnerReference, type ResourceRef } from '../../apimachinery/meta.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Change, Informer } from '../../client/informer.ts';
import type { InformerFactory } from '../../client/informer-factory.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { canAll, discoverPreferred } from '../discovery.ts';
import { type GraphNode, graphKey, OwnerGraph } from './graph.ts';
import { blockingDependents, FOREGROUND, groupOf, isDeletingDependents, isOrphaningDependents, ORPHAN, ownerMismatch, type OwnerState, planCollection, wrongNamespaceMessage } from './plan.ts';

const METADATA_ONLY = { metadataOnly: true } as const;
const METADATA_ACCEPT = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json' };
/** The key under which discovery is read anew: when an API came or went, and now and then. */
const DISCOVERY_KEY = 'discovery';
const DISCOVERY_MS = 300_000;
const SYNC_MS = 30_000;

interface Watched {
  readonly ref: ResourceRef;
  readonly informer: Informer<KubeObject>;
  readonly subscription: Disposable;
  readonly isOwn: boolean;
}

/** Deletes what has lost all its owners; holds back, or lets go of, what is deleted in the foreground or orphans its dependents. */
export class GarbageCollector extends Controller {
  readonly #client: Client;
  readonly #informers: InformerFactory;
  readonly #graph = new OwnerGraph();
  readonly #watched = new Map<string, Watched>();
  readonly #recorder: EventRecorder;
  /** References to what the server has said does not exist where they say. An uid never comes back. */
  readonly #absent = new Set<string>();
  #kinds = new Map<string, ResourceRef>();
  /** Until all caches have synced, owners that are missing need not be gone: their dependents wait here. */
  #waiting: Set<string> | undefined = new Set();

  constructor(context: ControllerContext) {
    super({ name: 'garbage-collector-controller', clock: context.clock, logger: context.logger, workers: 20, queue: { baseMs: 100, maxMs: 60_000 } });
    this.#client = context.client;
    this.#informers = context.informers;
    this.#recorder = this.owns(recorderFor(context, 'garbage-collector-controller'));
    this.watch(context.informers.informer(customResourceDefinitions), () => [DISCOVERY_KEY]);
    this.watch(context.informers.informer(apiServices), () => [DISCOVERY_KEY]);
    this.background.push(async () => this.queue.add(DISCOVERY_KEY));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    for (const { subscription } of this.#watched.values()) subscription[Symbol.dispose]();
    this.#watched.clear();
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    if (key === DISCOVERY_KEY) return this.#discover(signal);
    const node = this.#graph.get(key);
    if (!node) return;
    if (isOrphaningDependents(node.metadata)) return this.#orphan(node, signal);
    if (node.metadata.deletionTimestamp && !isDeletingDependents(node.metadata)) return;
    const latest = await this.#live(node.ref, node.metadata.namespace, node.metadata.name, signal);
    if (latest?.uid !== node.metadata.uid) return; // gone; the cache will say so
    if (isDeletingDependents(latest)) return this.#finishForeground({ ...node, metadata: latest }, signal);
    if (latest.deletionTimestamp) return;
    await this.#collect({ ...node, metadata: latest }, signal);
  }

  async #discover(signal: AbortSignal): Promise<RequeueAfter> {
    const { resources, failures } = await discoverPreferred(this.#client, signal);
    this.#kinds = new Map(resources.map((ref) => [`${ref.group}/${ref.kind}`, ref]));
    const wanted = new Map(resources.filter((ref) => canAll(ref, 'delete', 'list', 'watch') && ref.resource !== 'events').map((ref) => [`${ref.resource}.${ref.group}`, ref]));
    for (const [name, watched] of this.#watched) {
      const isUnreadable = [...failures.keys()].some((groupVersion) => groupVersion.startsWith(`${watched.ref.group}/`));
      if (!wanted.has(name) && !isUnreadable) await this.#unwatch(name, watched);
    }
    for (const [name, ref] of wanted) if (!this.#watched.has(name)) this.#watchResource(name, ref);
    await this.#settle(signal);
    return { afterMs: failures.size > 0 ? 10_000 : DISCOVERY_MS };
  }

  /** Looks at the objects that came while caches were filling, once they have, or one of them has taken too long. */
  async #settle(signal: AbortSignal): Promise<void> {
    if (!this.#waiting) return;
    const enough = new AbortController();
    const synced = Promise.all([...this.#watched.values()].map(({ informer }) => informer.synced()));
    const late = this.clock.sleep(SYNC_MS, AbortSignal.any([signal, enough.signal])).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
    await Promise.race([synced, late]);
    enough.abort();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const key of waiting) {
      const node = this.#graph.get(key);
      if (node && this.#wantsWork(node)) this.queue.add(key);
    }
  }

  #wantsWork({ metadata }: GraphNode): boolean {
    const hasDoubtfulOwner = metadata.ownerReferences?.some((owner) => this.#isDoubtful(owner, metadata.namespace)) ?? false;
    return hasDoubtfulOwner || isDeletingDependents(metadata) || isOrphaningDependents(metadata);
  }

  #watchResource(name: string, ref: ResourceRef): void {
    const shared = this.#informers.existing(ref);
    const informer: Informer<KubeObject> = shared ?? this.#informers.informer(ref, METADATA_ONLY);
    const subscription = informer.onChange((change) => this.#see(ref, change));
    this.#watched.set(name, { ref, informer, subscription, isOwn: !shared });
  }

  async #unwatch(name: string, { ref, subscription, isOwn }: Watched): Promise<void> {
    subscription[Symbol.dispose]();
    this.#watched.delete(name);
    if (isOwn) await this.#informers.drop(ref, METADATA_ONLY);
  }

  #see(ref: ResourceRef, { key, before, after }: Change<KubeObject>): void {
    if (after) {
      const node = { ref, metadata: after.metadata };
      this.#graph.put(key, node);
      if (this.#wantsWork(node)) (this.#waiting ?? this.queue).add(graphKey(node));
      if (before) this.#wakeOwners(before.metadata);
      else this.#reportWrongNamespaces(node);
      return;
    }
    if (!before) return;
    this.#graph.remove(key, ref);
    for (const dependent of this.#graph.dependentsOf(before.metadata.uid)) this.queue.add(graphKey(dependent));
    this.#wakeOwners(before.metadata);
  }

  /** An owner that is not in a cache may be gone, or not be there yet, or be another than the reference says; one that waits for its dependents wants to know of new ones. */
  #isDoubtful(reference: DeepReadonly<OwnerReference>, namespace: string | undefined): boolean {
    const owner = this.#graph.withUid(reference.uid);
    return !owner || isDeletingDependents(owner.metadata) || ownerMismatch(owner, reference, namespace) !== undefined;
  }

  /** Of a new object, or of those that have waited for it as their owner. */
  #reportWrongNamespaces(node: GraphNode): void {
    for (const dependent of [node, ...this.#graph.dependentsOf(node.metadata.uid)]) {
      const { name, namespace, uid, ownerReferences } = dependent.metadata;
      for (const reference of ownerReferences ?? []) {
        const owner = dependent === node || reference.uid === node.metadata.uid ? this.#graph.withUid(reference.uid) : undefined;
        if (!owner || ownerMismatch(owner, reference, namespace) !== 'namespace') continue;
        const about = { apiVersion: apiVersionOf(dependent.ref), kind: dependent.ref.kind, name, uid, ...(namespace && { namespace }) };
        this.#recorder.warning(about, 'OwnerRefInvalidNamespace', wrongNamespaceMessage(reference, namespace));
      }
    }
  }

  #wakeOwners({ ownerReferences }: DeepReadonly<KubeObject['metadata']>): void {
    for (const { uid } of ownerReferences ?? []) {
      const owner = this.#graph.withUid(uid);
      if (owner && isDeletingDependents(owner.metadata)) this.queue.add(graphKey(owner));
    }
  }

  async #collect(node: GraphNode, signal: AbortSignal): Promise<undefined> {
    const { metadata, ref } = node;
    const states = new Map<string, OwnerState>();
    for (const owner of metadata.ownerReferences ?? []) states.set(owner.uid, await this.#stateOf(owner, metadata.namespace, signal));
    const plan = planCollection(metadata, states, this.#graph.dependentsOf(metadata.uid));
    const objects = this.#client.resource(ref, metadata.namespace);
    if (plan.action === 'nothing') return;
    if (plan.action === 'release') return this.#patch(node, { ownerReferences: plan.keep }, signal);
    if (plan.unblock.length > 0) await this.#patch(node, { ownerReferences: plan.unblock.map((owner) => ({ ...owner, blockOwnerDeletion: false })) }, signal);
    const resourceVersion = plan.unblock.length > 0 ? {} : { resourceVersion: metadata.resourceVersion };
    try {
      await objects.delete(metadata.name, { propagationPolicy: plan.propagationPolicy, preconditions: { uid: metadata.uid, ...resourceVersion }, signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async #stateOf(owner: DeepReadonly<OwnerReference>, namespace: string | undefined, signal: AbortSignal): Promise<OwnerState> {
    const place = [owner.uid, owner.apiVersion, owner.kind, namespace, owner.name].join('|');
    if (this.#absent.has(place)) return 'dangling';
    const known = this.#kinds.get(`${groupOf(owner.apiVersion)}/${owner.kind}`);
    if (!known) {
      this.queue.addAfter(DISCOVERY_KEY, 1000);
      throw new Error(`no matches for kind ${JSON.stringify(owner.kind)} in version ${JSON.stringify(owner.apiVersion)}`);
    }
    if (known.namespaced && !namespace) return 'senseless';
    const version = owner.apiVersion.slice(owner.apiVersion.indexOf('/') + 1);
    const live = await this.#live({ ...known, version }, known.namespaced ? namespace : undefined, owner.name, signal);
    if (live?.uid === owner.uid) return isDeletingDependents(live) ? 'waiting' : 'solid';
    this.#absent.add(place);
    if (this.#absent.size > 5000) for (const oldest of this.#absent.values().take(1000)) this.#absent.delete(oldest);
    return 'dangling';
  }

  async #finishForeground(node: GraphNode, signal: AbortSignal): Promise<undefined> {
    const blocking = blockingDependents(node.metadata.uid, this.#graph.dependentsOf(node.metadata.uid));
    if (blocking.length === 0) return this.#patch(node, { finalizers: node.metadata.finalizers?.filter((one) => one !== FOREGROUND) ?? [] }, signal);
    for (const dependent of blocking) if (!isDeletingDependents(dependent.metadata)) this.queue.add(graphKey(dependent));
  }

  async #orphan(node: GraphNode, signal: AbortSignal): Promise<undefined> {
    const { uid } = node.metadata;
    for (const dependent of this.#graph.dependentsOf(uid)) {
      await this.#patch(dependent, { ownerReferences: dependent.metadata.ownerReferences?.filter((owner) => owner.uid !== uid) ?? [] }, signal);
    }
    await this.#patch(node, { finalizers: node.metadata.finalizers?.filter((one) => one !== ORPHAN) ?? [] }, signal);
  }

  /** Refused when the object has changed since it was read; then all is thought over again. */
  async #patch({ ref, metadata }: GraphNode, change: object, signal: AbortSignal): Promise<undefined> {
    const { name, namespace, uid, resourceVersion } = metadata;
    try {
      await this.#client.resource(ref, namespace).patch(name, { type: 'merge', patch: { metadata: { uid, resourceVersion, ...change } } }, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }

  async #live(ref: ResourceRef, namespace: string | undefined, name: string, signal: AbortSignal): Promise<GraphNode['metadata'] | undefined> {
    try {
      const object = await this.#client.resource(ref, namespace).get(name, { signal }, METADATA_ACCEPT);
      return object.metadata;
    } catch (error) {
      if (StatusError.is(error) && error.code === 404) return undefined;
      throw error;
    }
  }
}
