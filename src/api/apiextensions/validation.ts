/** Source: apiextensions-apiserver pkg/apis/apiextensions/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { CustomResourceConversion, CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionVersion } from '../generated/apiextensions-v1.ts';
import { addInvalid } from '../path-segment.ts';
import { validateWebhookService, validateWebhookUrl } from '../webhook-target.ts';
import { validateApproval } from './approval-validation.ts';
import { validateAuthorities } from './authorities.ts';
import { validateColumn, validateSelectableFields, validateSubresources } from './parts-validation.ts';
import { validateRootFields } from './root-fields.ts';
import { schemasOf } from './schema-parts.ts';
import { validateSchema } from './schema-validation.ts';
import { isShared, shownVersions } from './spec-form.ts';

type Version = DeepReadonly<CustomResourceDefinitionVersion>;

const SPEC = FieldPath.of('spec');
const SCOPES = ['Cluster', 'Namespaced'];
const STRATEGIES = ['None', 'Webhook'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const MAX_WARNING = 256;
const MIXED_CASE = 'may have mixed case, but should otherwise match: ';

function addJoined(messages: readonly string[], value: string, path: FieldPath, errors: FieldErrors, before = ''): void {
  if (messages.length > 0) errors.invalid(path, value, before + messages.join(','));
}

/** Also those that a definition was given, in its status. */
export function validateNames(names: DeepReadonly<CustomResourceDefinitionNames>, path: FieldPath, errors: FieldErrors): void {
  if (names.plural) addJoined(isDns1035Label(names.plural), names.plural, path.child('plural'), errors);
  if (names.singular) addJoined(isDns1035Label(names.singular), names.singular, path.child('singular'), errors);
  if (names.kind) addJoined(isDns1035Label(names.kind.toLowerCase()), names.kind, path.child('kind'), errors, MIXED_CASE);
  if (names.listKind) addJoined(isDns1035Label(names.listKind.toLowerCase()), names.listKind, path.child('listKind'), errors, MIXED_CASE);
  names.shortNames?.forEach((name, i) => addJoined(isDns1035Label(name), name, path.child('shortNames').index(i), errors));
  if (names.kind && names.kind === names.listKind) errors.invalid(path.child('listKind'), names.listKind, 'kind and listKind may not be the same');
  names.categories?.forEach((name, i) => addJoined(isDns1035Label(name), name, path.child('categories').index(i), errors));
}

function validateDeprecation({ deprecated, deprecationWarning: warning }: Version, path: FieldPath, errors: FieldErrors): void {
  if (warning === undefined) return;
  if (!deprecated) {
    errors.invalid(path, warning, 'can only be set for deprecated versions');
    return;
  }
  if (Buffer.byteLength(warning) > MAX_WARNING) errors.invalid(path, warning, `must be <= ${MAX_WARNING} characters long`);
  if (warning === '') errors.invalid(path, warning, 'must not be an empty string');
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (odd) errors.invalid(path, warning, `must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(warning.slice(0, odd.index))}`);
}

/** What all versions share is kept, and reported, at the top. `paths`: where a part of this version is reported; undefined: elsewhere. */
function validateParts(version: Version, versions: readonly Version[], paths: { readonly schema: FieldPath | undefined; readonly at: FieldPath; readonly isTop: boolean }, errors: FieldErrors): void {
  const schema = version.schema?.openAPIV3Schema;
  const isHere = (part: Parameters<typeof isShared>[0]): boolean => isShared(part, versions) === paths.isTop;
  if (paths.schema && schema && isHere('schema')) {
    const hasStatus = paths.isTop ? versions.some((one) => one.subresources?.status) : version.subresources?.status !== undefined;
    if (hasStatus) validateRootFields(schema, paths.schema, errors);
    validateSchema(schema, paths.schema.child('openAPIV3Schema'), errors);
  }
  if (isHere('subresources')) validateSubresources(version.subresources, paths.at.child('subresources'), errors);
  if (isHere('additionalPrinterColumns')) version.additionalPrinterColumns?.forEach((column, i) => validateColumn(column, paths.at.child('additionalPrinterColumns').index(i), errors));
  const fields = version.selectableFields ?? [];
  if (fields.length === 0 || !isHere('selectableFields')) return;
  const at = paths.at.child('selectableFields');
  if (schema) validateSelectableFields(fields, schema, at, errors);
  else errors.invalid(at, '', `selectableFields may only be set when ${paths.isTop ? 'validations.schema is included' : 'version.schema.openAPIV3Schema is not included'}`);
}

