import type { Lease } from '../../api/generated/coordination-v1.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { leases, nodes, pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import { byNodeName, type Lister } from '../../client/lister.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { type ControllerContext, type ControllerOptions, recorderFor } from '../context.ts';
import { timeOf } from '../times.ts';
import { conditionOf, lacksEvictionTaint, planLabels, planTaints, readyStatus, silentConditions } from './plan.ts';
import { evictionRate, isEverythingDown, type Zone, zoneOf, ZoneTally } from './zones.ts';

/** What has been seen of a node. Lost in a restart, it begins again with a full grace period. */
interface Health {
  readonly uid: string;
  /** When the node last gave a sign of life, by our clock: clocks of nodes need not agree with it. */
  heardMs: number;
  heartbeat: string | undefined;
  wasReady: boolean;
  /** It has ceased to be ready, and its pods have not all been marked so. */
  podsToMark: boolean;
}

/** Watches over the nodes: a silent one is Unknown; taints follow from its conditions; its pods are no longer ready. */
export class NodeLifecycleController extends Controller {
  readonly #client: Client;
  readonly #options: ControllerOptions;
  readonly #nodes: Lister<Node>;
  readonly #leases: Lister<Lease>;
  readonly #pods: Lister<Pod>;
  readonly #recorder: EventRecorder;
  readonly #health = new Map<string, Health>();
  readonly #zones: ZoneTally;
  /** When the next node of a zone may be emptied. */
  readonly #nextEvictionMs = new Map<string, number>();

