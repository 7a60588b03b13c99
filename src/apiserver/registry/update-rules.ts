/**
 * What an update is judged by, and in which order. Source: apiserver pkg/registry/rest/update.go, BeforeUpdate, and the ValidateUpdate of each kind's strategy.
 */
import type { KindDefinition, RequestVersion, UpdateRule } from '../../api/kind.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateFinalizerNames, validateMetadata, validateMetadataUpdate } from './metadata.ts';

/** An update of an object in the storage version, spoken in `version`. */
export interface JudgedUpdate {
  readonly kind: KindDefinition;
  readonly object: DeepReadonly<KubeObject>;
  readonly old: DeepReadonly<KubeObject>;
  readonly version: RequestVersion;
}

type Judge = (update: JudgedUpdate, errors: FieldErrors) => void;

const JUDGES: Readonly<Record<UpdateRule, Judge>> = {
  metadataUpdate: ({ object, old, kind }, errors) => {
    validateMetadataUpdate(object, old, errors);
    validateFinalizerNames(object.metadata.finalizers ?? [], kind, errors);
  },
  metadata: ({ object, kind }, errors) => {
    validateMetadata(object, kind, errors);
  },
  validate: ({ kind, object, version }, errors) => kind.validate?.(object, errors, version),
  validateUpdate: ({ kind, object, old, version }, errors) => kind.validateUpdate?.(object, old, errors, version),
};

/** Each rule once, in any order: what nearly every update passes. */
const ONCE: readonly UpdateRule[] = ['metadata', 'validate', 'validateUpdate'];

/** What is wrong, in the order and as often as upstream says it. */
export function judgeUpdate(update: JudgedUpdate): FieldErrors {
  const errors = new FieldErrors();
  validateMetadataUpdate(update.object, update.old, errors);
  const rules = update.kind.updateRules;
  if (rules.includes('metadataUpdate')) validateFinalizerNames(update.object.metadata.finalizers ?? [], update.kind, errors);
  for (const rule of ONCE) if (rules.includes(rule)) JUDGES[rule](update, errors);
  if (errors.causes.length === 0) return errors;
  const told = new FieldErrors();
  validateMetadataUpdate(update.object, update.old, told);
  for (const rule of rules) JUDGES[rule](update, told);
  return told;
}

/** Of a subresource: its strategy looks at the metadata once more, as most rules of kinds do. */
export function judgeMetadata({ object, old, kind }: Omit<JudgedUpdate, 'version'>, errors: FieldErrors): void {
  validateMetadataUpdate(object, old, errors);
  if (errors.causes.length > 0) validateMetadataUpdate(object, old, errors);
  validateFinalizerNames(object.metadata.finalizers ?? [], kind, errors);
}
