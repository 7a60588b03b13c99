import { deepStrictEqual } from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CustomResourceDefinition, JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';
import { customKind } from './custom-kind.ts';

const spec = (properties: Record<string, JSONSchemaProps>): JSONSchemaProps => ({ type: 'object', properties: { spec: { type: 'object', properties } } });
const version = (name: string, openAPIV3Schema: JSONSchemaProps) => ({ name, served: true, storage: name === 'v1', schema: { openAPIV3Schema } });
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'things.e.com' },
  spec: {
    group: 'e.com', scope: 'Namespaced', names: { kind: 'Thing', plural: 'things' },
    versions: [
      version('v1', spec({ a: { type: 'string' }, b: { type: 'string', maxLength: 2 }, c: { type: 'integer', default: 1 } })),
      version('v1beta1', spec({ a: { type: 'string', default: 'given', maxLength: 5 }, b: { type: 'string' } })),
    ],
  },
  status: { acceptedNames: { kind: 'Thing', plural: 'things' }, conditions: [], storedVersions: ['v1'] },
} as unknown as CustomResourceDefinition;
const kind = customKind(definition);
const older = kind.versions.find((one) => one.version === 'v1beta1');
const thing = (apiVersion: string, fields: object): KubeObject => ({ apiVersion, kind: 'Thing', metadata: { name: 'a' }, spec: fields }) as unknown as KubeObject;
const specOf = (object: KubeObject | undefined): unknown => (object as { spec?: unknown } | undefined)?.spec;

suite('versions of a custom kind that differ by name', () => {
  test('what is stored takes the defaults of its own version, not those of the version that shows it', () => {
    deepStrictEqual(specOf(older?.fromStorage?.(thing('e.com/v1', { b: 'x' }))), { b: 'x' });
    deepStrictEqual(specOf(kind.versions.find((one) => one.version === 'v1')?.fromStorage?.(thing('e.com/v1beta1', {}))), { a: 'given' });
    deepStrictEqual(specOf(kind.versions.find((one) => one.version === 'v1')?.fromStorage?.(thing('e.com/v1', {}))), { c: 1 });
  });

  test('what is written takes the defaults of the version of the request', () => {
    const object = thing('e.com/v1beta1', { b: 'x' });
    older?.default?.(object);
    deepStrictEqual(specOf(older?.toStorage?.(object)), { b: 'x', a: 'given' });
  });

  const cases: readonly { name: string; version: string; fields: object; faults: string[] }[] = [
    { name: 'a field that the stored version bounds, through the other', version: 'v1beta1', fields: { b: 'long' }, faults: [] },
    { name: 'the same through the stored version', version: 'v1', fields: { b: 'long' }, faults: ['spec.b'] },
    { name: 'a field that the version of the request bounds', version: 'v1beta1', fields: { a: 'much longer' }, faults: ['spec.a'] },
    { name: 'the same through the stored version', version: 'v1', fields: { a: 'much longer' }, faults: [] },
    { name: 'a field that the version of the request does not have', version: 'v1beta1', fields: { c: 'x' }, faults: [] },
  ];
  for (const { name, version: spoken, fields, faults } of cases) {
    test(name, () => {
      const errors = new FieldErrors();
      kind.validateCreate?.(thing('e.com/v1', fields), errors, { group: 'e.com', version: spoken });
      deepStrictEqual(errors.causes.map(({ field }) => field), faults);
    });
  }

  test('a change of what the version of the request does not show is none of its generation', () => {
    deepStrictEqual(kind.generationOf?.(thing('e.com/v1', { a: 'x', c: 4 }), 'v1beta1'), { kind: 'Thing', spec: { a: 'x' } });
    deepStrictEqual(kind.generationOf?.(thing('e.com/v1', { a: 'x', c: 4 }), 'v1'), { kind: 'Thing', spec: { a: 'x', c: 4 } });
  });
});
