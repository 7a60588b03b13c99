import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { IngressClass } from '../generated/networking-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateIngressClass } from './ingress-class-validation.ts';
import { changesThenAnew } from '../update-orders.ts';

function parametersText({ spec }: DeepReadonly<IngressClass>): string {
  const { parameters } = spec;
  if (!parameters) return '<none>';
  const kind = parameters.apiGroup === undefined ? parameters.kind : `${parameters.kind}.${parameters.apiGroup}`;
  return `${kind}/${parameters.name}`;
}

export const ingressClass: KindDefinition<IngressClass> = defineKind<IngressClass>({
  group: 'networking.k8s.io', kind: 'IngressClass', resource: 'ingressclasses', namespaced: false,
  versions: [{ version: 'v1', message: 'networking.v1.IngressClass' }],
  updateRules: changesThenAnew,
  hasGeneration: true,
  default({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate: validateIngressClass,
  validateUpdate: (object, old, errors) => validateImmutable(object.spec.controller, old.spec.controller, FieldPath.of('spec.controller'), errors, object.spec.controller ?? ''),
  columns: [
    nameColumn,
    textColumn('Controller', 'Controller that is responsible for handling this class', ({ spec }) => spec.controller ?? ''),
    textColumn('Parameters', 'A reference to a resource with additional parameters', parametersText),
    ageColumn,
  ],
});
