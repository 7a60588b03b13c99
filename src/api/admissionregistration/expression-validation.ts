import { DYN, type CelType } from '../../cel/checker/types.ts';
import { compile, CompileError, instantiationProblem, ResultTypeError, type CompileOptions } from '../../cel/expression.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';

/** The type of an expression; dyn for one that does not compile, which is told. `shown`: as it is written. */
export function compiledType(expression: string, options: CompileOptions, path: FieldPath, errors: FieldErrors, shown = expression): CelType {
  try {
    const program = compile(expression, options);
    const problem = instantiationProblem(program);
    if (problem !== undefined) errors.internal(path, `program instantiation failed: ${problem}`);
    return program.type;
  } catch (error) {
    if (error instanceof CompileError) errors.invalid(path, shown, `compilation failed: ${error.message}`);
    else if (error instanceof ResultTypeError) errors.invalid(path, shown, error.message);
    else throw error;
    return DYN;
  }
}

export function validateExpression(expression: string, options: CompileOptions, path: FieldPath, errors: FieldErrors, shown = expression): void {
  compiledType(expression, options, path, errors, shown);
}
