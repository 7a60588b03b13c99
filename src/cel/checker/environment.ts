import type { Value } from '../runtime/values.ts';
import type { CelType } from './types.ts';

/** A form of a function. */
export interface Overload {
  readonly id: string;
  readonly isMember: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  /** Throws EvaluationError. Arguments are of the declared types. */
  readonly call: (...args: never[]) => Value;
  /** What a call costs at run time; 1 if not said. */
  readonly cost?: (args: readonly Value[], result: Value) => number;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
}

/** What an expression may refer to. Names that are types are variables of type `type(...)`. */
export interface Environment {
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  variable(name: string): CelType | undefined;
  /** The object type that `name{...}` makes; undefined if there is none of that name. */
  structType?(name: string): CelType | undefined;
}
