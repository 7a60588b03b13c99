import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { nodes, pods } from '../../api/refs.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';
import { disruptPod } from '../disrupt-pod.ts';
import { planPodGC } from './plan.ts';

const SWEEP_MS = 20_000;
/** A node that has only just gone may be coming back, or not be in the cache yet. */
const QUARANTINE_MS = 40_000;

/** Sweeps up pods that nobody else will: too many ended ones, those of nodes that are gone, those deleted before they had a node. */
export class PodGarbageCollector extends Controller {
  readonly #client: Client;
  readonly #threshold: number;
  readonly #nodes: Lister<Node>;
  readonly #pods: Lister<Pod>;
  /** Since when nodes that pods name have been missing. */
  readonly #missingSinceMs = new Map<string, number>();

  constructor(context: ControllerContext) {
    super({ name: 'pod-garbage-collector-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#threshold = context.options.terminatedPodGCThreshold;
    this.#nodes = this.reads(context.informers.informer(nodes)).lister;
    this.#pods = this.reads(context.informers.informer(pods)).lister;
    this.background.push(async () => this.queue.add('sweep'));
  }

  protected async reconcile(_: string, signal: AbortSignal): Promise<RequeueAfter> {
    const known = new Map(this.#nodes.list().map((node) => [node.metadata.name, node]));
    const plan = planPodGC(this.#pods.list(), known, this.#threshold);
    const options = { nowMs: this.clock.now(), signal };
    for (const pod of plan.surplus) await disruptPod(this.#client, pod, undefined, { ...options, force: true });
    for (const pod of plan.outOfService) await disruptPod(this.#client, pod, undefined, { ...options, force: true });
    const gone = await this.#goneNodes(new Set(plan.orphaned.map(({ spec }) => spec.nodeName ?? '')), signal);
    for (const pod of plan.orphaned) {
      if (gone.has(pod.spec.nodeName ?? '')) await disruptPod(this.#client, pod, { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }, { ...options, force: true });
    }
    for (const pod of plan.unscheduled) await disruptPod(this.#client, pod, undefined, { ...options, force: true });
    return { afterMs: SWEEP_MS };
  }

  /** Those of the missing nodes that have been missing for long enough, and that the server does not know either. */
  async #goneNodes(missing: ReadonlySet<string>, signal: AbortSignal): Promise<Set<string>> {
    const nowMs = this.clock.monotonic();
    for (const name of this.#missingSinceMs.keys()) if (!missing.has(name)) this.#missingSinceMs.delete(name);
    const gone = new Set<string>();
    for (const name of missing) {
      const sinceMs = this.#missingSinceMs.get(name) ?? nowMs;
      this.#missingSinceMs.set(name, sinceMs);
      if (nowMs - sinceMs < QUARANTINE_MS) continue;
      try {
        await this.#client.resource(nodes).get(name, { signal });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
        gone.add(name);
      }
    }
    return gone;
  }
}
