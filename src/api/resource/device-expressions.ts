/** Expressions that select devices. Source: k8s.io/dynamic-resource-allocation, cel/compile.go. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { BOOL, DYN, mapOf, opaque, STRING, type CelType } from '../../cel/checker/types.ts';
import { compile, CompileError, ResultTypeError } from '../../cel/expression.ts';

const MAX_LENGTH = 10 * 1024;
const FIELDS: Readonly<Record<string, CelType>> = {
  driver: STRING, attributes: mapOf(STRING, mapOf(STRING, DYN)), capacity: mapOf(STRING, mapOf(STRING, opaque('kubernetes.Quantity'))), allowMultipleAllocations: BOOL,
};
/** The type of the variable `device`. */
export const DEVICE: CelType = { kind: 'object', name: 'kubernetes.DRADevice', fields: { field: (name) => (Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined), names: () => Object.keys(FIELDS) } };

export function validateDeviceExpression(expression: string, path: FieldPath, errors: FieldErrors): void {
  if (expression.length > MAX_LENGTH) {
    errors.tooLong(path, MAX_LENGTH);
    return;
  }
  try {
    compile(expression, { variables: { device: DEVICE }, resultTypes: [BOOL] });
  } catch (error) {
    if (error instanceof CompileError) errors.invalid(path, expression, `compilation failed: ${error.message}`);
    else if (error instanceof ResultTypeError) errors.invalid(path, expression, `must evaluate to bool or the unknown type, not ${error.found}`);
    else throw error;
  }
}
