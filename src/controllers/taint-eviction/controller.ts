import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { nodes, pods } from '../../api/refs.ts';
import { keyOf, splitKey } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import { byNodeName, type Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { disruptPod } from '../disrupt-pod.ts';
import { evictionTime } from './plan.ts';

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer. */
export class TaintEvictionController extends Controller {
  readonly #client: Client;
  readonly #nodes: Lister<Node>;
  readonly #pods: Lister<Pod>;
  readonly #recorder: EventRecorder;
  /** Pods whose toleration of a taint ends some time. */
  readonly #pending = new Set<string>();

  constructor(context: ControllerContext) {
    super({ name: 'taint-eviction-controller', clock: context.clock, logger: context.logger, workers: 8 });
    this.#client = context.client;
    this.#nodes = this.watch(context.informers.informer(nodes), (node) => {
      const drivesAway = node.spec.taints?.some(({ effect }) => effect === 'NoExecute') ?? false;
      return drivesAway ? this.#pods.byIndex(byNodeName, node.metadata.name).map(keyOf) : [];
    }).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => (pod.spec.nodeName ? [keyOf(pod)] : [])).lister;
    this.#recorder = this.owns(recorderFor(context, 'taint-eviction-controller'));
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const pod = this.#pods.get(key);
    const atMs = pod?.spec.nodeName ? evictionTime(pod, this.#nodes.get(pod.spec.nodeName)) : undefined;
    if (!pod || atMs === undefined) return this.#callOff(key);
    const afterMs = atMs - this.clock.now();
    if (afterMs > 0) {
      this.#pending.add(key);
      return { afterMs };
    }
    this.#pending.delete(key);
    this.#recorder.normal(referenceTo(pods, pod), 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    const cause = { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };
    await disruptPod(this.#client, pod, cause, { nowMs: this.clock.now(), signal });
  }

  /** The taint has gone, or is tolerated for good, or the pod went by itself before its time was over. */
  #callOff(key: string): undefined {
    if (!this.#pending.delete(key)) return;
    const { namespace, name } = splitKey(key);
    this.#recorder.normal({ apiVersion: 'v1', kind: 'Pod', namespace, name }, 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
  }
}
