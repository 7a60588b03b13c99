import { pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ObjectReference, Pod } from '../../api/generated/core-v1.ts';
import { referenceTo } from '../../client/index.ts';

/** `web_default(1a2b…)`, as messages name a pod. */
export function podText({ metadata: { name, namespace = '', uid } }: DeepReadonly<Pod>): string {
  return `${name}_${namespace}(${uid})`;
}

/** A pod as events name it, or one of its containers. */
export function podReference(pod: DeepReadonly<Pod>, containerName?: string): ObjectReference {
  if (containerName === undefined) return referenceTo(pods, pod);
  const list = pod.spec.containers.some(({ name }) => name === containerName)
    ? 'containers'
    : pod.spec.initContainers?.some(({ name }) => name === containerName) ? 'initContainers' : 'ephemeralContainers';
  return referenceTo(pods, pod, `spec.${list}{${containerName}}`);
}
