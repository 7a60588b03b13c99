/** Labels of nodes that nobody should select by any more. Source: kubernetes pkg/api/node/util.go. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isLabelValue } from '../../apimachinery/validation/labels.ts';
import type { NodeSelectorTerm } from '../generated/core-v1.ts';

const messages: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

/** Since when a label is deprecated, and what took its place; undefined for all others. */
export function deprecatedLabel(key: string): string | undefined {
  return Object.hasOwn(messages, key) ? messages[key] : undefined;
}

/** `looksAtValues`: where values are not validated, those that no label can have are told of. */
export function nodeTermWarnings({ matchExpressions }: DeepReadonly<NodeSelectorTerm>, looksAtValues: boolean, path: FieldPath): string[] {
  return (matchExpressions ?? []).flatMap(({ key, values }, i) => {
    const at = path.child('matchExpressions').index(i);
    const message = deprecatedLabel(key);
    const ofValues = looksAtValues ? (values ?? []) : [];
    return [
      ...(message ? [`${at.child('key').toString()}: ${key} is ${message}`] : []),
      ...ofValues.flatMap((value, j) => isLabelValue(value).map((text) => `${at.child('values').index(j).toString()}: ${value} is invalid, ${text}`)),
    ];
  });
}
