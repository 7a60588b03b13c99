import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { PodSpec } from '../api/generated/core-v1.ts';

/** Containers may have rules that restart all containers of their pod when one ends. */
export const RESTART_ALL = 'RestartAllContainersOnContainerExits';

/** What a node must have declared that it can do, to run the pod. Source: KEP-5328; k8s.io/component-helpers/nodedeclaredfeatures. */
export function featuresNeeded({ containers, initContainers = [] }: DeepReadonly<PodSpec>): readonly string[] {
  const restartsAll = [...initContainers, ...containers].some(({ restartPolicyRules }) => restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'));
  return restartsAll ? [RESTART_ALL] : [];
}
