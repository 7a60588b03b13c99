import { copyOf } from '../../apimachinery/deep-copy.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Namespace } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateNamespace, validateNamespaceStatus } from './namespace-validation.ts';
import { keepSpec } from '../status-fields.ts';
import { labelName } from '../../apimachinery/validation/names.ts';
import { anewThenChanges } from '../update-orders.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Selectors find a namespace by name through this label, which always tells the truth. */
function labelWithName(namespace: Namespace): void {
  const { name } = namespace.metadata;
  if (name) namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: name };
}

export const namespace: KindDefinition<Namespace> = defineKind<Namespace>({
  group: '', kind: 'Namespace', resource: 'namespaces', namespaced: false, shortNames: ['ns'],
  versions: [{ version: 'v1', message: 'core.v1.Namespace' }],
  updateRules: anewThenChanges,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  validateName: labelName,
  subresources: {
    status: { prepareForUpdate: keepSpec, validateUpdate: validateNamespaceStatus },
    others: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  },
  validate: validateNamespace,
  default: labelWithName,
  prepareForCreate(object) {
    labelWithName(object);
    object.status = { phase: 'Active' };
    const finalizers = object.spec?.finalizers ?? [];
    object.spec = { ...object.spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] };
  },
  prepareForUpdate(object, old) {
    object.spec.finalizers = [...(old.spec.finalizers ?? [])];
    object.status = copyOf(old.status) as Namespace['status'];
  },
  selectableFields: { 'status.phase': (object) => object.status.phase ?? '' },
  columns: [
    nameColumn,
    textColumn('Status', 'The status of the namespace', (object) => object.status.phase ?? ''),
    ageColumn,
  ],
});