  constructor(context: ControllerContext) {
    super({ name: 'node-lifecycle-controller', clock: context.clock, logger: context.logger, workers: 8 });
    this.#client = context.client;
    this.#options = context.options;
    this.#zones = new ZoneTally(context.options.unhealthyZoneThreshold);
    this.#nodes = this.watch(context.informers.informer(nodes), (node, { after }) => {
      if (after) this.#zones.set(after);
      else this.#zones.delete(node.metadata.name);
      return [node.metadata.name];
    }).lister;
    this.#leases = this.watch(context.informers.informer(leases, { namespace: 'kube-node-lease' }), (lease, { after }) => {
      if (after === lease) this.#hear(lease.metadata.name, lease.spec?.renewTime);
      return [];
    }).lister;
    this.#pods = this.reads(context.informers.informer(pods)).lister;
    this.#recorder = this.owns(recorderFor(context, 'node-controller'));
  }

  #hear(name: string, heartbeat: string | undefined): void {
    const health = this.#health.get(name);
    if (!health || health.heartbeat === heartbeat) return;
    health.heartbeat = heartbeat;
    health.heardMs = this.clock.monotonic();
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const node = this.#nodes.get(name);
    this.#forget(name, node?.metadata.uid);
    if (!node) return;
    const health = this.#observe(node);
    const graceMs = conditionOf(node, 'Ready') ? this.#options.nodeMonitorGracePeriodMs : this.#options.nodeStartupGracePeriodMs;
    const leftMs = health.heardMs + graceMs - this.clock.monotonic();
    const conditions = leftMs <= 0 ? silentConditions(node, this.clock.now()) : undefined;
    if (conditions) {
      await this.#client.resource(nodes).updateStatus({ ...node, status: { ...node.status, conditions } } as Node, { signal });
      return; // comes again with the new state
    }
    if (health.podsToMark) await this.#markPods(node, health, signal);
    const labels = planLabels(node);
    if (labels) {
      await this.#client.resource(nodes).patch(name, { type: 'merge', patch: { metadata: { uid: node.metadata.uid, labels } } }, { signal });
      return; // comes again with them
    }
    const waitMs = await this.#taint(node, signal);
    const afterMs = Math.min(leftMs > 0 ? leftMs : Infinity, waitMs ?? Infinity);
    return Number.isFinite(afterMs) ? { afterMs: Math.max(afterMs, 1) } : undefined;
  }

  /** Of a node that has gone; another may have come by its name. */
  #forget(name: string, uid: string | undefined): void {
    const known = this.#health.get(name);
    if (!known || known.uid === uid) return;
    this.#health.delete(name);
    this.#tell(name, known.uid, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
  }

  /** Source: pkg/controller/util/node, RecordNodeEvent and RecordNodeStatusChange. */
  #tell(name: string, uid: string, reason: string, message: string): void {
    this.#recorder.normal({ apiVersion: 'v1', kind: 'Node', name, uid }, reason, message);
  }

  /** Notes signs of life, and that a node has ceased to be ready. */
  #observe(node: DeepReadonly<Node>): Health {
    const { name, uid } = node.metadata;
    const heartbeat = this.#leases.get(`kube-node-lease/${name}`)?.spec?.renewTime ?? conditionOf(node, 'Ready')?.lastHeartbeatTime;
    const isReady = readyStatus(node) === 'True';
    const known = this.#health.get(name);
    if (!known) {
      const sinceCreationMs = conditionOf(node, 'Ready') ? 0 : Math.max(this.clock.now() - Date.parse(node.metadata.creationTimestamp), 0);
      const health = { uid, heardMs: this.clock.monotonic() - sinceCreationMs, heartbeat, wasReady: isReady, podsToMark: false };
      this.#health.set(name, health);
      this.#tell(name, uid, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
      return health;
    }
    this.#hear(name, heartbeat);
    if (known.wasReady && !isReady) {
      known.podsToMark = true;
      this.#tell(name, uid, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    }
    known.wasReady = isReady;
    return known;
  }

  /** Endpoints must not lead to pods that nobody hears of. Source: MarkPodsNotReady. */
  async #markPods(node: DeepReadonly<Node>, health: Health, signal: AbortSignal): Promise<void> {
    for (const pod of this.#pods.byIndex(byNodeName, node.metadata.name)) {
      if (!isPodReady(pod) || readyStatus(node) === 'True') continue;
      // Its reason and message stay the kubelet's.
      const condition = { type: 'Ready', status: 'False', lastTransitionTime: timeOf(this.clock.now()) };
      try {
        await this.#client.resource(pods, pod.metadata.namespace).patchStatus(pod.metadata.name, { type: 'strategic', patch: { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } } }, { signal });
      } catch (error) {
        if (!hasReason(error, 'NotFound', 'Conflict', 'Invalid')) throw error;
        continue;
      }
      this.#recorder.warning(referenceTo(pods, pod), 'NodeNotReady', 'Node is not ready');
    }
    health.podsToMark = false;
  }

  /** Gives when to look again because evictions wait for their turn. */
  async #taint(node: DeepReadonly<Node>, signal: AbortSignal): Promise<number | undefined> {
    let waitMs: number | undefined;
    let stopEvictions = false;
    if (readyStatus(node) !== 'True') {
      const states = this.#zones.states();
      stopEvictions = isEverythingDown(states);
      if (stopEvictions) waitMs = this.#options.nodeMonitorPeriodMs;
      else if (lacksEvictionTaint(node)) waitMs = this.#evictionWaitMs(node, states);
    }
    const taints = planTaints(node, { mayEvict: waitMs === undefined, stopEvictions }, this.clock.now());
    if (!taints) return waitMs;
    const { name, resourceVersion } = node.metadata;
    await this.#client.resource(nodes).patch(name, { type: 'merge', patch: { metadata: { resourceVersion }, spec: { taints } } }, { signal });
    return waitMs;
  }

  /** Takes the zone's next turn; gives in how many ms it comes, undefined: now. */
  #evictionWaitMs(node: DeepReadonly<Node>, states: ReadonlyMap<string, Zone>): number | undefined {
    const zone = states.get(zoneOf(node));
    const rate = zone ? evictionRate(zone, this.#options) : 0;
    if (rate === 0) return this.#options.nodeMonitorPeriodMs;
    const nowMs = this.clock.monotonic();
    const nextMs = this.#nextEvictionMs.get(zoneOf(node)) ?? nowMs;
    if (nextMs > nowMs) return nextMs - nowMs;
    this.#nextEvictionMs.set(zoneOf(node), nowMs + 1000 / rate);
    return undefined;
  }
}
