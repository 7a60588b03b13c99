import type { DeepReadonly } from '../apimachinery/meta.ts';
import { selectorFromSet } from '../apimachinery/selectors/label-selector.ts';
import type { ReplicaSet, StatefulSet } from '../api/generated/apps-v1.ts';
import type { Pod, ReplicationController, Service } from '../api/generated/core-v1.ts';
import type { LabelSelector } from '../api/generated/meta-v1.ts';

/** What selects pods. Keys are `namespace/name`. */
export interface WorkloadListers {
  services(namespace: string): readonly DeepReadonly<Service>[];
  replicationController(key: string): DeepReadonly<ReplicationController> | undefined;
  replicaSet(key: string): DeepReadonly<ReplicaSet> | undefined;
  statefulSet(key: string): DeepReadonly<StatefulSet> | undefined;
}

export const noWorkloads: WorkloadListers = { services: () => [], replicationController: () => undefined, replicaSet: () => undefined, statefulSet: () => undefined };

/**
 * The pods that do the same as this one: those of the services that it is behind and of what controls it. Undefined when nothing selects it.
 * Source: pkg/scheduler/framework/plugins/helper, DefaultSelector.
 */
export function defaultSelectorOf(pod: DeepReadonly<Pod>, listers: WorkloadListers): DeepReadonly<LabelSelector> | undefined {
  const { matchLabels: own, matchExpressions = [] } = controllerSelector(pod, listers) ?? {};
  const matchLabels = { ...servicesLabels(pod, listers), ...own };
  return Object.keys(matchLabels).length + matchExpressions.length > 0 ? { matchLabels, matchExpressions } : undefined;
}

function servicesLabels(pod: DeepReadonly<Pod>, listers: WorkloadListers): Record<string, string> {
  const all: Record<string, string> = {};
  for (const { spec } of listers.services(pod.metadata.namespace ?? '')) {
    if (spec.selector && selectorFromSet(spec.selector).matches(pod.metadata.labels)) Object.assign(all, spec.selector);
  }
  return all;
}

function controllerSelector({ metadata }: DeepReadonly<Pod>, listers: WorkloadListers): DeepReadonly<LabelSelector> | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return undefined;
  const key = `${metadata.namespace}/${owner.name}`;
  switch (`${owner.apiVersion} ${owner.kind}`) {
    case 'v1 ReplicationController': return { matchLabels: listers.replicationController(key)?.spec.selector ?? {} };
    case 'apps/v1 ReplicaSet': return listers.replicaSet(key)?.spec.selector;
    case 'apps/v1 StatefulSet': return listers.statefulSet(key)?.spec.selector;
    default: return undefined;
  }
}
