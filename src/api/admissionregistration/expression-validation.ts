import { DYN, type CelType } from '../../cel/checker/types.ts';
import { compile, CompileError, ResultTypeError, type CompileOptions } from '../../cel/expression.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';

/** The type of an expression; dyn for one that does not compile, which is told. */
export function compiledType(expression: string, options: CompileOptions, path: FieldPath, errors: FieldErrors): CelType {
  try {
    return compile(expression, options).type;
  } catch (error) {
    if (error instanceof CompileError) errors.invalid(path, expression, `compilation failed: ${error.message}`);
    else if (error instanceof ResultTypeError) errors.invalid(path, expression, error.message);
    else throw error;
    return DYN;
  }
}

export function validateExpression(expression: string, options: CompileOptions, path: FieldPath, errors: FieldErrors): void {
  compiledType(expression, options, path, errors);
}
