import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { ParamKind, ParamRef } from '../generated/admissionregistration-v1.ts';
import type { LabelSelector } from '../generated/meta-v1.ts';
import type { Column } from '../kind.ts';

export function webhookColumns<T extends KubeObject & { webhooks?: unknown[] }>(): readonly Column<T>[] {
  return [
    nameColumn,
    integerColumn('Webhooks', 'Webhooks indicates the number of webhooks registered in this configuration', (object) => object.webhooks?.length ?? 0),
    ageColumn,
  ];
}

export function paramKindColumn<T extends KubeObject & { spec: { paramKind?: ParamKind } }>(): Column<T> {
  return textColumn('ParamKind', 'ParamKind specifies the kind of resources used to parameterize this policy', ({ spec }) =>
    spec.paramKind ? `${spec.paramKind.apiVersion ?? ''}/${spec.paramKind.kind ?? ''}` : '<unset>');
}

/** As Go prints the struct. */
function selectorText(selector: DeepReadonly<LabelSelector>): string {
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value},`).join('');
  const expressions = (selector.matchExpressions ?? [])
    .map((one) => `LabelSelectorRequirement{Key:${one.key},Operator:${one.operator},Values:[${(one.values ?? []).join(' ')}],},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}

function paramRefText(ref: DeepReadonly<ParamRef> | undefined): string {
  if (!ref) return '<unset>';
  // Whether nameless parameters are of a namespace cannot be told from here.
  if (ref.name) return `${ref.namespace || '*'}/${ref.name}`;
  return ref.selector ? selectorText(ref.selector) : '<unset>';
}

export function policyBindingColumns<T extends KubeObject & { spec: { policyName?: string; paramRef?: ParamRef } }>(): readonly Column<T>[] {
  return [
    nameColumn,
    textColumn('PolicyName', 'PolicyName indicates the policy definition which the policy binding binded to', ({ spec }) => spec.policyName ?? ''),
    textColumn('ParamRef', 'ParamRef indicates the param resource which sets the configuration param', ({ spec }) => paramRefText(spec.paramRef as DeepReadonly<ParamRef> | undefined)),
    ageColumn,
  ];
}
