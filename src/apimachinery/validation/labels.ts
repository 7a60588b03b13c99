/** Labels, annotations, qualified names and label selectors. Source: apimachinery pkg/api/validate/content, pkg/apis/meta/v1/validation. */
import type { FieldErrors, FieldPath } from './field-errors.ts';
import { isDns1123Subdomain } from './names.ts';

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const MAX_LENGTH = 63;
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** A name with an optional DNS prefix: keys of labels and annotations, names of finalizers, resources, conditions. */
export function isQualifiedName(value: string): string[] {
  if (value.length <= MAX_LENGTH && NAME.test(value)) return [];
  const parts = value.split('/');
  const messages: string[] = [];
  if (parts.length > 2) return [`a qualified name ${NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const name = parts.at(-1) ?? '';
  if (prefix === '') messages.push('prefix part must be non-empty');
  else if (prefix !== undefined) messages.push(...isDns1123Subdomain(prefix).map((text) => `prefix part ${text}`));
  if (name === '') messages.push('name part must be non-empty');
  else if (name.length > MAX_LENGTH) messages.push(`name part must be no more than ${MAX_LENGTH} bytes`);
  if (!NAME.test(name)) messages.push(`name part ${NAME_TEXT}`);
  return messages;
}

export function isLabelValue(value: string): string[] {
  if (value === '' || (value.length <= MAX_LENGTH && NAME.test(value))) return [];
  const messages: string[] = [];
  if (value.length > MAX_LENGTH) messages.push(`must be no more than ${MAX_LENGTH} bytes`);
  if (value !== '' && !NAME.test(value)) messages.push(VALUE_TEXT);
  return messages;
}

export function validateLabelName(name: string, path: FieldPath, errors: FieldErrors): void {
  for (const text of isQualifiedName(name)) errors.invalid(path, name, text);
}

/** Messages name the map, not the key: `metadata.labels`. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: FieldPath, errors: FieldErrors): void {
  for (const key in labels) {
    const value = labels[key] ?? '';
    validateLabelName(key, path, errors);
    for (const text of isLabelValue(value)) errors.invalid(path, value, text);
  }
}

export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: FieldPath, errors: FieldErrors): void {
  let bytes = 0;
  for (const key in annotations) {
    const value = annotations[key] ?? '';
    for (const text of isQualifiedName(key.toLowerCase())) errors.invalid(path, key, text);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_ANNOTATION_BYTES) errors.tooLong(path, MAX_ANNOTATION_BYTES);
}

/** Whether annotations have more bytes, keys and values together, than an object may hold. */
export function areAnnotationsTooLarge(annotations: Readonly<Record<string, string>>): boolean {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes > MAX_ANNOTATION_BYTES;
}

/** The wire shape of meta/v1 LabelSelector. */
export interface LabelSelectorShape {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirementShape[];
}

export interface LabelSelectorRequirementShape {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface LabelSelectorRules {
  /** Objects that were stored with odd values in a selector stay writable. */
  readonly allowInvalidLabelValue?: boolean;
}

export function validateLabelSelector(
  selector: LabelSelectorShape | undefined, path: FieldPath, errors: FieldErrors, rules: LabelSelectorRules = {},
): void {
  if (!selector) return;
  validateLabels(selector.matchLabels, path.child('matchLabels'), errors);
  selector.matchExpressions?.forEach((one, i) => validateRequirement(one, path.child('matchExpressions').index(i), errors, rules));
}

function validateRequirement(one: LabelSelectorRequirementShape, path: FieldPath, errors: FieldErrors, rules: LabelSelectorRules): void {
  const values = one.values ?? [];
  switch (one.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) errors.required(path.child('values'), "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) errors.forbidden(path.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    default:
      errors.invalid(path.child('operator'), one.operator, 'not a valid selector operator');
  }
  validateLabelName(one.key, path.child('key'), errors);
  if (rules.allowInvalidLabelValue) return;
  values.forEach((value, i) => {
    for (const text of isLabelValue(value)) errors.invalid(path.child('values').index(i), value, text);
  });
}
