import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../api/generated/apiextensions-v1.ts';
import { conditionOf, planStatus } from './naming.ts';

const NOW = '2026-01-01T00:00:00Z';
const accepted: CustomResourceDefinitionNames = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['w', 'wi'] };

function definition(names: CustomResourceDefinitionNames, { group = 'example.com', annotations = {}, acceptedNames = { plural: '', kind: '' } as CustomResourceDefinitionNames } = {}): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${names.plural}.${group}`, uid: 'u', resourceVersion: '1', creationTimestamp: NOW, annotations },
    spec: { group, names, scope: 'Namespaced', versions: [{ name: 'v1', served: true, storage: true }] }, status: { acceptedNames },
  };
}

const widgets = definition(accepted, { acceptedNames: accepted });

suite('names that another definition of the group has', () => {
  for (const { name, names, reason, message } of [
    { name: 'plural', names: { plural: 'wi', kind: 'Other' }, reason: 'PluralConflict', message: '"wi" is already in use' },
    { name: 'singular', names: { plural: 'others', singular: 'widget', kind: 'Other' }, reason: 'SingularConflict', message: '"widget" is already in use' },
    { name: 'one short name', names: { plural: 'others', kind: 'Other', shortNames: ['o', 'w'] }, reason: 'ShortNamesConflict', message: '"w" is already in use' },
    { name: 'two short names', names: { plural: 'others', kind: 'Other', shortNames: ['w', 'o', 'wi'] }, reason: 'ShortNamesConflict', message: '["w" is already in use, "wi" is already in use]' },
    { name: 'kind', names: { plural: 'others', kind: 'WidgetList' }, reason: 'KindConflict', message: '"WidgetList" is already in use' },
    { name: 'the last of several', names: { plural: 'others', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' }, reason: 'ListKindConflict', message: '"WidgetList" is already in use' },
  ]) test(name, () => {
    const status = planStatus(definition(names), [widgets], NOW);
    assert.deepEqual(status.conditions, [
      { type: 'NamesAccepted', status: 'False', lastTransitionTime: NOW, reason, message },
      { type: 'Established', status: 'False', lastTransitionTime: NOW, reason: 'NotAccepted', message: 'not all names are accepted' },
    ]);
  });

  test('stay its own when they were accepted before', () => {
    const late = definition({ plural: 'others', kind: 'Other', shortNames: ['w', 'n'] }, { acceptedNames: { plural: 'others', kind: 'Other', shortNames: ['w'] } });
    assert.deepEqual(planStatus(late, [widgets], NOW).acceptedNames.shortNames, ['w', 'n']);
  });
});

suite('approval of groups of Kubernetes', () => {
  for (const { name, group, value, expected } of [
    { name: 'another group', group: 'example.com', value: '', expected: undefined },
    { name: 'approved', group: 'x.k8s.io', value: 'https://example.com/1', expected: ['True', 'ApprovedAnnotation', 'approved in https://example.com/1'] },
    { name: 'not yet', group: 'kubernetes.io', value: 'unapproved, a try', expected: ['False', 'UnapprovedAnnotation', 'not approved: "unapproved, a try"'] },
    { name: 'neither', group: 'x.k8s.io', value: 'why', expected: ['False', 'InvalidAnnotation', 'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111'] },
    { name: 'silent', group: 'x.k8s.io', value: '', expected: ['False', 'MissingAnnotation', 'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'] },
  ]) test(name, () => {
    const one = definition(accepted, { group, annotations: { 'api-approved.kubernetes.io': value } });
    const condition = conditionOf({ ...one, status: planStatus(one, [], NOW) }, 'KubernetesAPIApprovalPolicyConformant');
    assert.deepEqual(condition && [condition.status, condition.reason, condition.message], expected);
  });
});
