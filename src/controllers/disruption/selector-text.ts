import type { LabelSelector } from '../../api/generated/meta-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';

/** A selector as Go prints it, which is how events of the disruption controller name it. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: DeepReadonly<LabelSelector>): string {
  const labels = Object.entries(matchLabels).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, value]) => `${key}: ${value},`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`);
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
