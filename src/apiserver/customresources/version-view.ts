/** What one version of a definition demands of its objects. Source: apiextensions-apiserver pkg/registry/customresource, strategy.go, status_strategy.go and validator.go. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { Correlation } from '../../api/apiextensions/correlation.ts';
import { withKnownDefaults } from '../../api/apiextensions/default-pruning.ts';
import { validateEmbeddedObjects } from '../../api/apiextensions/embedded-validation.ts';
import { holdsUnique, validateUniqueness } from '../../api/apiextensions/list-uniqueness.ts';
import { dropNulls, prune } from '../../api/apiextensions/pruning.ts';
import { propertyOf } from '../../api/apiextensions/schema-parts.ts';
import { validateValue } from '../../api/apiextensions/value-validation.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, CustomResourceSubresourceScale, JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';
import { validateScaleSpec, validateScaleStatus } from './scale-validation.ts';
import { rulesCheck } from '../../api/apiextensions/validation-rules.ts';

type Custom = DeepReadonly<KubeObject>;

const ANYTHING: JSONSchemaProps = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const STATUS = 'status';
const NO_FIELD = '<nil>';
const BLOCKING: ReadonlySet<string> = new Set(['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid']);
const UNCHECKED = 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

export function schemaOfVersion(version: CustomResourceDefinitionVersion): JSONSchemaProps {
  return version.schema?.openAPIV3Schema ?? ANYTHING;
}

/** The same, as objects are treated with it. */
export function schemaInUse(version: CustomResourceDefinitionVersion): JSONSchemaProps {
  return withKnownDefaults(schemaOfVersion(version));
}

/** A schema may say something of metadata.name; the rest of metadata is none of its business. */
function withoutSystemMetadata(object: Custom): object {
  const { name, generateName } = object.metadata;
  return { ...object, metadata: { name, ...(generateName !== undefined && { generateName }) } };
}

/** Objects come as they are stored. */
export class VersionView {
  readonly #apiVersion: string;
  readonly #schema: JSONSchemaProps;
  readonly #isStored: boolean;
  readonly #scale: CustomResourceSubresourceScale | undefined;
  readonly #rules: ReturnType<typeof rulesCheck>;

  constructor({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion) {
    this.#apiVersion = `${spec.group}/${version.name}`;
    this.#schema = schemaInUse(version);
    this.#isStored = version.storage;
    this.#scale = version.subresources?.scale;
    this.#rules = rulesCheck(this.#schema);
  }

  of(object: Custom): Custom {
    if (this.#isStored) return object;
    const view = { ...copyOf(object), apiVersion: this.#apiVersion };
    prune(view, this.#schema, [], '', true);
    dropNulls(view, this.#schema);
    return view as unknown as KubeObject;
  }

  judge(object: Custom, old: Custom | undefined, errors: FieldErrors): void {
    const [seen, former] = [this.of(object), old && this.of(old)];
    validateValue(this.#schema, withoutSystemMetadata(seen), '', errors, former && (() => new Correlation(this.#schema, seen, former)));
    if (this.#scale) {
      validateScaleSpec(seen, this.#scale, errors);
      validateScaleStatus(seen, this.#scale, errors);
    }
    validateEmbeddedObjects(seen, this.#schema, FieldPath.root, errors);
    this.#checkLists(seen, former, errors);
    this.#checkRules(seen, former, errors);
  }

  /** Of the schema only the status is asked: messages name its fields from there. */
  judgeStatus(object: Custom, old: Custom, errors: FieldErrors): void {
    const [seen, former] = [this.of(object), this.of(old)];
    const schema = propertyOf(this.#schema, STATUS);
    const found = new FieldErrors();
    if (schema && STATUS in seen) validateValue(schema, seen[STATUS], '', found, () => new Correlation(this.#schema, seen, former).key(STATUS));
    for (const cause of found.causes) errors.causes.push({ ...cause, field: cause.field === NO_FIELD ? STATUS : `${STATUS}.${cause.field}` });
    if (this.#scale) validateScaleStatus(seen, this.#scale, errors);
    this.#checkLists(seen, former, errors);
    this.#checkRules(seen, former, errors);
  }

  /** Lists that had doubled elements anywhere may have more of them. */
  #checkLists(object: Custom, old: Custom | undefined, errors: FieldErrors): void {
    if (!holdsUnique(this.#schema)) return;
    const [found, before] = [new FieldErrors(), new FieldErrors()];
    validateUniqueness(object, this.#schema, FieldPath.root, found);
    if (found.causes.length === 0) return;
    if (old) validateUniqueness(old, this.#schema, FieldPath.root, before);
    if (before.causes.length === 0) errors.causes.push(...found.causes);
  }

  /** Rules are not asked of an object that may not have the form that they were written for. */
  #checkRules(object: Custom, old: Custom | undefined, errors: FieldErrors): void {
    if (!this.#rules) return;
    if (errors.causes.some(({ reason }) => BLOCKING.has(reason))) errors.invalid(FieldPath.of(NO_FIELD), null, UNCHECKED);
    else this.#rules(withoutSystemMetadata(object), old && withoutSystemMetadata(old), errors, () => new Correlation(this.#schema, object, old));
  }
}
