import { hasReason } from '../apimachinery/status.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../api/generated/core-v1.ts';
import type { AllocationResult, ResourceClaim } from '../api/generated/resource-v1.ts';
import * as refs from '../api/refs.ts';
import { isAbort, TaskGroup, type Component } from '../base/lifecycle.ts';
import { referenceTo } from '../client/event-recorder.ts';
import type { Change, Informer } from '../client/informer.ts';
import { isPodTerminal } from '../component-helpers/pod-state.ts';
import { ClusterState } from './cluster-state.ts';
import { nodeChanges, podChanges } from './cluster-events.ts';
import { bindDevices } from './devices/bind-devices.ts';
import { DeviceState } from './devices/device-state.ts';
import type { SchedulerOptions } from './options.ts';
import { Preemptor } from './preemptor.ts';
import { schedulePod, unschedulableMessage, type Outcome } from './schedule-pod.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { VolumeState } from './volume-state.ts';

/** The claims of a pod, with what those were given that had nothing. */
type GivenDevices = readonly { readonly claim: DeepReadonly<ResourceClaim>; readonly allocation: AllocationResult | undefined }[];
const NO_DEVICES: GivenDevices = [];

/** So many pods are placed before events and answers get their turn. */
const CYCLES_A_TURN = 32;
/** So many bindings are on their way at a time: the API server commits them in batches. */
const MAX_BINDINGS = 64;

/**
 * Finds a node for each pod that has none, and binds it. Cycles run one after another over the cluster's state in memory; bindings go out
 * side by side, their pods counted where they were put until a watch shows them or the binding fails.
 */
