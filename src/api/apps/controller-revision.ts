import type { DeepReadonly } from '../../apimachinery/meta.ts';
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
  columns: [
    nameColumn,
    textColumn('Controller', 'Controller of the object', controllerText),
    textColumn('Revision', 'Revision indicates the revision of the state represented by Data.', (object) => object.revision),
    ageColumn,
  ],
});
