/** What is told of a policy. Source: pkg/apis/admissionregistration/validation, validateValidatingAdmissionPolicyStatus. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { validateConditions } from '../../apimachinery/validation/conditions.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../generated/admissionregistration-v1.ts';

const STATUS = FieldPath.of('status');

/** Of the path of a field: empty, or with brackets that do not close. */
function validateWarning({ fieldRef, warning }: DeepReadonly<ExpressionWarning>, path: FieldPath, errors: FieldErrors): void {
  if (warning === '') errors.required(path.child('warning'));
  const ref = fieldRef.trim();
  if (ref === '') errors.required(path.child('fieldRef'));
  else if (ref.lastIndexOf('[') > ref.lastIndexOf(']')) errors.invalid(path.child('fieldRef'), ref, 'invalid JSONPath: unterminated array');
}

export function validatePolicyStatus({ status }: DeepReadonly<ValidatingAdmissionPolicy>, _old: DeepReadonly<ValidatingAdmissionPolicy>, errors: FieldErrors): void {
  status?.typeChecking?.expressionWarnings?.forEach((one, i) => validateWarning(one, STATUS.child('typeChecking', 'expressionWarnings').index(i), errors));
  validateConditions(status?.conditions, STATUS.child('conditions'), errors);
}
