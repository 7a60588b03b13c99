import { BOOL, typeText, type CelType } from './checker/types.ts';
import { compile, CompileError, fromJson, type CompileOptions, type Program } from './expression.ts';

/** An expression with what is wrong with it, as configuration files of the API server are told. */
export type Compiled = { readonly program: Program } | { readonly problem: string };

/** Compiles an expression whose result must be known to be a bool where `isBool`: not even `dyn` will do. Source: apiserver pkg/authentication/cel and pkg/authorization/cel, compile.go. */
export function compileStrictly(source: string, variables: CompileOptions['variables'], isBool: boolean): Compiled {
  try {
    const program = compile(source, { variables });
    return isBool && typeText(program.type) !== typeText(BOOL) ? { problem: 'must evaluate to bool' } : { program };
  } catch (error) {
    if (error instanceof CompileError) return { problem: `compilation failed: ${error.message}` };
    throw error;
  }
}

/** A structure with these fields, and no others. */
export function structure(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  return { kind: 'object', name, fields: { field: (key) => (Object.hasOwn(fields, key) ? fields[key] : undefined), names: () => Object.keys(fields) } };
}

/** The value of an expression over values of JSON. Throws EvaluationError. */
export function valueOf(program: Program, variables: Readonly<Record<string, unknown>>): unknown {
  return program.evaluate((name) => (Object.hasOwn(variables, name) ? fromJson(variables[name]) : undefined)).value;
}

