import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName, validateLabels } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label } from '../../apimachinery/validation/names.ts';
import { validateNonNegativeQuantity } from '../../apimachinery/validation/quantities.ts';
import type { Toleration } from '../generated/core-v1.ts';
import type { RuntimeClass } from '../generated/node-v1.ts';
import { addInvalid } from '../path-segment.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const OPERATORS = ['Equal', 'Exists'];

function validateToleration({ key = '', operator = '', value = '', effect = '', tolerationSeconds }: DeepReadonly<Toleration>, path: FieldPath, errors: FieldErrors): void {
  if (key !== '') addInvalid(isQualifiedName(key), key, path.child('key'), errors);
  if (key === '' && operator !== 'Exists') errors.invalid(path.child('operator'), operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"');
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') errors.invalid(path.child('effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  if (operator === 'Exists' && value !== '') errors.invalid(path, { key, operator, value, effect }, 'value must be empty when `operator` is \'Exists\'');
  else if (operator !== '' && !OPERATORS.includes(operator)) errors.notSupported(path.child('operator'), operator, OPERATORS);
  if (effect !== '' && !EFFECTS.includes(effect)) errors.notSupported(path.child('effect'), effect, EFFECTS);
}

/** Source: pkg/apis/node/validation, ValidateRuntimeClass. */
export function validateRuntimeClass({ handler, overhead, scheduling }: DeepReadonly<RuntimeClass>, errors: FieldErrors): void {
  if (handler === '') errors.required(FieldPath.of('handler'));
  else addInvalid(isDns1123Label(handler), handler, FieldPath.of('handler'), errors);
  for (const [name, value] of Object.entries(overhead?.podFixed ?? {})) {
    // Overhead is checked as limits are, and named so.
    const path = FieldPath.of('overhead.limits').key(name);
    addInvalid(isQualifiedName(name), name, path, errors);
    validateNonNegativeQuantity(value, path, errors);
  }
  if (!scheduling) return;
  const path = FieldPath.of('scheduling');
  validateLabels(scheduling.nodeSelector, path.child('nodeSelector'), errors);
  scheduling.tolerations?.forEach((toleration, i) => validateToleration(toleration, path.child('tolerations').index(i), errors));
}
