import { hasTypeMeta } from './decode.ts';
import type { FieldType, SchemaRegistry } from './package.ts';

/** More are not reported. Source: sigs.k8s.io/json. */
const MAX_REPORTED = 100;

/** The fields of a body that its message has not, in the order of the body: `unknown field "spec.containers[0].imag"`. */
export function unknownFields(registry: SchemaRegistry, message: string, body: unknown): string[] {
  const found: string[] = [];
  visit(registry, { kind: 'message', message }, body, '', found);
  return found;
}

function visit(registry: SchemaRegistry, type: FieldType, value: unknown, path: string, found: string[]): void {
  if (typeof value !== 'object' || value === null || found.length >= MAX_REPORTED) return;
  switch (type.kind) {
    case 'list':
      if (Array.isArray(value)) value.forEach((item, i) => visit(registry, type.items, item, `${path}[${i}]`, found));
      return;
    case 'map':
      for (const [key, item] of Object.entries(value)) visit(registry, type.values, item, join(path, key), found);
      return;
    case 'message':
      visitMessage(registry, type.message, value, path, found);
      return;
    case 'scalar':
      if (!type.scalar.startsWith('JSONSchemaProps')) return;
      if (!Array.isArray(value)) visitMessage(registry, 'apiextensions.v1.JSONSchemaProps', value, path, found);
      else value.forEach((item, i) => visit(registry, { kind: 'message', message: 'apiextensions.v1.JSONSchemaProps' }, item, `${path}[${i}]`, found));
  }
}

function visitMessage(registry: SchemaRegistry, name: string, value: object, path: string, found: string[]): void {
  const message = registry.message(name);
  for (const [key, item] of Object.entries(value)) {
    const field = message.byName.get(key);
    if (field) visit(registry, field.type, item, join(path, key), found);
    else if (!hasTypeMeta(message) || (key !== 'kind' && key !== 'apiVersion')) {
      if (found.length < MAX_REPORTED) found.push(`unknown field ${JSON.stringify(join(path, key))}`);
    }
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
