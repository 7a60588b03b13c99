import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldType } from '../apimachinery/schema/package.ts';
import { holdsJson, jsonKinds } from './json-kinds.ts';
import { kinds } from './kinds.ts';
import { schemas } from './schemas.ts';

function finds(type: FieldType, seen: Set<string>): boolean {
  if (type.kind === 'list') return finds(type.items, seen);
  if (type.kind === 'map') return finds(type.values, seen);
  if (type.kind === 'scalar') return type.scalar === 'JSON' || type.scalar === 'RawExtension' || (type.scalar.startsWith('JSONSchemaProps') && finds({ kind: 'message', message: 'apiextensions.v1.JSONSchemaProps' }, seen));
  if (seen.has(type.message)) return false;
  seen.add(type.message);
  return schemas.message(type.message).fields.some((field) => finds(field.type, seen));
}

test('all kinds whose fields hold JSON are named', () => {
  const found = kinds.flatMap(({ kind, versions }) => versions.flatMap(({ message }) => (finds({ kind: 'message', message }, new Set()) ? [[kind, message] as const] : [])));
  assert.deepEqual(new Map(found), jsonKinds);
});

test('a custom resource is read with all its digits, a pod is not', () => assert.deepEqual([holdsJson(undefined), holdsJson('core.v1.Pod')], [true, false]));
