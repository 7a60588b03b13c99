import { below, type FieldSet, emptySet, hasElement, union } from '../../../apimachinery/apply/field-set.ts';
import type { ManagedFieldsEntry } from '../../../apimachinery/meta.ts';
import type { KubeJson } from '../../kube-json.ts';
import { LAST_APPLIED } from '../../last-applied.ts';

function entriesOf(object: KubeJson): ManagedFieldsEntry[] {
  return (object.metadata.managedFields ?? []) as ManagedFieldsEntry[];
}

/** Who wrote the annotation of client-side apply, by updates or by applying. Source: client-go util/csaupgrade, FindFieldsOwners. */
export function ownersOfAnnotation(object: KubeJson, operation: 'Apply' | 'Update'): string[] {
  const owners = entriesOf(object).filter((entry) => entry.operation === operation && ownsAnnotation((entry.fieldsV1 ?? emptySet) as FieldSet)).map(({ manager }) => manager ?? '');
  return [...new Set(owners)];
}

function ownsAnnotation(set: FieldSet): boolean {
  const annotations = below(below(set, 'f:metadata') ?? emptySet, 'f:annotations');
  return annotations !== undefined && hasElement(annotations, `f:${LAST_APPLIED}`);
}

/**
 * The managedFields in which `manager` applies what the managers `names` updated; undefined if that changes nothing.
 * Source: client-go util/csaupgrade, UpgradeManagedFields.
 */
export function upgradedManagers(object: KubeJson, names: readonly string[], manager: string): ManagedFieldsEntry[] | undefined {
  const entries = entriesOf(object);
  let upgraded = entries;
  for (const name of names) upgraded = takenOver(upgraded, name, manager);
  return upgraded.length === entries.length && upgraded.every((entry, index) => entry === entries[index]) ? undefined : upgraded;
}

function takenOver(entries: ManagedFieldsEntry[], name: string, manager: string): ManagedFieldsEntry[] {
  const isUpdate = (entry: ManagedFieldsEntry): boolean => entry.manager === name && entry.operation === 'Update' && !entry.subresource;
  const target = entries.find((entry) => entry.manager === manager && entry.operation === 'Apply' && !entry.subresource) ?? entries.find(isUpdate);
  if (!target || !entries.some(isUpdate)) return entries;
  const source = entries.find((entry) => isUpdate(entry) && entry.apiVersion === target.apiVersion);
  const fieldsV1 = union((target.fieldsV1 ?? emptySet) as FieldSet, (source?.fieldsV1 ?? emptySet) as FieldSet);
  const merged = { ...target, manager, operation: 'Apply', fieldsV1 } as ManagedFieldsEntry;
  return entries.filter((entry) => entry === target || !isUpdate(entry)).map((entry) => (entry === target ? merged : entry));
}
