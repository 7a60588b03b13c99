import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { NodeAffinity, Pod } from '../../api/generated/core-v1.ts';
import { matchesNodeSelector, matchesNodeSelectorAndAffinity, preferredNodeAffinityWeight } from '../../component-helpers/node-affinity.ts';
import { nodeAfter } from '../cluster-event.ts';
import { normalizeByMax, refuseFinally, type Plugin } from '../framework.ts';

const NOT_ENFORCED = refuseFinally("node(s) didn't match scheduler-enforced node affinity");
const CONFLICT = 'pod affinity terms conflict';
const NOT_WANTED = refuseFinally("node(s) didn't match Pod's node affinity/selector");

/** `added`: what the scheduler wants of the nodes of all pods besides. Source: "Assigning Pods to Nodes": nodeSelector, required and preferred node affinity, node affinity per scheduling profile. */
export function nodeAffinityWith({ requiredDuringSchedulingIgnoredDuringExecution: enforced, preferredDuringSchedulingIgnoredDuringExecution: wanted = [] }: DeepReadonly<NodeAffinity>): Plugin {
  return {
    name: 'NodeAffinity',
    weight: 2,
    wakesOn: ['node-added', 'node-labels'],
    mayHelp(pod, event) {
      const node = nodeAfter(event);
      return node !== undefined && (!enforced || matchesNodeSelector(enforced, node)) && matchesNodeSelectorAndAffinity(pod, node);
    },
    begin(pod) {
      const affinity = pod.spec.affinity?.nodeAffinity;
      const own = affinity?.preferredDuringSchedulingIgnoredDuringExecution;
      const preferred = wanted.length > 0 ? [...wanted, ...(own ?? [])] : own;
      const hasRequired = enforced !== undefined || pod.spec.nodeSelector !== undefined || affinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
      if (!hasRequired && !preferred?.length) return undefined;
      const onlyNodes = namedNodes(pod);
      if (onlyNodes?.size === 0) return { refusal: CONFLICT };
      return {
        ...(onlyNodes && { onlyNodes }),
        ...(hasRequired && { filter: ({ node }) => (enforced && !matchesNodeSelector(enforced, node) ? NOT_ENFORCED : matchesNodeSelectorAndAffinity(pod, node) ? undefined : NOT_WANTED) }),
        ...(preferred?.length && {
          score: ({ node }) => preferredNodeAffinityWeight(preferred, node),
          normalize: (scores) => normalizeByMax(scores, false),
        }),
      };
    },
  };
}

export const nodeAffinity: Plugin = nodeAffinityWith({});

/** DaemonSet pods name their node in matchFields: looking at that one node spares a walk over all of them. None where every term names several nodes at once. */
function namedNodes(pod: DeepReadonly<Pod>): ReadonlySet<string> | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const names = new Set<string>();
  for (const term of terms ?? []) {
    const named = (term.matchFields ?? []).filter((field) => field.key === 'metadata.name' && field.operator === 'In').map(({ values = [] }) => values);
    const [first] = named;
    if (!first) return undefined;
    for (const name of first) if (named.every((values) => values.includes(name))) names.add(name);
  }
  return terms?.length ? names : undefined;
}
