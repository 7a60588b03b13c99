import { keyOf, type DeepReadonly } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import { isAbort } from '../base/lifecycle.ts';
import { referenceTo, type EventRecorder } from '../client/event-recorder.ts';
import { podCondition } from '../component-helpers/pod-state.ts';
import type { ClusterState } from './cluster-state.ts';
import type { SchedulerOptions } from './options.ts';
import { planPreemption, type Preemption } from './preemption.ts';
import type { Unschedulable } from './schedule-pod.ts';

/** The node that a pod is promised; null: its promise is void; undefined: as it was. */
export type Nomination = string | null | undefined;

type PreemptorOptions = Pick<SchedulerOptions, 'client' | 'clock' | 'informers' | 'logger'> & { readonly eventsOf: (pod: DeepReadonly<Pod>) => EventRecorder };

/** What is done for a pod that fits nowhere: it is told why, and where it is important enough, others make room for it. */
export class Preemptor {
  readonly #options: PreemptorOptions;
  readonly #cluster: ClusterState;

  constructor(options: PreemptorOptions, cluster: ClusterState) {
    this.#options = options;
    this.#cluster = cluster;
  }

  /** A watch shows a pod that waits. A promise made here stands until a watch has shown one. */
  seen(key: string, before: DeepReadonly<Pod> | undefined, after: DeepReadonly<Pod>): void {
    const { nominatedNodeName } = after.status;
    if (nominatedNodeName) this.#cluster.nominated.set(after, nominatedNodeName);
    else if (before?.status.nominatedNodeName) this.#cluster.nominated.delete(key);
  }

  /** Makes room by deleting pods of lower priority. `message` is what the event tells besides why the pod fits nowhere. */
  async preempt(pod: DeepReadonly<Pod>, outcome: Unschedulable, signal: AbortSignal): Promise<{ nominated: Nomination; message: string }> {
    const budgets = this.#options.informers.informer(refs.podDisruptionBudgets).lister.list();
    const verdict = planPreemption({ pod, outcome, budgets, cluster: this.#cluster });
    if (!('plan' in verdict)) {
      if (!verdict.keepsNomination) this.#cluster.nominated.delete(keyOf(pod));
      const isVoid = !verdict.keepsNomination && pod.status.nominatedNodeName !== undefined;
      return { nominated: isVoid ? null : undefined, message: `preemption: ${verdict.message}` };
    }
    this.#cluster.nominated.set(pod, verdict.plan.node);
    if (await this.#carryOut(pod, verdict.plan, signal)) return { nominated: verdict.plan.node, message: '' };
    this.#cluster.nominated.delete(keyOf(pod));
    return { nominated: undefined, message: '' };
  }

  async #carryOut(pod: DeepReadonly<Pod>, { node, victims }: Preemption, signal: AbortSignal): Promise<boolean> {
    const { client, clock, eventsOf, logger } = this.#options;
    for (const { pod: other } of this.#cluster.nominated.after(node, pod)) await this.#withdraw(other, signal);
    for (const victim of victims) {
      if (victim.metadata.deletionTimestamp !== undefined) continue;
      const pods = client.resource(refs.pods, victim.metadata.namespace);
      const condition = {
        type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: `${pod.spec.schedulerName ?? ''}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: timeText(clock.now()), observedGeneration: victim.metadata.generation,
      };
      try {
        await pods.patchStatus(victim.metadata.name, { type: 'strategic', patch: { status: { conditions: [condition] } } }, { signal });
        await pods.delete(victim.metadata.name, { preconditions: { uid: victim.metadata.uid }, signal });
        eventsOf(pod).normal(referenceTo(refs.pods, victim), 'Preempted', `Preempted by pod ${pod.metadata.uid} on node ${node}`);
      } catch (error) {
        if (isAbort(error, signal) || hasReason(error, 'NotFound', 'Conflict')) continue;
        logger.warn('could not preempt a pod', { pod: keyOf(victim), error });
        return false;
      }
    }
    return true;
  }

  /** A less important pod that was promised the node is to look elsewhere. */
  async #withdraw(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    this.#cluster.nominated.delete(keyOf(pod));
    await this.#write(pod, { nominatedNodeName: null }, signal);
  }

  /** Writes the condition PodScheduled, unless it says so already, and the promise. */
  async writeCondition(pod: DeepReadonly<Pod>, condition: { reason: string; message: string }, nominatedNodeName: Nomination, signal: AbortSignal): Promise<void> {
    const known = podCondition(pod, 'PodScheduled');
    if (known?.status === 'False' && known.reason === condition.reason && known.message === condition.message && nominatedNodeName === undefined) return;
    const lastTransitionTime = known?.status === 'False' && known.lastTransitionTime ? known.lastTransitionTime : timeText(this.#options.clock.now());
    const conditions = [{ type: 'PodScheduled', status: 'False', ...condition, lastTransitionTime, ...(pod.metadata.generation && { observedGeneration: pod.metadata.generation }) }];
    await this.#write(pod, { ...(nominatedNodeName !== undefined && { nominatedNodeName }), conditions }, signal);
  }

  async #write(pod: DeepReadonly<Pod>, status: object, signal: AbortSignal): Promise<void> {
    const { client, logger } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    try {
      await client.resource(refs.pods, namespace).patchStatus(name, { type: 'strategic', patch: { metadata: { uid }, status } }, { signal });
    } catch (error) {
      if (isAbort(error, signal) || hasReason(error, 'NotFound', 'Conflict')) return;
      logger.warn('could not write the condition PodScheduled', { pod: keyOf(pod), error });
    }
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}
