import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ControllerRevision } from '../generated/apps-v1.ts';
import type { KindDefinition } from '../kind.ts';

function controllerText({ metadata }: DeepReadonly<ControllerRevision>): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  if (!owner) return '<none>';
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : owner.apiVersion.slice(0, slash);
  return `${owner.kind.toLowerCase()}${group && `.${group}`}/${owner.name}`;
}

export const controllerRevision: KindDefinition<ControllerRevision> = defineKind<ControllerRevision>({
  group: 'apps', kind: 'ControllerRevision', resource: 'controllerrevisions', namespaced: true,
  versions: [{ version: 'v1', message: 'apps.v1.ControllerRevision' }],
  validate(object, errors) {
    if (object.data === undefined || object.data === null) errors.required(FieldPath.of('data'), 'data is mandatory');
    validateNonNegative(object.revision, FieldPath.of('revision'), errors);
  },
  validateUpdate: (object, old, errors) => validateImmutable(object.data, old.data, FieldPath.of('data'), errors),
  columns: [
    nameColumn,
    textColumn('Controller', 'Controller of the object', controllerText),
    textColumn('Revision', 'Revision indicates the revision of the state represented by Data.', (object) => object.revision),
    ageColumn,
  ],
});
