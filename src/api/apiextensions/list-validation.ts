/** Lists and maps that are merged by what is in them. Source: apiextensions-apiserver pkg/apis/apiextensions/validation, validateMapListKeysMapSet and around it. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { itemsOf, propertyOf, type Schema } from './schema-parts.ts';
import { shownItems } from './shown-schema.ts';

const LIST_TYPE = 'x-kubernetes-list-type';
const MAP_TYPE = 'x-kubernetes-map-type';
const KEYS = 'x-kubernetes-list-map-keys';
const LIST_TYPES = ['atomic', 'set', 'map'];
const MAP_TYPES = ['atomic', 'granular'];

/** Of none given, parts are told apart. */
export function isMapType(mapType: string | undefined): boolean {
  return mapType === undefined || MAP_TYPES.includes(mapType);
}

function validateTypeIs(wanted: string, extension: string, { type }: Schema, path: FieldPath, errors: FieldErrors): void {
  const text = `must be ${wanted} if ${extension} is specified`;
  if (!type) errors.required(path.child('type'), text);
  else errors.invalid(path.child('type'), type, text);
}

function validateAtomic(items: Schema, path: FieldPath, errors: FieldErrors): void {
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items[LIST_TYPE];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') errors.invalid(path.child(LIST_TYPE), listType, text);
  // The message shows the type of a list, also for a map.
  if (items.type === 'object' && items[MAP_TYPE] !== 'atomic') errors.invalid(path.child(MAP_TYPE), listType ?? null, text);
}

function validateKeys(schema: Schema, keys: readonly string[], path: FieldPath, errors: FieldErrors): void {
  const items = itemsOf(schema);
  if (keys.length === 0) errors.required(path.child(KEYS), 'must not be empty if x-kubernetes-list-type is map');
  if (schema.items === undefined) errors.required(path.child('items'), 'must have a schema if x-kubernetes-list-type is map');
  if (Array.isArray(schema.items)) errors.invalid(path.child('items'), shownItems(schema.items), 'must only have a single schema if x-kubernetes-list-type is map');
  if (!items) return;
  if (items.type !== 'object') {
    errors.invalid(path.child('items', 'type'), items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map");
    return;
  }
  keys.forEach((key, i) => {
    const property = propertyOf(items, key);
    if (!property) errors.invalid(path.child(KEYS), keys, 'entries must all be names of item properties');
    else if (property.type === 'array' || property.type === 'object') {
      errors.invalid(path.child('items', 'properties').key(key).child('type'), items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map");
    }
    if (keys.indexOf(key) < i) errors.invalid(path.child(KEYS), keys, 'must not contain duplicate entries');
  });
}

/** Every element must have what tells it from others. */
function validateElements(items: Schema, listType: string, keys: readonly string[], path: FieldPath, errors: FieldErrors): void {
  if (items.nullable) errors.forbidden(path.child('nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  if (listType !== 'map') return;
  for (const key of keys) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const at = path.child('properties').key(key);
    const is = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!items.required?.includes(key) && property.default === undefined) errors.required(at.child('default'), `${is} must have a default or be a required property`);
    if (property.nullable) errors.forbidden(at.child('nullable'), `${is} cannot be nullable`);
  }
}

export function validateMergeTypes(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const { [LIST_TYPE]: listType, [MAP_TYPE]: mapType, [KEYS]: given } = schema;
  const keys = given ?? [];
  const items = itemsOf(schema);
  if (mapType !== undefined && schema.type !== 'object') validateTypeIs('object', MAP_TYPE, schema, path, errors);
  if (!isMapType(mapType)) errors.notSupported(path.child(MAP_TYPE), mapType, MAP_TYPES);
  if (listType !== undefined && schema.type !== 'array') validateTypeIs('array', LIST_TYPE, schema, path, errors);
  else if (listType === 'set' && items) validateAtomic(items, path.child('items'), errors);
  if (listType !== undefined && !LIST_TYPES.includes(listType)) errors.notSupported(path.child(LIST_TYPE), listType, LIST_TYPES);
  if (keys.length > 0 && listType === undefined) errors.required(path.child(LIST_TYPE), 'must be map if x-kubernetes-list-map-keys is non-empty');
  else if (keys.length > 0 && listType !== 'map') errors.invalid(path.child(LIST_TYPE), listType, 'must be map if x-kubernetes-list-map-keys is non-empty');
  if (listType === 'map') validateKeys(schema, keys, path, errors);
  if (items && (listType === 'set' || listType === 'map')) validateElements(items, listType, keys, path.child('items'), errors);
}
