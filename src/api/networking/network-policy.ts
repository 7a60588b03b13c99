import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { NetworkPolicy } from '../generated/networking-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { networkPolicyWarnings, validateNetworkPolicy } from './network-policy-validation.ts';
import { changesAndSpec } from '../update-orders.ts';

export const networkPolicy: KindDefinition<NetworkPolicy> = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io', kind: 'NetworkPolicy', resource: 'networkpolicies', namespaced: true, shortNames: ['netpol'],
  versions: [{ version: 'v1', message: 'networking.v1.NetworkPolicy' }],
  updateRules: changesAndSpec,
  hasGeneration: true,
  default({ spec }) {
    if (!spec) return;
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
    }
    if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: validateNetworkPolicy,
  warnings: networkPolicyWarnings,
  columns: [nameColumn, textColumn('Pod-Selector', "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.", ({ spec }) => labelSelectorText(spec.podSelector)), ageColumn],
});
