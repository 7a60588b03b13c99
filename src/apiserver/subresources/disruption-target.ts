import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podStatusStrategy } from '../../api/core/pod-status.ts';
import { checkPreconditions } from '../registry/delete.ts';
import type { DeleteOptions } from '../registry/delete-options.ts';
import { updateObject, type UpdateStrategy } from '../registry/update.ts';
import type { WriteContext } from '../registry/write-context.ts';

/**
 * Writes into a pod that is about to be evicted that it goes by no fault of its own, so that Jobs need not count it. Throws a Conflict when the pod
 * is another than `options` mean. Source: pkg/registry/core/pod/storage/eviction.go, addConditionAndDeletePod; KEP-3329.
 */
export async function markDisrupted(context: WriteContext, name: string, options: DeleteOptions): Promise<void> {
  const status: WriteContext = { ...context, subresource: 'status', isAdmitted: true };
  await updateObject(status, {
    name, checksUid: false, strategy: podStatusStrategy as UpdateStrategy,
    transform: (old) => {
      checkPreconditions(context, name, old, options);
      return withCondition(old as DeepReadonly<Pod>, formatTime(context.registry.clock.now())) as unknown as KubeObject;
    },
  });
}

function withCondition(old: DeepReadonly<Pod>, now: string): Pod {
  const pod = copyOf(old as Pod);
  const type = 'DisruptionTarget';
  const known = pod.status.conditions?.find((condition) => condition.type === type);
  const lastTransitionTime = known?.status === 'True' ? (known.lastTransitionTime ?? now) : now;
  const observedGeneration = pod.metadata.generation ?? 0;
  const others = (pod.status.conditions ?? []).filter((condition) => condition !== known);
  pod.status.conditions = [...others, { type, observedGeneration, status: 'True', lastProbeTime: null as unknown as string, lastTransitionTime, reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' }];
  return pod;
}
