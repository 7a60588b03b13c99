import { hasReason } from '../apimachinery/status.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import { randomUid } from '../base/random.ts';
import { isAbort, TaskGroup, untilAborted, type Component } from '../base/lifecycle.ts';
import { referenceTo, type EventRecorder } from '../client/event-recorder.ts';
import type { Change, Informer } from '../client/informer.ts';
import { isPodTerminal } from '../component-helpers/pod-state.ts';
import { ClusterState } from './cluster-state.ts';
import { nodeChanges, podChanges } from './cluster-events.ts';
import { BindingFailed, DeviceBinder } from './devices/device-binder.ts';
import type { GivenDevices } from './devices/device-cycle.ts';
import { DeviceState } from './devices/device-state.ts';
import type { SchedulerOptions } from './options.ts';
import { dynamicResources } from './plugins/dynamic-resources.ts';
import { type Nomination, Preemptor } from './preemptor.ts';
import type { Profile } from './profile.ts';
import { schedulePod, type Unschedulable, unschedulableMessage } from './schedule-pod.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { bindVolumes } from './volume-binder.ts';
import type { ClaimPlaces } from './volume-choice.ts';
import { volumeInformers } from './volume-informers.ts';
import { VolumeState } from './volume-state.ts';
import { workloadInformers } from './workload-informers.ts';

