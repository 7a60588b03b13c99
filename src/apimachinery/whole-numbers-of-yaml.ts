import { isObject } from './patch/json.ts';
import { setOwn } from './schema/decode.ts';
import { wholeNumber } from './whole-numbers.ts';

/** Of a value whose whole numbers were all read as bigints: those are kept that JavaScript's numbers cannot hold. Changes the value. */
export function keepLarge(value: unknown): unknown {
  if (typeof value === 'bigint') return wholeNumber(Number(value), String(value));
  if (Array.isArray(value)) return value.map(keepLarge);
  if (!isObject(value)) return value;
  for (const key of Object.keys(value)) setOwn(value, key, keepLarge(value[key]));
  return value;
}
