import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { matchesNodeSelectorAndAffinity, preferredNodeAffinityWeight } from '../../component-helpers/node-affinity.ts';
import { normalizeByMax, refuseFinally, type Plugin } from '../framework.ts';

/** Source: "Assigning Pods to Nodes": nodeSelector, required and preferred node affinity. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  wakesOn: ['node-added', 'node-labels'],
  begin(pod) {
    const affinity = pod.spec.affinity?.nodeAffinity;
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution;
    const hasRequired = pod.spec.nodeSelector !== undefined || affinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
    if (!hasRequired && !preferred?.length) return undefined;
    const onlyNodes = namedNodes(pod);
    return {
      ...(onlyNodes && { onlyNodes }),
      ...(hasRequired && {
        filter: (node) => (matchesNodeSelectorAndAffinity(pod, node.node) ? undefined : refuseFinally("node(s) didn't match Pod's node affinity/selector")),
      }),
      ...(preferred?.length && {
        score: (node) => preferredNodeAffinityWeight(preferred, node.node),
        normalize: (scores) => normalizeByMax(scores, false),
      }),
    };
  },
};

/** DaemonSet pods name their node in matchFields: looking at that one node spares a walk over all of them. */
function namedNodes(pod: DeepReadonly<Pod>): ReadonlySet<string> | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const names = new Set<string>();
  for (const term of terms ?? []) {
    const named = term.matchFields?.find((field) => field.key === 'metadata.name' && field.operator === 'In');
    if (!named) return undefined;
    for (const name of named.values ?? []) names.add(name);
  }
  return terms?.length ? names : undefined;
}
