/** With a status subresource the root of a schema may say little: objects are also checked by the schema of their status alone. Source: apiextensions-apiserver pkg/apis/apiextensions/validation. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Schema } from './schema-parts.ts';
import { memoryName, ORDER, shownSchema } from './shown-schema.ts';

/** By the names that messages give them, in their order. */
const ALLOWED = [
  'Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum', 'ExclusiveMinimum', 'MaxLength', 'MinLength', 'Pattern', 'MaxItems', 'MinItems', 'UniqueItems', 'MultipleOf', 'Required',
  'Items', 'Properties', 'ExternalDocs', 'Example', 'XPreserveUnknownFields', 'XValidations',
];
function isZero(value: unknown): boolean {
  return value === undefined || value === false || value === '';
}

export function validateRootFields(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  for (const name of ORDER) {
    const value = schema[name as keyof Schema];
    if (isZero(value)) continue;
    if (name === 'type' && value !== 'object') {
      errors.invalid(path.child('openAPIV3Schema.type'), value, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled');
      return;
    }
    if (!ALLOWED.includes(memoryName(name))) {
      errors.invalid(path.child('openAPIV3Schema'), shownSchema(schema), `only [${ALLOWED.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`);
      return;
    }
  }
}
