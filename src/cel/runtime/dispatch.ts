import type { Overload } from '../checker/environment.ts';
import type { CelType } from '../checker/types.ts';
import { EvaluationError, noSuchOverload } from './errors.ts';
import { CelMap, isList, Optional, OpaqueValue, typeName, TypeValue, type Value } from './values.ts';

type Guard = (value: Value) => boolean;

/** Whether a value is of a type, as far as a glance tells: not what is in lists and maps. */
function guardOf(type: CelType): Guard {
  switch (type.kind) {
    case 'dyn': case 'any': case 'error': case 'param': return () => true;
    case 'null': return (value) => value === null;
    case 'bool': return (value) => typeof value === 'boolean';
    case 'int': return (value) => typeof value === 'bigint';
    case 'double': return (value) => typeof value === 'number';
    case 'string': return (value) => typeof value === 'string';
    case 'list': return isList;
    case 'map': return (value) => value instanceof CelMap && value.typeName === undefined;
    case 'type': return (value) => value instanceof TypeValue;
    case 'opaque': return type.name === 'optional_type' ? (value) => value instanceof Optional : (value) => value instanceof OpaqueValue && value.typeName === type.name;
    case 'object': return (value) => value instanceof CelMap && value.typeName === type.name;
    default: {
      const name = { uint: 'uint', bytes: 'bytes', timestamp: 'google.protobuf.Timestamp', duration: 'google.protobuf.Duration' }[type.kind];
      return (value) => typeName(value) === name;
    }
  }
}

type Caller = (args: readonly Value[]) => { readonly result: Value; readonly overload: Overload };

const guards = new WeakMap<Overload, readonly Guard[]>();

function guardsOf(overload: Overload): readonly Guard[] {
  let found = guards.get(overload);
  if (!found) guards.set(overload, (found = overload.args.map(guardOf)));
  return found;
}

function argumentText(overloads: readonly Overload[], args: readonly Value[]): EvaluationError {
  return overloads.length === 0 ? new EvaluationError(`no such overload: (${args.map(typeName).join(', ')})`) : noSuchOverload();
}

/** The overload that fits these values. Throws EvaluationError. */
export function choose(overloads: readonly Overload[], args: readonly Value[]): Overload {
  const [only] = overloads;
  for (const overload of overloads) {
    const checks = guardsOf(overload);
    let fits = true;
    for (let i = 0; i < args.length && fits; i++) fits = checks[i]?.(args[i] as Value) ?? false;
    if (fits) return overload;
  }
  if (only) throw noSuchOverload();
  throw argumentText(overloads, args);
}

export type { Caller };
