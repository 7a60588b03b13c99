import { pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/index.ts';
import type { NodeEnvironment } from './node-environment.ts';
import { PodSyncer } from './pod-syncer.ts';
import type { PodActions } from './pod-worker.ts';
import { isStaticPod } from './static-pod.ts';

/** What a pod's worker does, with this node's parts. */
export function podActions(node: NodeEnvironment, client: Client): PodActions {
  const syncer = new PodSyncer(node);
  return {
    sync: (pod, signal) => syncer.sync(pod, signal),
    terminate: (pod, graceSeconds, failure, signal) => syncer.terminate(pod, graceSeconds, failure, signal),
    refresh: (pod) => syncer.refresh(pod),
    cleanUp: (pod, signal) => syncer.cleanUp(pod, signal),
    confirmDeletion: (pod, signal) => confirmDeletion(node, client, pod, signal),
    async remove(pod, signal) {
      await syncer.remove(pod, signal);
      node.statuses.forget(pod.metadata.uid);
      node.allocation.forget(pod.metadata.uid);
    },
  };
}

/** The last status is written before the object goes, so that watchers see how the containers ended. */
async function confirmDeletion(node: NodeEnvironment, client: Client, pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
  const { uid, name, namespace = '' } = pod.metadata;
  await node.statuses.flush(uid, signal);
  if (isStaticPod(pod)) return;
  try {
    await client.resource(pods, namespace).delete(name, { gracePeriodSeconds: 0, preconditions: { uid }, signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
  }
}
