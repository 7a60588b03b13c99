/** What expressions of mutating policies make: parts of objects, and JSON patches. Source: apiserver pkg/cel/mutation. */
import { DYN, listOf, STRING, type CelType } from '../../cel/checker/types.ts';
import type { CompileOptions } from '../../cel/expression.ts';
import { overload, traversal, type Declaration } from '../../cel/library/declare.ts';
import { EvaluationError } from '../../cel/runtime/errors.ts';
import { CelMap, type Value } from '../../cel/runtime/values.ts';
import { policyOptions, type PolicyScope } from './expressions.ts';

const ROOT = 'Object';
const PATCH = 'JSONPatch';
const PATCH_FIELDS: Readonly<Record<string, CelType>> = { op: STRING, path: STRING, from: STRING, value: DYN };

/** Any field will do: what the object's kind thinks of it is seen when it is merged. */
function partOfObject(name: string): CelType {
  return { kind: 'object', name, fields: { field: () => DYN } };
}

export const OBJECT: CelType = partOfObject(ROOT);
const JSON_PATCH: CelType = { kind: 'object', name: PATCH, fields: { field: (name) => (Object.hasOwn(PATCH_FIELDS, name) ? PATCH_FIELDS[name] : undefined), names: () => Object.keys(PATCH_FIELDS) } };
export const JSON_PATCHES: CelType = listOf(JSON_PATCH);

function structType(name: string): CelType | undefined {
  if (name === PATCH) return JSON_PATCH;
  return name === ROOT || name.startsWith(`${ROOT}.`) ? partOfObject(name) : undefined;
}

/** `Object.spec{...}`, or `JSONPatch{...}`. */
class StructValue extends CelMap {
  override readonly typeName: string;
  readonly #fields: ReadonlyMap<string, Value>;

  constructor(typeName: string, fields: ReadonlyMap<string, Value>) {
    super();
    this.typeName = typeName;
    this.#fields = fields;
  }

  get size(): number {
    return this.#fields.size;
  }

  get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.#fields.get(key) : undefined;
  }

  keys(): Iterable<Value> {
    return this.#fields.keys();
  }
}

/** The types of parts must be named after the fields that they are in, be they in lists or maps there. What is wrong, a line each. Source: apiserver pkg/cel/mutation/dynamic/objects.go. */
function typeNameProblems(value: Value, path: string): string[] {
  if (Array.isArray(value)) return (value as readonly Value[]).flatMap((one) => typeNameProblems(one, path));
  if (!(value instanceof CelMap)) return [];
  const isPart = value instanceof StructValue;
  const own = !isPart || value.typeName === path ? [] : [`unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`];
  return [...own, ...[...value.keys()].flatMap((key) => typeNameProblems(value.get(key) ?? null, isPart ? `${path}.${String(key as string)}` : path))];
}

function checkPart(value: StructValue): void {
  const problems = typeNameProblems(value, value.typeName);
  if (problems.length > 0) throw new EvaluationError(`type mismatch: ${problems.join('\n')}`);
}

/** Of what an expression has made: an object, or a list of JSON patches whose values may be parts of one. Throws EvaluationError. */
export function checkTypeNames(value: Value): void {
  const parts = Array.isArray(value) ? (value as readonly Value[]).map((one) => (one instanceof CelMap ? one.get('value') : undefined)) : [value];
  for (const part of parts) if (part instanceof StructValue && part.typeName !== PATCH) checkPart(part);
}

const ESCAPE_KEY: Declaration = ['jsonpatch.escapeKey', overload('string_jsonpatch_escapeKey_string', [STRING], STRING, (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'), traversal())];

export function mutationOptions(scope: PolicyScope, resultType: CelType): CompileOptions {
  return { ...policyOptions(scope), structType, makeStruct: (name, fields) => new StructValue(name, fields), functions: [ESCAPE_KEY], resultTypes: [resultType] };
}
