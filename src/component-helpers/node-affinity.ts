import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PreferredSchedulingTerm } from '../api/generated/core-v1.ts';

/** What of a node the rules look at. */
type LabelledNode = DeepReadonly<Pick<Node, 'metadata'>>;

/** Source: "Assigning Pods to Nodes", operators of node affinity. A requirement that cannot be read matches nothing. */
function matchesRequirement(requirement: DeepReadonly<NodeSelectorRequirement>, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    case 'Gt': return compareWhole(value, values, (left, right) => left > right);
    case 'Lt': return compareWhole(value, values, (left, right) => left < right);
    default: return false;
  }
}

function compareWhole(value: string | undefined, values: readonly string[], holds: (left: bigint, right: bigint) => boolean): boolean {
  const [bound, ...more] = values;
  const whole = /^[+-]?\d+$/;
  if (value === undefined || bound === undefined || more.length > 0 || !whole.test(value) || !whole.test(bound)) return false;
  return holds(BigInt(value), BigInt(bound));
}

/** A term without requirements matches no node. */
export function matchesNodeSelectorTerm(term: DeepReadonly<NodeSelectorTerm>, node: LabelledNode): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((requirement) => matchesRequirement(requirement, labelOf(node, requirement.key))) &&
    fields.every((requirement) => matchesRequirement(requirement, requirement.key === 'metadata.name' ? node.metadata.name : undefined))
  );
}

function labelOf(node: LabelledNode, key: string): string | undefined {
  const labels = node.metadata.labels;
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** The terms of a node selector are alternatives. */
export function matchesNodeSelector(selector: DeepReadonly<NodeSelector>, node: LabelledNode): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}

/** Whether the pod's nodeSelector and its required node affinity let it onto the node. */
export function matchesNodeSelectorAndAffinity(pod: DeepReadonly<Pod>, node: LabelledNode): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (labelOf(node, key) !== value) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesNodeSelector(required, node);
}

/** The sum of the weights of the preferred terms that the node matches. */
export function preferredNodeAffinityWeight(terms: readonly DeepReadonly<PreferredSchedulingTerm>[] | undefined, node: LabelledNode): number {
  let sum = 0;
  for (const { weight, preference } of terms ?? []) if (weight !== 0 && matchesNodeSelectorTerm(preference, node)) sum += weight;
  return sum;
}