function validateVersions(given: readonly Version[] | null, errors: FieldErrors): void {
  const versions = given ?? [];
  const path = SPEC.child('versions');
  versions.forEach((version, i) => {
    if (!version.schema?.openAPIV3Schema) errors.required(path.index(i).child('schema', 'openAPIV3Schema'), 'schemas are required');
  });
  versions.forEach((version, i) => {
    const at = path.index(i);
    addJoined(isDns1035Label(version.name), version.name, at.child('name'), errors);
    validateDeprecation(version, at.child('deprecationWarning'), errors);
    validateParts(version, versions, { schema: at.child('schema'), at, isTop: false }, errors);
  });
  if (new Set(versions.map(({ name }) => name)).size < versions.length) errors.invalid(path, shownVersions(given), 'must contain unique version names');
  if (versions.filter(({ storage }) => storage).length !== 1) errors.invalid(path, shownVersions(given), 'must have exactly one version marked as storage version');
  // The first stands at the top too, and is judged there once more.
  const [first] = versions;
  if (first?.name) addJoined(isDns1035Label(first.name), first.name, SPEC.child('version'), errors);
}

function validateReviewVersions(versions: readonly string[], path: FieldPath, errors: FieldErrors): void {
  if (versions.length === 0) {
    errors.required(path);
    return;
  }
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) errors.invalid(path.index(i), version, 'duplicate version');
    else addInvalid(isDns1035Label(version), version, path.index(i), errors);
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) errors.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
}

function validateConversion({ strategy, webhook }: DeepReadonly<CustomResourceConversion>, preservesUnknown: boolean, errors: FieldErrors): void {
  const path = SPEC.child('conversion');
  if (preservesUnknown && strategy !== 'None') errors.invalid(path.child('strategy'), strategy, 'must be None if spec.preserveUnknownFields is true');
  const at = path.child('webhookClientConfig');
  const config = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  if (strategy === '') errors.required(path.child('strategy'));
  else if (!STRATEGIES.includes(strategy)) errors.notSupported(path.child('strategy'), strategy, STRATEGIES);
  if (strategy !== 'Webhook') {
    if (config) errors.forbidden(at, 'should not be set when strategy is not set to Webhook');
    if (versions.length > 0) errors.forbidden(path.child('conversionReviewVersions'), 'should not be set when strategy is not set to Webhook');
    return;
  }
  if (!config) errors.required(at, 'required when strategy is set to Webhook');
  else if ((config.url === undefined) === (config.service === undefined)) errors.required(at, 'exactly one of url or service is required');
  else if (config.url !== undefined) validateWebhookUrl(config.url, at.child('url'), errors);
  else if (config.service) validateWebhookService(config.service, at.child('service'), errors);
  validateReviewVersions(versions, path.child('conversionReviewVersions'), errors);
}

