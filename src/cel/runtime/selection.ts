/** Fields of objects, entries of maps, elements of lists. Source: cel-go interpreter/attributes.go. */
import { EvaluationError, noSuchKey, noSuchOverload } from './errors.ts';
import { CelMap, isList, Optional, Uint, type Value } from './values.ts';

export function selectField(operand: Value, field: string): Value {
  if (operand instanceof Optional) {
    if (operand.value === undefined) return operand;
    const found = optionalField(operand.value, field);
    return new Optional(found);
  }
  if (!(operand instanceof CelMap)) throw noSuchOverload();
  const found = operand.get(field);
  if (found === undefined) throw noSuchKey(field);
  return found;
}

export function optionalField(operand: Value, key: Value): Value | undefined {
  if (operand instanceof CelMap) return operand.get(key);
  if (isList(operand)) return elementAt(operand, key);
  throw noSuchOverload();
}

function elementAt(list: readonly Value[], key: Value): Value | undefined {
  const index = typeof key === 'bigint' ? Number(key) : key instanceof Uint ? Number(key.value) : typeof key === 'number' && Number.isInteger(key) ? key : undefined;
  if (index === undefined) throw new EvaluationError(`unsupported index type '${typeof key}' in list`);
  return index < 0 ? undefined : list[index];
}

function keyText(key: Value): string {
  return key instanceof Uint ? String(key.value) : String(key as string);
}

export function index(operand: Value, key: Value): Value {
  if (operand instanceof Optional) return operand.value === undefined ? operand : new Optional(optionalField(operand.value, key));
  if (isList(operand)) {
    const found = elementAt(operand, key);
    if (found === undefined) throw new EvaluationError(`index out of bounds: ${keyText(key)}`);
    return found;
  }
  if (!(operand instanceof CelMap)) throw noSuchOverload();
  const found = operand.get(key);
  if (found === undefined) throw noSuchKey(keyText(key));
  return found;
}
