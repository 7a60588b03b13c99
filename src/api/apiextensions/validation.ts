/** Source: apiextensions-apiserver pkg/apis/apiextensions/validation. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isDns1035Label, isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { CustomResourceColumnDefinition, CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionVersion } from '../generated/apiextensions-v1.ts';
import { addInvalid } from '../path-segment.ts';
import { fieldAtPath, validateSchema } from './schema-validation.ts';

const SPEC = FieldPath.of('spec');
const SCOPES = new Set(['Cluster', 'Namespaced']);
const COLUMN_TYPES = new Set(['boolean', 'date', 'integer', 'number', 'string']);
const COLUMN_FORMATS = new Set(['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']);
const MAX_SELECTABLE_FIELDS = 8;

function mixedCase(text: string): string[] {
  return isDns1035Label(text.toLowerCase()).map((message) => `may have mixed case, but should otherwise match: ${message}`);
}

function validateNames(names: DeepReadonly<CustomResourceDefinitionNames>, errors: FieldErrors): void {
  const path = SPEC.child('names');
  if (names.plural === '') errors.required(path.child('plural'));
  else addInvalid(isDns1035Label(names.plural), names.plural, path.child('plural'), errors);
  if (names.singular) addInvalid(isDns1035Label(names.singular), names.singular, path.child('singular'), errors);
  if (names.kind === '') errors.required(path.child('kind'));
  else addInvalid(mixedCase(names.kind), names.kind, path.child('kind'), errors);
  names.shortNames?.forEach((name, i) => addInvalid(isDns1035Label(name), name, path.child('shortNames').index(i), errors));
  if (names.listKind) {
    addInvalid(mixedCase(names.listKind), names.listKind, path.child('listKind'), errors);
    if (names.kind === names.listKind) errors.invalid(path.child('listKind'), names.listKind, 'kind and listKind may not be the same');
  } else errors.required(path.child('listKind'));
  names.categories?.forEach((name, i) => addInvalid(isDns1035Label(name), name, path.child('categories').index(i), errors));
}

function validateColumn(column: DeepReadonly<CustomResourceColumnDefinition>, path: FieldPath, errors: FieldErrors): void {
  if (column.name === '') errors.required(path.child('name'));
  if (column.type === '') errors.required(path.child('type'), `must be one of ${[...COLUMN_TYPES].join(',')}`);
  else if (!COLUMN_TYPES.has(column.type)) errors.invalid(path.child('type'), column.type, `must be one of ${[...COLUMN_TYPES].join(',')}`);
  if (column.format && !COLUMN_FORMATS.has(column.format)) errors.invalid(path.child('format'), column.format, `must be one of ${[...COLUMN_FORMATS].join(',')}`);
  if (column.jsonPath === '') errors.required(path.child('jsonPath'));
}

function validateScalePath(value: string, root: string, path: FieldPath, errors: FieldErrors): void {
  if (value === '') errors.required(path);
  else if (!value.startsWith(`.${root}.`)) errors.invalid(path, value, `should be a json path under .${root}`);
}

/** Where what all versions share is reported: not under the version, but under the spec. */
function validateParts(version: DeepReadonly<CustomResourceDefinitionVersion>, paths: { readonly schema: FieldPath; readonly rest: FieldPath }, errors: FieldErrors): void {
  const schema = version.schema?.openAPIV3Schema;
  if (schema) validateSchema(schema, paths.schema.child('openAPIV3Schema'), errors);
  const scale = version.subresources?.scale;
  if (scale) {
    const path = paths.rest.child('subresources', 'scale');
    validateScalePath(scale.specReplicasPath, 'spec', path.child('specReplicasPath'), errors);
    validateScalePath(scale.statusReplicasPath, 'status', path.child('statusReplicasPath'), errors);
    const selector = scale.labelSelectorPath;
    if (selector !== undefined && !selector.startsWith('.spec.') && !selector.startsWith('.status.')) errors.invalid(path.child('labelSelectorPath'), selector, 'should be a json path under either .spec or .status');
  }
  const fields = version.selectableFields ?? [];
  const fieldsPath = paths.rest.child('selectableFields');
  if (fields.length > MAX_SELECTABLE_FIELDS) errors.tooMany(fieldsPath, fields.length, MAX_SELECTABLE_FIELDS);
  fields.forEach(({ jsonPath }, i) => {
    const path = fieldsPath.index(i).child('jsonPath');
    if (jsonPath === '') {
      errors.required(path);
      return;
    }
    const found = schema && fieldAtPath(schema, jsonPath);
    if (!found) errors.invalid(path, jsonPath, 'is an invalid path: does not refer to a valid field');
    else if (!['string', 'boolean', 'integer'].includes(found.type ?? '')) errors.invalid(path, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.');
    if (fields.findIndex((one) => one.jsonPath === jsonPath) < i) errors.duplicate(path, jsonPath);
  });
  version.additionalPrinterColumns?.forEach((column, i) => validateColumn(column, paths.rest.child('additionalPrinterColumns').index(i), errors));
}

/** One schema, columns and subresources for all versions are kept, and reported, at the top. */
function sharesParts(versions: DeepReadonly<CustomResourceDefinitionVersion[]>): boolean {
  const parts = (version: DeepReadonly<CustomResourceDefinitionVersion>): object => ({
    schema: version.schema, subresources: version.subresources, columns: version.additionalPrinterColumns, fields: version.selectableFields,
  });
  const [first, ...rest] = versions;
  return first !== undefined && rest.every((version) => isDeepStrictEqual(parts(version), parts(first)));
}

function validateVersions(versions: DeepReadonly<CustomResourceDefinitionVersion[]>, errors: FieldErrors): void {
  const path = SPEC.child('versions');
  const storing = versions.filter((version) => version.storage).length;
  if (storing !== 1) errors.invalid(path, null, 'must have exactly one version marked as storage version');
  versions.forEach((version, i) => {
    const at = path.index(i);
    addInvalid(isDns1035Label(version.name), version.name, at.child('name'), errors);
    if (versions.findIndex((one) => one.name === version.name) < i) errors.invalid(path, null, 'must contain unique version names');
    if (!version.schema?.openAPIV3Schema) errors.required(at.child('schema', 'openAPIV3Schema'), 'schemas are required');
    if (version.deprecationWarning !== undefined && !version.deprecated) errors.invalid(at.child('deprecationWarning'), version.deprecationWarning, 'can only be set for deprecated versions');
  });
  if (sharesParts(versions)) {
    const [first] = versions;
    if (first) validateParts(first, { schema: SPEC.child('validation'), rest: SPEC }, errors);
  } else versions.forEach((version, i) => validateParts(version, { schema: path.index(i).child('schema'), rest: path.index(i) }, errors));
}

function validateConversion({ conversion }: DeepReadonly<CustomResourceDefinition['spec']>, errors: FieldErrors): void {
  if (!conversion) return;
  const path = SPEC.child('conversion');
  const { strategy, webhook } = conversion;
  if (strategy === '') errors.required(path.child('strategy'));
  else if (strategy !== 'None' && strategy !== 'Webhook') errors.notSupported(path.child('strategy'), strategy, new Set(['None', 'Webhook']));
  if (strategy === 'Webhook') {
    const config = webhook?.clientConfig;
    if (!config) errors.required(path.child('webhookClientConfig'), 'required when strategy is set to Webhook');
    else if ((config.url === undefined) === (config.service === undefined)) errors.required(path.child('webhookClientConfig'), 'exactly one of url or service is required');
    if ((webhook?.conversionReviewVersions ?? []).length === 0) errors.required(path.child('conversionReviewVersions'));
  } else if (webhook?.clientConfig) errors.forbidden(path.child('webhookClientConfig'), 'should not be set when strategy is not set to Webhook');
}

export function validateDefinition({ metadata, spec }: DeepReadonly<CustomResourceDefinition>, errors: FieldErrors): void {
  if (metadata.name !== `${spec.names.plural}.${spec.group}`) errors.invalid(FieldPath.of('metadata.name'), metadata.name, 'must be spec.names.plural+"."+spec.group');
  const groupPath = SPEC.child('group');
  if (spec.group === '') errors.required(groupPath);
  else {
    addInvalid(isDns1123Subdomain(spec.group), spec.group, groupPath, errors);
    if (isDns1123Label(spec.group).length === 0 && !spec.group.includes('.')) errors.invalid(groupPath, spec.group, 'should be a domain with at least one dot');
  }
  if (!SCOPES.has(spec.scope)) errors.notSupported(SPEC.child('scope'), spec.scope, SCOPES);
  // A list that must be there is null when it is not.
  validateVersions((spec.versions as typeof spec.versions | null) ?? [], errors);
  validateNames(spec.names, errors);
  validateConversion(spec, errors);
  if (spec.preserveUnknownFields) errors.invalid(SPEC.child('preserveUnknownFields'), true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead');
}

export function validateDefinitionUpdate(object: DeepReadonly<CustomResourceDefinition>, old: DeepReadonly<CustomResourceDefinition>, errors: FieldErrors): void {
  validateImmutable(object.spec.group, old.spec.group, SPEC.child('group'), errors);
  validateImmutable(object.spec.names.plural, old.spec.names.plural, SPEC.child('names', 'plural'), errors);
  const isEstablished = old.status.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false;
  if (isEstablished) {
    validateImmutable(object.spec.scope, old.spec.scope, SPEC.child('scope'), errors);
    validateImmutable(object.spec.names.kind, old.spec.names.kind, SPEC.child('names', 'kind'), errors);
  }
  old.status.storedVersions?.forEach((version, i) => {
    if (!object.spec.versions.some((one) => one.name === version)) errors.invalid(FieldPath.of('status.storedVersions').index(i), version, 'missing from spec.versions; one or more CRs may exist with this version in storage; migrate them and remove this version from status.storedVersions before removing it from spec.versions');
  });
}
