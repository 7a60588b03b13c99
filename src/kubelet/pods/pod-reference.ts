import { pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ObjectReference, Pod } from '../../api/generated/core-v1.ts';
import { referenceTo } from '../../client/index.ts';

/** A pod as events name it, or one of its containers. */
export function podReference(pod: DeepReadonly<Pod>, containerName?: string): ObjectReference {
  if (containerName === undefined) return referenceTo(pods, pod);
  const list = pod.spec.containers.some(({ name }) => name === containerName)
    ? 'containers'
    : pod.spec.initContainers?.some(({ name }) => name === containerName) ? 'initContainers' : 'ephemeralContainers';
  return referenceTo(pods, pod, `spec.${list}{${containerName}}`);
}
