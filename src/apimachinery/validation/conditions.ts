/** Conditions of a status. Source: apimachinery pkg/apis/meta/v1/validation, ValidateConditions. */
import type { DeepReadonly } from '../meta.ts';
import type { FieldErrors, FieldPath } from './field-errors.ts';
import { validateLabelName } from './labels.ts';

const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;
const REASON_TEXT =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: unknown;
  readonly reason?: string;
  readonly message?: string;
}

export function validateConditions(conditions: DeepReadonly<Condition[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  const types = (conditions ?? []).map(({ type }) => type ?? '');
  conditions?.forEach((condition, i) => {
    const at = path.index(i);
    if (types.indexOf(types[i] ?? '') < i) errors.duplicate(at.child('type'), types[i]);
    validateCondition(condition, at, errors);
  });
}

function validateCondition({ type = '', status = '', observedGeneration = 0, lastTransitionTime, reason = '', message = '' }: DeepReadonly<Condition>, path: FieldPath, errors: FieldErrors): void {
  validateLabelName(type, path.child('type'), errors);
  if (!['False', 'True', 'Unknown'].includes(status)) errors.notSupported(path.child('status'), status, ['False', 'True', 'Unknown']);
  if (observedGeneration < 0) errors.invalid(path.child('observedGeneration'), observedGeneration, 'must be greater than or equal to zero');
  if (!lastTransitionTime) errors.required(path.child('lastTransitionTime'), 'must be set');
  if (reason === '') errors.required(path.child('reason'), 'must be set');
  else if (!/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(reason)) errors.invalid(path.child('reason'), reason, REASON_TEXT);
  if (reason.length > MAX_REASON) errors.tooLong(path.child('reason'), MAX_REASON);
  if (message.length > MAX_MESSAGE) errors.tooLong(path.child('message'), MAX_MESSAGE);
}