export class Scheduler implements Component {
  readonly #options: SchedulerOptions;
  readonly #queue: SchedulingQueue;
  readonly #cluster: ClusterState;
  readonly #preemptor: Preemptor;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #tasks = new TaskGroup();
  readonly #subscriptions: Disposable[] = [];
  #bindings = 0;
  #startAt = 0;
  #wake = Promise.withResolvers<void>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#queue = new SchedulingQueue(options.clock);
    const { informers } = options;
    this.#pods = informers.informer(refs.pods);
    this.#nodes = informers.informer(refs.nodes);
    const namespaces = informers.informer(refs.namespaces);
    const claims = informers.informer(refs.persistentVolumeClaims);
    const volumes = informers.informer(refs.persistentVolumes);
    const classes = informers.informer(refs.storageClasses);
    const deviceClaims = informers.informer(refs.resourceClaims);
    const slices = informers.informer(refs.resourceSlices);
    const deviceClasses = informers.informer(refs.deviceClasses);
    this.#cluster = new ClusterState({
      namespace: (name) => namespaces.lister.get(name),
      devices: new DeviceState({
        claim: (namespace, name) => deviceClaims.lister.get(`${namespace}/${name}`),
        claims: () => deviceClaims.lister.list(),
        slices: () => slices.lister.list(),
        deviceClass: (name) => deviceClasses.lister.get(name),
      }),
      volumes: new VolumeState({
        claim: (namespace, name) => claims.lister.get(`${namespace}/${name}`),
        volume: (name) => volumes.lister.get(name),
        volumes: () => volumes.lister.list(),
        storageClass: (name) => classes.lister.get(name),
      }),
    });
    this.#preemptor = new Preemptor(options, this.#cluster);
    this.#waitFor = [this.#pods, this.#nodes, namespaces, claims, volumes, classes, deviceClaims, slices, deviceClasses];
    this.#watched = [
      () => this.#nodes.onChange((change) => this.#onNode(change)),
      () => this.#pods.onChange((change) => this.#onPod(change)),
      () => namespaces.onChange(() => this.#happened(['namespace'])),
      () => claims.onChange(() => this.#happened(['volume'])),
      () => volumes.onChange(() => this.#happened(['volume'])),
      () => classes.onChange(() => this.#happened(['volume'])),
      ...[deviceClaims, slices, deviceClasses].map((informer) => () => informer.onChange(() => this.#happened(['device']))),
    ];
  }

  readonly #waitFor: readonly { synced(): Promise<void> }[];
  readonly #watched: readonly (() => Disposable)[];

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => void this.#tasks.close(), { once: true, signal: this.#tasks.signal });
    await Promise.all(this.#waitFor.map((informer) => informer.synced()));
    for (const watch of this.#watched) this.#subscriptions.push(watch());
    this.#tasks.run((inner) => this.#run(inner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription[Symbol.dispose]();
    await this.#tasks.close();
  }

  #onNode({ before, after }: Change<Node>): void {
    if (after) this.#cluster.setNode(after);
    else if (before) this.#cluster.deleteNode(before.metadata.name);
    this.#happened(nodeChanges(before, after));
  }

  #onPod({ key, before, after }: Change<Pod>): void {
    if (after && !isPodTerminal(after)) {
      if (after.spec.nodeName) {
        this.#forget(key);
        this.#cluster.setPod(after);
      } else if (after.metadata.deletionTimestamp === undefined && after.spec.schedulerName === this.#options.schedulerName) {
        if (!this.#cluster.isAssumed(key)) {
          this.#queue.set(key, after);
          this.#preemptor.seen(key, before, after);
        }
      } else this.#forget(key);
    } else {
      this.#forget(key);
      this.#cluster.deletePod(key);
    }
    this.#happened(podChanges(before, after));
  }

  /** The pod waits for a node no longer. */
  #forget(key: string): void {
    this.#queue.delete(key);
    this.#cluster.nominated.delete(key);
  }

  #happened(events: readonly Parameters<SchedulingQueue['happened']>[0][]): void {
    for (const event of events) this.#queue.happened(event);
    this.#wake.resolve();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const dueMs = this.#queue.moveDue();
      let placed = 0;
      while (placed < CYCLES_A_TURN && this.#bindings < MAX_BINDINGS && !signal.aborted) {
        const next = this.#queue.pop();
        if (!next) break;
        this.#schedule(next.key, next.pod);
        placed++;
      }
      if (placed === CYCLES_A_TURN) await Promise.resolve();
      await this.#idle(dueMs, placed, signal);
    }
  }

  /** Waits until something happened, a binding has ended, or a waiting pod is due. */
  async #idle(dueMs: number | undefined, placed: number, signal: AbortSignal): Promise<void> {
    if (placed > 0) this.#wake.resolve();
    using timer = dueMs === undefined ? undefined : this.#options.clock.after(dueMs, () => this.#wake.resolve());
    const onAbort = (): void => this.#wake.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await this.#wake.promise;
    signal.removeEventListener('abort', onAbort);
    this.#wake = Promise.withResolvers<void>();
    void timer;
  }

  #schedule(key: string, pod: DeepReadonly<Pod>): void {
    const { random, plugins } = this.#options;
    const { outcome, nextStart } = schedulePod({ pod, cluster: this.#cluster, plugins, startAt: this.#startAt, chance: random.next() });
    this.#startAt = nextStart;
    if (!('node' in outcome)) {
      this.#queue.fail(key, outcome.plugins);
      this.#tasks.run((signal) => this.#turnedAway(pod, outcome, signal));
      return;
    }
    this.#cluster.assume({ ...pod, spec: { ...pod.spec, nodeName: outcome.node } }, outcome.node);
    const given = this.#giveDevices(pod, outcome.node);
    this.#bindings++;
    this.#tasks.run((signal) => this.#bind(key, pod, { node: outcome.node, given }, signal));
  }

  /** The devices of the chosen node are counted as the claims' own until a watch shows them, or writing that fails. */
  #giveDevices(pod: DeepReadonly<Pod>, nodeName: string): GivenDevices {
    if (!pod.spec.resourceClaims?.length) return NO_DEVICES;
    const { devices } = this.#cluster;
    const { allocated, unallocated } = devices.claimsOf(pod);
    const node = this.#cluster.node(nodeName);
    const found = node && unallocated.length > 0 ? devices.allocator(unallocated)(node) : undefined;
    for (const [uid, allocation] of found ?? []) devices.assume(uid, allocation);
    return [...allocated, ...unallocated].map((claim) => ({ claim, allocation: found?.get(claim.metadata.uid) }));
  }

  async #bind(key: string, pod: DeepReadonly<Pod>, { node, given }: { readonly node: string; readonly given: GivenDevices }, signal: AbortSignal): Promise<void> {
    const { client, events, logger } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    try {
      await this.#bindVolumes(pod, node, signal);
      for (const { claim, allocation } of given) await bindDevices(client, claim, pod, allocation, signal);
      const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { apiVersion: 'v1', kind: 'Node', name: node } };
      await client.resource(refs.pods, namespace).subresource(name, 'binding', { method: 'POST', body, signal });
      events.normal(referenceTo(refs.pods, pod), 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
    } catch (error) {
      if (isAbort(error, signal)) return;
      this.#cluster.deletePod(key);
      for (const { claim } of given) this.#cluster.devices.forget(claim.metadata.uid);
      this.#queue.fail(key, new Set());
      const known = this.#pods.lister.get(key);
      if (known?.spec.nodeName) this.#onPod({ key, before: known, after: known });
      // The pod went, or somebody else bound it: the watch tells.
      if (!hasReason(error, 'NotFound', 'Conflict')) logger.warn('binding failed', { pod: key, node, error });
    } finally {
      this.#bindings--;
      this.#wake.resolve();
    }
  }

  /** Tells the provisioners of delayed claims which node was chosen. Source: "Volume Binding Mode", WaitForFirstConsumer. */
  async #bindVolumes(pod: DeepReadonly<Pod>, node: string, signal: AbortSignal): Promise<void> {
    if (!pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral)) return;
    for (const { claim } of this.#cluster.volumes.volumesOf(pod).delayed) {
      const patch = { metadata: { annotations: { 'volume.kubernetes.io/selected-node': node } } };
      await this.#options.client.resource(refs.persistentVolumeClaims, claim.metadata.namespace).patch(claim.metadata.name, { type: 'merge', patch }, { signal });
    }
  }

  async #turnedAway(pod: DeepReadonly<Pod>, outcome: Exclude<Outcome, { node: string }>, signal: AbortSignal): Promise<void> {
    if (pod.spec.schedulingGates?.length) {
      await this.#preemptor.writeCondition(pod, { reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' }, undefined, signal);
      return;
    }
    const { nominated, message } = await this.#preemptor.preempt(pod, outcome, signal);
    const text = unschedulableMessage(this.#cluster.nodes.length, outcome) + message;
    this.#options.events.warning(referenceTo(refs.pods, pod), 'FailedScheduling', text);
    await this.#preemptor.writeCondition(pod, { reason: 'Unschedulable', message: text }, nominated, signal);
  }
}