/** So many pods are placed before events and answers get their turn. */
const CYCLES_A_TURN = 32;
/** What a pod gets besides its node. */
interface Placement {
  readonly node: string;
  readonly given: GivenDevices | undefined;
  readonly places: ClaimPlaces | undefined;
}

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
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #recorders = new Map<string, EventRecorder>();
  readonly #binder: DeviceBinder;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #tasks = new TaskGroup();
  readonly #subscriptions: Disposable[] = [];
  #bindings = 0;
  #startAt = 0;
  #wake = Promise.withResolvers<void>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { configuration } = options;
    this.#queue = new SchedulingQueue(options.clock, configuration);
    this.#profiles = new Map(configuration.profiles.map((profile) => [profile.schedulerName, profile]));
    for (const name of this.#profiles.keys()) this.#recorders.set(name, options.recorderOf(name));
    const { informers } = options;
    this.#pods = informers.informer(refs.pods);
    this.#nodes = informers.informer(refs.nodes);
    const namespaces = informers.informer(refs.namespaces);
    const deviceClaims = informers.informer(refs.resourceClaims);
    const slices = informers.informer(refs.resourceSlices);
    const deviceClasses = informers.informer(refs.deviceClasses);
    const workloads = workloadInformers(informers);
    const volumes = volumeInformers(informers);
    this.#cluster = new ClusterState({
      workloads: workloads.listers,
      namespace: (name) => namespaces.lister.get(name),
      devices: new DeviceState({
        claim: (namespace, name) => deviceClaims.lister.get(`${namespace}/${name}`),
        claims: () => deviceClaims.lister.list(),
        slices: () => slices.lister.list(),
        deviceClass: (name) => deviceClasses.lister.get(name),
        deviceClasses: () => deviceClasses.lister.list(),
      }),
      volumes: new VolumeState(volumes.listers),
    });
    this.#preemptor = new Preemptor({ ...options, eventsOf: (pod) => this.#eventsOf(pod) }, this.#cluster);
    this.#binder = new DeviceBinder({ client: options.client, clock: options.clock, claims: deviceClaims, state: this.#cluster.devices });
    this.#waitFor = [this.#pods, this.#nodes, namespaces, deviceClaims, slices, deviceClasses, ...volumes.all, ...workloads.all];
    this.#watched = [
      () => this.#nodes.onChange((change) => this.#onNode(change)),
      () => this.#pods.onChange((change) => this.#onPod(change)),
      () => namespaces.onChange(({ before, after }) => {
        if (before?.metadata.labels !== after?.metadata.labels) this.#cluster.selections.namespacesChanged();
        this.#happened([{ kind: 'namespace' }]);
      }),
      ...volumes.watched((event) => this.#happened([event]), (name) => this.#cluster.volumes.choice.settled(name)),
      () => deviceClaims.onChange(({ before, after }) => {
        this.#cluster.devices.seen(before, after);
        this.#happened([{ kind: 'device-claim', before, after }]);
      }),
      () => slices.onChange(() => this.#happened([{ kind: 'device-slice' }])),
      () => deviceClasses.onChange(() => this.#happened([{ kind: 'device-class' }])),
    ];
  }

  readonly #waitFor: readonly { synced(): Promise<void> }[];
  readonly #watched: readonly (() => Disposable)[];

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => void this.#tasks.close(), { once: true, signal: this.#tasks.signal });
    await untilAborted(Promise.all(this.#waitFor.map((informer) => informer.synced())), this.#tasks.signal);
    for (const watch of this.#watched) this.#subscriptions.push(watch());
    this.#tasks.run((inner) => this.#run(inner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription[Symbol.dispose]();
    await this.#tasks.close();
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder[Symbol.asyncDispose]()));
  }

  /** Undefined for pods of other schedulers. */
  #profileOf(pod: DeepReadonly<Pod>): Profile | undefined {
    return this.#profiles.get(pod.spec.schedulerName ?? '');
  }

  /** Who tells of a pod: its profile. */
  #eventsOf(pod: DeepReadonly<Pod>): EventRecorder {
    const recorder = this.#recorders.get(pod.spec.schedulerName ?? '');
    if (!recorder) throw new RangeError(`no profile is named ${pod.spec.schedulerName}`);
    return recorder;
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
      } else if (after.metadata.deletionTimestamp === undefined && this.#profileOf(after)) {
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
    const profile = this.#profileOf(pod);
    if (!profile) throw new RangeError(`no profile is named ${pod.spec.schedulerName}`);
    const { outcome, nextStart } = schedulePod({ pod, cluster: this.#cluster, ...profile, startAt: this.#startAt, chance: this.#options.random.next() });
    this.#startAt = nextStart;
    if ('error' in outcome) {
      this.#queue.fail(key, new Set());
      this.#tasks.run((signal) => this.#failed(pod, outcome.error, signal));
      return;
    }
    if ('heldBackBy' in outcome) {
      this.#queue.hold(key, outcome.heldBackBy);
      return;
    }
    if (!('node' in outcome)) {
      this.#queue.fail(key, outcome.plugins);
      this.#tasks.run((signal) => this.#turnedAway(pod, outcome, signal));
      return;
    }
    this.#cluster.assume({ ...pod, spec: { ...pod.spec, nodeName: outcome.node } }, outcome.node);
    const given = this.#giveDevices(pod, outcome.node);
    const places = this.#promiseVolumes(pod, outcome.node);
    this.#bindings++;
    this.#tasks.run((signal) => this.#bind(key, pod, { node: outcome.node, given, places }, signal));
  }

  /** The volumes that are chosen for the claims of the pod are theirs until a watch shows it, or keeping them fails. */
  #promiseVolumes(pod: DeepReadonly<Pod>, nodeName: string): ClaimPlaces | undefined {
    if (!pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral)) return undefined;
    const { volumes } = this.#cluster;
    const node = this.#cluster.node(nodeName);
    const places = node && volumes.choice.on(node, volumes.volumesOf(pod).delayed);
    if (typeof places !== 'object') return undefined;
    volumes.choice.promise(places);
    return places;
  }

  /** The devices of the chosen node are counted as the claims' own until a watch shows them, or writing that fails. */
  #giveDevices(pod: DeepReadonly<Pod>, nodeName: string): GivenDevices | undefined {
    const { devices } = this.#cluster;
    const node = this.#cluster.node(nodeName);
    const given = node && devices.cycleFor(pod)?.given(node, () => randomUid(this.#options.random));
    for (const { claim, allocation } of given?.claims ?? []) if (allocation) devices.assume(claim.metadata.uid, allocation);
    if (given?.extended) devices.assume(given.extended.claim.metadata.uid, given.extended.allocation);
    return given;
  }

  /** What the claims of the pod were given is theirs no more, unless it is written. */
  #forgetDevices(given: GivenDevices | undefined): void {
    for (const { claim } of [...(given?.claims ?? []), ...(given?.extended ? [given.extended] : [])]) this.#cluster.devices.forget(claim.metadata.uid);
  }

  async #bind(key: string, pod: DeepReadonly<Pod>, { node, given, places }: Placement, signal: AbortSignal): Promise<void> {
    const { client, logger } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    try {
      if (places) await bindVolumes(client, places, node, signal);
      if (given) await this.#bindDevices(pod, given, node, signal);
      const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { apiVersion: 'v1', kind: 'Node', name: node } };
      await client.resource(refs.pods, namespace).subresource(name, 'binding', { method: 'POST', body, signal });
      this.#eventsOf(pod).normal(referenceTo(refs.pods, pod), 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
    } catch (error) {
      if (isAbort(error, signal)) return;
      this.#cluster.deletePod(key);
      this.#forgetDevices(given);
      for (const { volume } of places?.bindings ?? []) this.#cluster.volumes.choice.settled(volume.metadata.name);
      this.#queue.fail(key, new Set());
      // Others may have what it has not got.
      this.#happened([{ kind: 'pod-removed', before: { ...pod, spec: { ...pod.spec, nodeName: node } } }]);
      const known = this.#pods.lister.get(key);
      if (known?.spec.nodeName) this.#onPod({ key, before: known, after: known });
      if (error instanceof BindingFailed) await this.#failed(pod, `running PreBind plugin "DynamicResources": ${error.message}`, signal);
      // The pod went, or somebody else bound it: the watch tells.
      else if (!hasReason(error, 'NotFound', 'Conflict')) logger.warn('binding failed', { pod: key, node, error });
    } finally {
      this.#bindings--;
      this.#wake.resolve();
    }
  }

  /** Others go on while the drivers of some devices make them ready. */
  async #bindDevices(pod: DeepReadonly<Pod>, given: GivenDevices, node: string, signal: AbortSignal): Promise<void> {
    const waiting = await this.#binder.reserve(pod, given, signal);
    if (waiting.length === 0) return;
    this.#eventsOf(pod).normal(referenceTo(refs.pods, pod), 'BindingConditionsPending', `waiting for binding conditions for device on node ${node}`);
    this.#bindings--;
    this.#wake.resolve();
    try {
      await this.#binder.ready(waiting, signal);
    } catch (error) {
      if (error instanceof BindingFailed) await this.#binder.takeBack(waiting, pod, signal);
      throw error;
    } finally {
      this.#bindings++;
    }
  }

  async #turnedAway(pod: DeepReadonly<Pod>, outcome: Unschedulable, signal: AbortSignal): Promise<void> {
    const { nominated, message } = await this.#makeRoom(pod, outcome, signal);
    const text = unschedulableMessage(this.#cluster.nodes.length, outcome) + message;
    this.#eventsOf(pod).warning(referenceTo(refs.pods, pod), 'FailedScheduling', text);
    await this.#preemptor.writeCondition(pod, { reason: 'Unschedulable', message: text }, nominated, signal);
  }

  /**
   * Frees devices, and takes less important pods away, where that helps. What kube-scheduler tells of it goes by its post-filters, of which DynamicResources comes first: where
   * another plugin has turned the pod away before it looked at its claims, it gives up, and nobody is preempted either.
   */
  async #makeRoom(pod: DeepReadonly<Pod>, outcome: Unschedulable, signal: AbortSignal): Promise<{ readonly nominated: Nomination; readonly message: string }> {
    if (this.#cluster.nodes.length === 0) return { nominated: undefined, message: '' };
    const isByDevices = [...outcome.plugins].some(({ name }) => name === dynamicResources.name);
    if (outcome.refusal !== undefined && !isByDevices) return { nominated: undefined, message: ' not found' };
    const freed = isByDevices ? await this.#binder.release(pod, this.#cluster.nodes, signal) : undefined;
    const devices = freed ?? (this.#cluster.devices.cycleFor(pod) ? 'still not schedulable' : 'no new claims to deallocate');
    if (!this.#profileOf(pod)?.preempts) return { nominated: undefined, message: ` ${devices}` };
    const { nominated, message } = await this.#preemptor.preempt(pod, outcome, signal);
    return { nominated, message: message === '' ? '' : ` ${devices}, ${message}` };
  }

  /** Scheduling itself went wrong, by what the pod asks for or what became of it. */
  async #failed(pod: DeepReadonly<Pod>, message: string, signal: AbortSignal): Promise<void> {
    this.#eventsOf(pod).warning(referenceTo(refs.pods, pod), 'FailedScheduling', message);
    await this.#preemptor.writeCondition(pod, { reason: 'SchedulerError', message }, undefined, signal);
  }
}
