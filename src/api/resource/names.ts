/** Names of pools, attributes and capacities. Source: pkg/apis/resource/validation. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { addInvalid } from '../path-segment.ts';
import { validateDriverName } from '../storage/validation.ts';

const MAX_POOL_NAME = 253;
const MAX_IDENTIFIER = 32;
const MAX_KEY = 63 + 1 + MAX_IDENTIFIER;
const IDENTIFIER_TEXT =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

export function validateLabelName(name: string, path: FieldPath, errors: FieldErrors): void {
  addInvalid(isDns1123Label(name), name, path, errors);
}

export function validatePoolName(name: string, path: FieldPath, errors: FieldErrors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  if (name.length > MAX_POOL_NAME) errors.tooLong(path, MAX_POOL_NAME);
  for (const part of name.split('/')) addInvalid(isDns1123Subdomain(part), part, path, errors);
}

function validateIdentifier(id: string, path: FieldPath, errors: FieldErrors): void {
  if (id.length > MAX_IDENTIFIER) errors.tooLong(path, MAX_IDENTIFIER);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)) errors.invalid(path, id, IDENTIFIER_TEXT);
}

/** `identifier` or `domain/identifier`; of more slashes nothing is said. */
export function validateAttributeName(name: string, path: FieldPath, errors: FieldErrors): void {
  const [first = '', second, ...more] = name.split('/');
  if (second === undefined) {
    validateIdentifier(first, path, errors);
    return;
  }
  if (more.length > 0) return;
  if (first === '') errors.invalid(path, '', 'the domain must not be empty');
  else validateDriverName(first, path, errors);
  if (second === '') errors.invalid(path, '', 'the name must not be empty');
  else validateIdentifier(second, path, errors);
}

export function validateFullAttributeName(name: string, path: FieldPath, errors: FieldErrors): void {
  validateAttributeName(name, path, errors);
  if (!name.includes('/')) errors.invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash');
}

/** As a key is shown: long ones without their middle. */
export function shownKey(key: string, max: number = MAX_KEY): string {
  if (key.length <= max) return key;
  const rest = max - '...'.length;
  return `${key.slice(0, Math.floor((rest + 1) / 2))}...${key.slice(key.length - Math.floor(rest / 2))}`;
}
