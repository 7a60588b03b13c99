import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateLabels } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label } from '../../apimachinery/validation/names.ts';
import { validateResources } from '../core/pod-spec/resources.ts';
import { validateTolerations } from '../core/pod-spec/scheduling.ts';
import type { Toleration } from '../generated/core-v1.ts';
import type { RuntimeClass } from '../generated/node-v1.ts';
import { goForm } from '../go-form.ts';
import { addInvalid } from '../path-segment.ts';

/** Source: pkg/apis/node/validation, ValidateRuntimeClass. */
export function validateRuntimeClass({ handler, overhead, scheduling }: DeepReadonly<RuntimeClass>, errors: FieldErrors): void {
  if (handler === '') errors.required(FieldPath.of('handler'));
  else addInvalid(isDns1123Label(handler), handler, FieldPath.of('handler'), errors);
  // Overhead is checked as limits are, and named so.
  if (overhead?.podFixed) validateResources({ limits: overhead.podFixed }, new Set(), FieldPath.of('overhead'), errors);
  if (!scheduling) return;
  const path = FieldPath.of('scheduling');
  validateLabels(scheduling.nodeSelector, path.child('nodeSelector'), errors);
  validateTolerations(scheduling.tolerations, path.child('tolerations'), errors);
  validateUnique(scheduling.tolerations ?? [], path.child('tolerations'), errors);
}

function validateUnique(tolerations: DeepReadonly<Toleration[]>, path: FieldPath, errors: FieldErrors): void {
  const keys = tolerations.map(({ key, operator, value, effect }) => JSON.stringify([key ?? '', operator ?? '', value ?? '', effect ?? '']));
  tolerations.forEach((toleration, i) => {
    if (keys.indexOf(keys[i] ?? '') < i) errors.duplicate(path.index(i), goForm('core.v1.Toleration', toleration));
  });
}
