/** `'%s is %d'.format([...])`. Source: cel-go ext/formatting.go. */
import { EvaluationError } from '../runtime/errors.ts';
import { CelMap, isList, typeName, Uint, type Value } from '../runtime/values.ts';
import { toText } from './conversion-functions.ts';
import { goFloat } from '../../apimachinery/go-float.ts';

function failed(why: string): EvaluationError {
  return new EvaluationError(`could not parse formatting clause: ${why}`);
}

function inText(value: Value): string {
  if (isList(value)) return `[${value.map(inText).join(', ')}]`;
  if (value instanceof CelMap) return `{${[...value.keys()].map((key) => `${inText(key)}: ${inText(value.get(key) ?? null)}`).sort().join(', ')}}`;
  return toText(value);
}

function wholeNumber(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw failed(`error during formatting: decimal clause can only be used on integers, was given ${typeName(value)}`);
}

function clause(verb: string, precision: number, value: Value): string {
  switch (verb) {
    case 's': return inText(value);
    case 'd': return typeof value === 'number' ? goFloat(value) : String(wholeNumber(value));
    case 'f': return Number(typeof value === 'number' ? value : wholeNumber(value)).toFixed(precision);
    case 'e': return Number(typeof value === 'number' ? value : wholeNumber(value)).toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b': return typeof value === 'boolean' ? String(Number(value)) : wholeNumber(value).toString(2);
    case 'o': return wholeNumber(value).toString(8);
    case 'x': case 'X': {
      const text = typeof value === 'string' ? Buffer.from(value).toString('hex') : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : wholeNumber(value).toString(16);
      return verb === 'X' ? text.toUpperCase() : text;
    }
    default: throw failed(`unrecognized formatting clause "${verb}"`);
  }
}

export function formatText(format: string, args: readonly Value[]): string {
  let used = 0;
  return format.replace(/%(?:(%)|(?:\.(\d+))?(.?))/gs, (_, percent?: string, precision?: string, verb = '') => {
    if (percent) return '%';
    if (verb === '') throw new EvaluationError('unexpected end of format string');
    const value = args[used++];
    if (value === undefined) throw new EvaluationError(`index ${used - 1} out of range`);
    return clause(verb, Number(precision ?? 6), value);
  });
}
