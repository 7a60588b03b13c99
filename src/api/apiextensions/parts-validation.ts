/** What versions of a definition have besides a schema. Source: apiextensions-apiserver pkg/apis/apiextensions/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { CustomResourceColumnDefinition, CustomResourceSubresources, SelectableField } from '../generated/apiextensions-v1.ts';
import { findField } from './field-path.ts';
import type { Schema } from './schema-parts.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const SELECTABLE_TYPES = ['string', 'boolean', 'integer'];
const MAX_SELECTABLE_FIELDS = 8;

export function validateColumn({ name, type, format, jsonPath }: DeepReadonly<CustomResourceColumnDefinition>, path: FieldPath, errors: FieldErrors): void {
  if (name === '') errors.required(path.child('name'));
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (type === '') errors.required(path.child('type'), types);
  else if (!COLUMN_TYPES.includes(type)) errors.invalid(path.child('type'), type, types);
  if (format && !COLUMN_FORMATS.includes(format)) errors.invalid(path.child('format'), format, `must be one of ${COLUMN_FORMATS.join(',')}`);
  if (jsonPath === '') errors.required(path.child('JSONPath'));
  else validateSimplePath(jsonPath, path.child('JSONPath'), errors);
}

function validateSimplePath(value: string, path: FieldPath, errors: FieldErrors): boolean {
  if (value.startsWith('.')) return true;
  errors.invalid(path, value, 'must be a simple json path starting with .');
  return false;
}

function validatePathUnder(root: string, value: string, path: FieldPath, errors: FieldErrors): void {
  if (value === '') errors.required(path);
  else if (validateSimplePath(value, path, errors) && !value.startsWith(`.${root}.`)) errors.invalid(path, value, `should be a json path under .${root}`);
}

export function validateSubresources(subresources: DeepReadonly<CustomResourceSubresources> | undefined, path: FieldPath, errors: FieldErrors): void {
  const scale = subresources?.scale;
  if (!scale) return;
  validatePathUnder('spec', scale.specReplicasPath, path.child('scale.specReplicasPath'), errors);
  validatePathUnder('status', scale.statusReplicasPath, path.child('scale.statusReplicasPath'), errors);
  const selector = scale.labelSelectorPath;
  const selectorPath = path.child('scale.labelSelectorPath');
  if (!selector || !validateSimplePath(selector, selectorPath, errors)) return;
  if (!selector.startsWith('.spec.') && !selector.startsWith('.status.')) errors.invalid(selectorPath, selector, 'should be a json path under either .spec or .status');
}

export function validateSelectableFields(fields: DeepReadonly<SelectableField[]>, schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const known = new Set<string>();
  fields.forEach(({ jsonPath }, i) => {
    const at = path.index(i).child('jsonPath');
    if (jsonPath === '') {
      errors.required(at);
      return;
    }
    const found = findField(jsonPath, schema, { allowBrackets: false });
    if (typeof found === 'string') {
      errors.invalid(at, jsonPath, `is an invalid path: ${found}`);
      return;
    }
    if (found.names[0] === 'metadata') errors.invalid(at, jsonPath, 'must not point to fields in metadata');
    if (!SELECTABLE_TYPES.includes(found.schema.type ?? '')) errors.invalid(at, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.');
    const name = found.names.join('.');
    if (known.has(name)) errors.duplicate(at, jsonPath);
    known.add(name);
  });
  if (known.size > MAX_SELECTABLE_FIELDS) errors.tooMany(path, known.size, MAX_SELECTABLE_FIELDS);
}