function validateSpec(spec: DeepReadonly<CustomResourceDefinition['spec']>, errors: FieldErrors): void {
  const groupPath = SPEC.child('group');
  const messages = isDns1123Subdomain(spec.group);
  if (spec.group === '') errors.required(groupPath);
  else if (messages.length > 0) addJoined(messages, spec.group, groupPath, errors);
  else if (!spec.group.includes('.')) errors.invalid(groupPath, spec.group, 'should be a domain with at least one dot');
  if (spec.scope === '') errors.required(SPEC.child('scope'));
  else if (!SCOPES.includes(spec.scope)) errors.notSupported(SPEC.child('scope'), spec.scope, SCOPES);
  // A list that must be there is null when it is not.
  const versions = spec.versions as typeof spec.versions | null | undefined;
  const hasDefaults = (versions ?? []).some(({ schema }) => schema?.openAPIV3Schema && [...schemasOf(schema.openAPIV3Schema)].some((one) => one.default !== undefined));
  if (spec.preserveUnknownFields && hasDefaults) errors.invalid(SPEC.child('preserveUnknownFields'), true, 'must be false in order to use defaults in the schema');
  validateVersions(versions ?? null, errors);
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const) if (!spec.names[name]) errors.required(SPEC.child('names', name));
  validateNames(spec.names, SPEC.child('names'), errors);
  const [first] = versions ?? [];
  if (first) validateParts(first, versions ?? [], { schema: SPEC.child('validation'), at: SPEC, isTop: true }, errors);
  if (spec.conversion) validateConversion(spec.conversion, spec.preserveUnknownFields === true, errors);
}

function validateStoredVersions({ spec, status }: DeepReadonly<CustomResourceDefinition>, errors: FieldErrors): void {
  const path = FieldPath.of('status.storedVersions');
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) {
    errors.invalid(path, null, 'must have at least one stored version');
    return;
  }
  const versions = (spec.versions as typeof spec.versions | null) ?? [];
  for (const { name, storage } of versions) if (storage && !stored.includes(name)) errors.invalid(path, stored, `must have the storage version ${name}`);
  stored.forEach((name, i) => {
    if (versions.some((version) => version.name === name)) return;
    errors.invalid(path.index(i), name, `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`);
  });
}

/** After the spec. `old`: undefined on create. */
function validateRest(definition: DeepReadonly<CustomResourceDefinition>, old: DeepReadonly<CustomResourceDefinition> | undefined, errors: FieldErrors): void {
  const { spec, status } = definition;
  if (status.acceptedNames) validateNames(status.acceptedNames, FieldPath.of('status.acceptedNames'), errors);
  validateStoredVersions(definition, errors);
  validateApproval(definition, old, errors);
  if (spec.preserveUnknownFields) errors.invalid(SPEC.child('preserveUnknownFields'), true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead');
}

/** The name is looked at here alone: what it must be made of cannot change. */
export function validateNewDefinition(definition: DeepReadonly<CustomResourceDefinition>, errors: FieldErrors): void {
  const { metadata, spec } = definition;
  if (metadata.name !== `${spec.names.plural}.${spec.group}`) errors.invalid(FieldPath.of('metadata.name'), metadata.name, 'must be spec.names.plural+"."+spec.group');
  validateSpec(spec, errors);
  validateRest(definition, undefined, errors);
}

export function validateDefinitionUpdate(object: DeepReadonly<CustomResourceDefinition>, old: DeepReadonly<CustomResourceDefinition>, errors: FieldErrors): void {
  validateSpec(object.spec, errors);
  const isEstablished = old.status.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false;
  if (isEstablished) {
    validateImmutable(object.spec.scope, old.spec.scope, SPEC.child('scope'), errors);
    validateImmutable(object.spec.names.kind, old.spec.names.kind, SPEC.child('names', 'kind'), errors);
  }
  validateImmutable(object.spec.group, old.spec.group, SPEC.child('group'), errors);
  validateImmutable(object.spec.names.plural, old.spec.names.plural, SPEC.child('names', 'plural'), errors);
  validateAuthorities(object, old, errors);
  validateRest(object, old, errors);
}

export function validateDefinitionStatus({ status }: DeepReadonly<CustomResourceDefinition>, _old: unknown, errors: FieldErrors): void {
  if (status.acceptedNames) validateNames(status.acceptedNames, FieldPath.of('status.acceptedNames'), errors);
}
