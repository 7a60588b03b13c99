import { listAt, textAt, type KubeJson } from './kube-json.ts';

/** What `kubectl drain` makes of the pods of a node. */
export interface DrainOptions {
  readonly force: boolean;
  readonly ignoreDaemonSets: boolean;
  readonly deleteEmptyDirData: boolean;
}

export interface DrainPlan {
  readonly pods: readonly KubeJson[];
  /** `ignoring DaemonSet-managed Pods: ns/a, ns/b`. */
  readonly warnings: readonly string[];
  /** Why the node cannot be drained; empty when it can. */
  readonly errors: readonly string[];
}

type Verdict = { readonly isDeleted: boolean; readonly warning?: string; readonly error?: string };

/** Source: kubectl pkg/drain/filters.go. `daemonSets`: those that exist, as `namespace/name`. */
export function planDrain(pods: readonly KubeJson[], daemonSets: ReadonlySet<string>, options: DrainOptions): DrainPlan {
  const chosen: KubeJson[] = [];
  const warnings = new Map<string, string[]>();
  const errors = new Map<string, string[]>();
  const note = (to: Map<string, string[]>, text: string | undefined, pod: KubeJson): void => {
    if (text !== undefined) to.set(text, [...(to.get(text) ?? []), `${pod.metadata.namespace}/${pod.metadata.name}`]);
  };
  for (const pod of pods) {
    const { isDeleted, warning, error } = judge(pod, daemonSets, options);
    if (isDeleted) chosen.push(pod);
    note(warnings, warning, pod);
    note(errors, error, pod);
  }
  return {
    pods: chosen,
    warnings: [...warnings].map(([text, names]) => `${text}: ${names.join(', ')}`),
    errors: [...errors].map(([text, names]) => `cannot delete ${text}: ${names.join(', ')}`).sort((a, b) => (a < b ? -1 : 1)),
  };
}

function judge(pod: KubeJson, daemonSets: ReadonlySet<string>, options: DrainOptions): Verdict {
  const isFinished = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller);
  if (controller?.kind === 'DaemonSet' && !isFinished) {
    if (!daemonSets.has(`${pod.metadata.namespace}/${controller.name}`)) {
      if (!options.force) return { isDeleted: false, error: `daemonsets.apps ${JSON.stringify(controller.name)} not found` };
      return { isDeleted: true };
    }
    if (!options.ignoreDaemonSets) return { isDeleted: false, error: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
    return { isDeleted: false, warning: 'ignoring DaemonSet-managed Pods' };
  }
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { isDeleted: false };
  const hasLocalStorage = listAt(pod, 'spec', 'volumes').some((volume) => volume['emptyDir'] !== undefined);
  if (hasLocalStorage && !isFinished && !options.deleteEmptyDirData) return { isDeleted: false, error: 'Pods with local storage (use --delete-emptydir-data to override)' };
  if (!controller && !isFinished) {
    if (!options.force) return { isDeleted: false, error: 'cannot delete Pods that declare no controller (use --force to override)' };
    return { isDeleted: true, warning: 'deleting Pods that declare no controller' };
  }
  return { isDeleted: true };
}
