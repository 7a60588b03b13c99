/** Source: kubernetes pkg/apis/core/validation, validateNodeTaints. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isLabelValue, validateLabelName } from '../../apimachinery/validation/labels.ts';
import type { Taint } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { validateTaintEffect } from './pod-spec/scheduling.ts';

export function validateTaints(taints: DeepReadonly<Taint[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  const seen = new Set<string>();
  taints?.forEach((taint, i) => {
    const { key, value = '', effect } = taint;
    const at = path.index(i);
    validateLabelName(key, at.child('key'), errors);
    const texts = isLabelValue(value);
    if (texts.length > 0) errors.invalid(at.child('value'), value, texts.join(';'));
    if (effect === '') errors.required(at.child('effect'));
    else validateTaintEffect(effect, at.child('effect'), errors);
    if (seen.has(`${effect}/${key}`)) {
      errors.add(at, 'FieldValueDuplicate', `Duplicate value: ${JSON.stringify(goForm('core.v1.Taint', taint))}: taints must be unique by key and effect pair`);
    }
    seen.add(`${effect}/${key}`);
  });
}
