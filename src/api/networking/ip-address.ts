import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { IPAddress } from '../generated/networking-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { ipAddressName, validateIPAddress } from './address-validation.ts';
import { anewThenChanges } from '../update-orders.ts';
import { goForm } from '../go-form.ts';

function parentText({ spec }: DeepReadonly<IPAddress>): string {
  const parent = spec.parentRef;
  if (!parent) return '<none>';
  const resource = parent.group ? `${parent.resource}.${parent.group}` : parent.resource;
  return [resource.toLowerCase(), ...(parent.namespace ? [parent.namespace] : []), parent.name].join('/');
}

export const ipAddress: KindDefinition<IPAddress> = defineKind<IPAddress>({
  group: 'networking.k8s.io', kind: 'IPAddress', resource: 'ipaddresses', namespaced: false, shortNames: ['ip'],
  versions: [{ version: 'v1', message: 'networking.v1.IPAddress' }],
  updateRules: anewThenChanges,
  validateName: ipAddressName,
  validate: validateIPAddress,
  validateUpdate: (object, old, errors) => validateImmutable(object.spec.parentRef, old.spec.parentRef, FieldPath.of('spec.parentRef'), errors, goForm('networking.v1.ParentReference', object.spec.parentRef)),
  // Upstream's printer fills in an age and has no column for it.
  columns: [nameColumn, textColumn('ParentRef', 'ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.', parentText), { ...ageColumn, isUnnamed: true }],
});
