import { deepStrictEqual } from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CustomResourceDefinition, JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';
import { customKind } from './custom-kind.ts';

const RULE = { 'x-kubernetes-validations': [{ rule: 'self.size() < 3', message: 'too many' }] };
const UNCHECKED = '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

function faults(properties: Record<string, JSONSchemaProps>, spec: object): string[] {
  const kind = customKind({
    metadata: { name: 'things.e.com' }, status: { acceptedNames: { kind: 'Thing', plural: 'things' } },
    spec: { group: 'e.com', scope: 'Namespaced', names: { kind: 'Thing', plural: 'things' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', required: ['a'], properties } } } } }] },
  } as unknown as CustomResourceDefinition);
  const errors = new FieldErrors();
  kind.validateCreate?.({ apiVersion: 'e.com/v1', kind: 'Thing', metadata: { name: 'a' }, spec } as unknown as KubeObject, errors, { group: 'e.com', version: 'v1' });
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

suite('whether rules are asked of an object that is faulty otherwise', () => {
  const l: JSONSchemaProps = { type: 'array', maxItems: 4, items: { type: 'string', maxLength: 5 }, ...RULE };
  const broken = 'spec.l: Invalid value: too many';
  const cases: readonly [name: string, a: JSONSchemaProps, value: unknown, expected: string[]][] = [
    ['a pattern', { type: 'string', pattern: '^a' }, 'b', ["spec.a: Invalid value: \"b\": spec.a in body should match '^a'", broken]],
    ['a bound', { type: 'integer', minimum: 3 }, 1, ['spec.a: Invalid value: 1: spec.a in body should be greater than or equal to 3', broken]],
    ['a type', { type: 'string' }, 1, ['spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"', UNCHECKED]],
    ['a length', { type: 'string', maxLength: 1 }, 'bc', ['spec.a: Too long: may not be more than 1 bytes', UNCHECKED]],
    ['an enumeration', { type: 'string', enum: ['a'] }, 'b', ['spec.a: Unsupported value: "b": supported values: "a"', UNCHECKED]],
    ['an absent field', { type: 'string' }, undefined, ['spec.a: Required value', UNCHECKED]],
  ];
  for (const [name, a, value, expected] of cases) test(name, () => deepStrictEqual(faults({ a, l }, { ...(value !== undefined && { a: value }), l: ['1', '2', '3'] }), expected));

  test('nothing is said of rules where there are none', () => deepStrictEqual(faults({ a: { type: 'string', maxLength: 1 } }, { a: 'bc' }), ['spec.a: Too long: may not be more than 1 bytes']));
});

test('fields that nobody knows in metadata of objects within are no defaults', () => {
  const inner: JSONSchemaProps = { type: 'object', 'x-kubernetes-embedded-resource': true, default: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', unknown: 'b' } } };
  const names = { kind: 'Thing', plural: 'things' };
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { inner } } } };
  const kind = customKind({ metadata: { name: 'things.e.com' }, status: { acceptedNames: names }, spec: { group: 'e.com', scope: 'Namespaced', names, versions: [version] } } as unknown as CustomResourceDefinition);
  const object = { apiVersion: 'e.com/v1', kind: 'Thing', metadata: { name: 'a' } } as unknown as KubeObject;
  kind.versions[0]?.default?.(object);
  deepStrictEqual((object as { inner?: unknown }).inner, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
});
