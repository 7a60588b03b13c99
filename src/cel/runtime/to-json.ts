import { EvaluationError } from './errors.ts';
import { JsonObject } from './json-values.ts';
import { CelMap, Duration, isList, Timestamp, typeName, Uint, type Value } from './values.ts';

/** A value as JSON. Throws EvaluationError for one that has no JSON, such as a type. */
export function toJson(value: Value): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return whole(value);
  if (value instanceof Uint) return value.value < 2n ** 63n ? whole(value.value) : Number(value.value);
  if (value instanceof JsonObject) return value.raw;
  if (isList(value)) return value.map(toJson);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp || value instanceof Duration) return value.toString();
  if (value instanceof CelMap) return Object.fromEntries([...value.keys()].map((key) => [String(toJson(key)), toJson(value.get(key) ?? null)]));
  throw new EvaluationError(`unable to convert ${typeName(value)} to JSON`);
}

/** Those that JavaScript's numbers cannot hold stay as they are. */
function whole(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
