import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, PolicyRule } from '../../api/generated/rbac-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { matcherOf } from '../../component-helpers/label-selector.ts';

/** The rules that a role gathers from those its aggregation rule selects; undefined when it has them. Source: clusterrole_aggregation_controller.go. */
export function planRules(role: DeepReadonly<ClusterRole>, all: readonly DeepReadonly<ClusterRole>[]): readonly DeepReadonly<PolicyRule>[] | undefined {
  if (!role.aggregationRule) return undefined;
  const rules: DeepReadonly<PolicyRule>[] = [];
  const byName = all.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    const matches = matcherOf(selector);
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name || !matches(other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) if (!rules.some((known) => isDeepStrictEqual(known, rule))) rules.push(rule);
    }
  }
  return isDeepStrictEqual(rules, role.rules ?? []) ? undefined : rules;
}
