/** `'%s is %d'.format([...])`. Source: cel-go ext/formatting.go, of version 2 of the library of strings. */
import { goQuote } from '../../apimachinery/go-quote.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { CelMap, Duration, isList, Timestamp, typeName, TypeValue, Uint, type Value } from '../runtime/values.ts';
import { toText } from './conversion-functions.ts';
import { fixedPoint, scientific } from './localized-number.ts';

const DEFAULT_PRECISION = 6;

/** One clause of a format: what stands before it, its verb, and its precision if it says one. */
export interface FormatClause {
  readonly before: string;
  readonly verb: string;
  readonly precision: number | undefined;
}

/** What each verb takes, in the words that refuse the rest, and the names of the types. */
export const VERBS: Readonly<Record<string, { readonly refusal: string; readonly types: readonly string[] }>> = {
  s: {
    refusal: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
    types: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'google.protobuf.Timestamp', 'bytes', 'google.protobuf.Duration', 'type', 'null_type'],
  },
  d: { refusal: 'decimal clause can only be used on integers', types: ['int', 'uint'] },
  f: { refusal: 'fixed-point clause can only be used on doubles', types: ['double', 'string'] },
  e: { refusal: 'scientific clause can only be used on doubles', types: ['double', 'string'] },
  b: { refusal: 'only integers and bools can be formatted as binary', types: ['int', 'uint', 'bool'] },
  o: { refusal: 'octal clause can only be used on integers', types: ['int', 'uint'] },
  x: { refusal: 'only integers, byte buffers, and strings can be formatted as hex', types: ['int', 'uint', 'string', 'bytes'] },
  X: { refusal: 'only integers, byte buffers, and strings can be formatted as hex', types: ['int', 'uint', 'string', 'bytes'] },
};

/** Reads a format for so many arguments, clause by clause; returns the text after the last. Throws EvaluationError where it cannot be read, or asks for more. */
export function* readFormat(format: string, size: number): Generator<FormatClause, string> {
  let before = '';
  let used = 0;
  for (let i = 0; i < format.length; i++) {
    if (format[i] !== '%') before += format[i];
    else if (format[i + 1] === '%') {
      before += '%';
      i++;
    } else {
      if (used >= size) throw new EvaluationError(`index ${used} out of range`);
      const rest = format.slice(i + 1);
      if (rest === '') throw new EvaluationError('unexpected end of string');
      const { verb, precision, length } = parseClause(rest);
      yield { before, verb, precision };
      before = '';
      used++;
      i += length;
    }
  }
  return before;
}

function parseClause(text: string): { readonly verb: string; readonly precision: number | undefined; readonly length: number } {
  const [written = '', digits] = /^\.(\d*)/.exec(text) ?? [];
  const unread = (why: string): EvaluationError => new EvaluationError(`could not parse formatting clause: ${why}`);
  const verb = text[written.length];
  if (verb === undefined) throw unread('error while parsing precision: could not find end of precision specifier');
  if (digits === '') throw unread('error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax');
  if (!Object.hasOwn(VERBS, verb)) throw unread(`unrecognized formatting clause "${verb}"`);
  return { verb, precision: digits === undefined ? undefined : Number(digits), length: written.length + 1 };
}

export function refused(verb: string, type: string): string {
  return `error during formatting: ${VERBS[verb]?.refusal ?? ''}, was given ${type}`;
}

/** Within lists and maps, values stand as an expression would write them. */
function literal(value: Value): string {
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return Number.isFinite(value) ? plainFixed(value) : goQuote(toText(value));
  if (value instanceof Uint8Array) return `b${goQuote(toText(value))}`;
  if (value instanceof Timestamp) return `timestamp(${goQuote(toText(value))})`;
  if (value instanceof Duration) return `duration(${goQuote(toText(value))})`;
  return inText(value);
}

function plainFixed(value: number): string {
  return fixedPoint(value, DEFAULT_PRECISION).replaceAll(',', '');
}

function keyText(key: Value): string {
  if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'bigint' || key instanceof Uint) return literal(key);
  throw new EvaluationError(`error during formatting: no formatting function for map key of type ${typeName(key)}`);
}

function inText(value: Value): string {
  if (value === null) return 'null';
  if (isList(value)) return `[${value.map(literal).join(', ')}]`;
  if (value instanceof TypeValue) return value.name;
  if (!(value instanceof CelMap)) return VERBS['s']?.types.includes(typeName(value)) ? toText(value) : fail('s', value);
  const pairs = [...value.keys()].map((key) => ({ key: keyText(key), value: literal(value.get(key) ?? null) }));
  return `{${pairs.sort((a, b) => (a.key < b.key ? -1 : 1)).map((pair) => `${pair.key}:${pair.value}`).join(', ')}}`;
}

function fail(verb: string, value: Value): never {
  throw new EvaluationError(refused(verb, typeName(value)));
}

function wholeNumber(verb: string, value: Value): bigint {
  if (typeof value === 'bigint') return value;
  return value instanceof Uint ? value.value : fail(verb, value);
}

/** Texts count as numbers where they name what is none. */
function fraction(verb: string, value: Value): number {
  if (typeof value === 'number') return value;
  return ['NaN', 'Infinity', '-Infinity'].includes(value as string) ? Number(value) : fail(verb, value);
}

function hexadecimal(verb: string, value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : wholeNumber(verb, value).toString(16);
}

function clauseText({ verb, precision }: FormatClause, value: Value): string {
  switch (verb) {
    case 'd': return String(wholeNumber(verb, value));
    case 'f': return fixedPoint(fraction(verb, value), precision ?? DEFAULT_PRECISION);
    // What is written as its precision is the width.
    case 'e': return scientific(fraction(verb, value), DEFAULT_PRECISION).padStart(precision ?? DEFAULT_PRECISION);
    case 'b': return typeof value === 'boolean' ? String(Number(value)) : wholeNumber(verb, value).toString(2);
    case 'o': return wholeNumber(verb, value).toString(8);
    case 'x': return hexadecimal(verb, value);
    case 'X': return hexadecimal(verb, value).toUpperCase();
    default: return inText(value);
  }
}

export function formatText(format: string, args: readonly Value[]): string {
  const reader = readFormat(format, args.length);
  let text = '';
  for (let used = 0; ; used++) {
    const step = reader.next();
    if (step.done) return text + step.value;
    text += step.value.before + clauseText(step.value, args[used] as Value);
  }
}
