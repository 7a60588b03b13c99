import { canonicalAmount, canonicalQuantity, QuantityError } from '../quantity.ts';
import { normalizeMicroTime, normalizeTime, TimeError } from '../time.ts';
import { DecodeError, jsonKind, ValueError } from './decode-error.ts';
import type { ScalarType } from './package.ts';
import { stringifyWhole } from '../whole-numbers.ts';
import { isWritten, textOf } from './written-numbers.ts';

/** Turns a JSON value that is neither null nor absent into what Go would write back. Throws DecodeError or ValueError. */
export type Decode = (value: unknown) => unknown;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function integer(type: 'int32' | 'int64', min: number, max: number): Decode {
  return (given) => {
    const value = typeof given === 'bigint' ? Number(given) : given;
    if (typeof value !== 'number') throw new DecodeError(typeof value === 'symbol' ? `number ${textOf(value)}` : jsonKind(value), type);
    if (!Number.isInteger(value) || value < min || value > max) throw new DecodeError(`number ${textOf(typeof given === 'bigint' ? given : value)}`, type);
    return value === 0 ? 0 : value;
  };
}

const string: Decode = (value) => {
  if (typeof value !== 'string') throw new DecodeError(jsonKind(value), 'string');
  return value;
};

function asValueError(error: unknown): never {
  if (error instanceof QuantityError || error instanceof TimeError) throw new ValueError(error.message, { cause: error });
  throw error;
}

function time(normalize: (text: string) => string): Decode {
  return (value) => {
    if (typeof value !== 'string') throw new ValueError(new DecodeError(jsonKind(value), 'string').message);
    try {
      return normalize(value);
    } catch (error) {
      return asValueError(error);
    }
  };
}

function quantity(written: (value: string | number) => string): Decode {
  return (value) => {
    try {
      if (typeof value === 'string' || typeof value === 'number') return written(value);
      if (isWritten(value)) return written(textOf(value));
      return written(stringifyWhole(value)); // Go reads the bytes as they stand, and refuses them
    } catch (error) {
      return asValueError(error);
    }
  };
}

/** An amount in a ResourceList. */
export const amount: Decode = quantity(canonicalAmount);

const bytes: Decode = (value) => {
  if (typeof value !== 'string') throw new DecodeError(jsonKind(value), '[]uint8');
  if (BASE64.test(value)) return value;
  const text = value.replace(/[\r\n]/g, '');
  if (BASE64.test(text)) return text;
  throw new ValueError(`illegal base64 data at input byte ${firstIllegalByte(text)}`);
};

function firstIllegalByte(text: string): number {
  const illegal = text.search(/[^A-Za-z0-9+/]/);
  return illegal < 0 ? text.length - (text.length % 4) : illegal;
}

const intOrString: Decode = (value) => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw new ValueError(new DecodeError(isWritten(value) ? `number ${textOf(value)}` : jsonKind(value), 'int32').message);
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 31) throw new ValueError(new DecodeError(`number ${value}`, 'int32').message);
  return value;
};

/** Scalars other than those that hold a JSONSchemaProps (`decode.ts` knows these). */
export const scalarDecoders: Readonly<Partial<Record<ScalarType, Decode>>> = {
  string,
  bool: (value) => {
    if (typeof value !== 'boolean') throw new DecodeError(jsonKind(value), 'bool');
    return value;
  },
  int32: integer('int32', -(2 ** 31), 2 ** 31 - 1),
  int64: integer('int64', -(2 ** 63), 2 ** 63),
  double: (given) => {
    const value = isWritten(given) ? Number(textOf(given)) : given;
    if (typeof value !== 'number') throw new DecodeError(jsonKind(value), 'float64');
    if (!Number.isFinite(value)) throw new DecodeError(`number ${isWritten(given) ? textOf(given) : value}`, 'float64');
    return value;
  },
  bytes,
  Quantity: quantity(canonicalQuantity),
  IntOrString: intOrString,
  Time: time(normalizeTime),
  MicroTime: time(normalizeMicroTime),
  RawExtension: (value) => value,
  FieldsV1: (value) => value,
  JSON: (value) => value,
};

/** What Go writes for a field that was never set. */
export function zeroOf(scalar: ScalarType): unknown {
  switch (scalar) {
    case 'string': return '';
    case 'bool': return false;
    case 'int32': case 'int64': case 'double': case 'IntOrString': return 0;
    case 'Quantity': return '0';
    default: return null;
  }
}
