/** Semantic versions. Source: apiserver pkg/cel/library/semver.go, and blang/semver, whose messages it shows. */
import { goQuote } from '../../apimachinery/go-quote.ts';
import { BOOL, INT, opaque, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { OpaqueValue, type Value } from '../runtime/values.ts';
import { member, overload, traversal, type Declaration } from './declare.ts';

const SEMVER = opaque('kubernetes.Semver');

class SemverValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Semver';
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];

  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    super();
    this.numbers = numbers;
    this.pre = pre;
  }

  override equals(other: Value): boolean {
    return other instanceof SemverValue && order(this, other) === 0n;
  }
}

function orderParts(a: string, b: string): bigint {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return BigInt(a) < BigInt(b) ? -1n : BigInt(a) > BigInt(b) ? 1n : 0n;
  if (x !== y) return x ? -1n : 1n;
  return a < b ? -1n : a > b ? 1n : 0n;
}

function order(a: SemverValue, b: SemverValue): bigint {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other ? -1n : 1n;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return a.pre.length === b.pre.length ? 0n : a.pre.length === 0 ? 1n : -1n;
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const [x, y] = [a.pre[i], b.pre[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1n : 1n;
    const found = orderParts(x, y);
    if (found !== 0n) return found;
  }
  return 0n;
}

const NAMES = ['Major', 'Minor', 'Patch'];

const MAX_UINT = 2n ** 64n - 1n;

/** Why Go would not read a text of digits only. Source: strconv.ParseUint. */
function numberFault(digits: string): string | undefined {
  const why = digits === '' ? 'invalid syntax' : BigInt(digits) > MAX_UINT ? 'value out of range' : undefined;
  return why && `strconv.ParseUint: parsing ${goQuote(digits)}: ${why}`;
}

function coreFault(numbers: readonly string[]): string | undefined {
  for (const [i, number] of numbers.entries()) {
    if (!/^\d*$/.test(number)) return `Invalid character(s) found in ${NAMES[i]?.toLowerCase()} number ${goQuote(number)}`;
    if (/^0\d/.test(number)) return `${NAMES[i]} number must not contain leading zeroes ${goQuote(number)}`;
    const fault = numberFault(number);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** At the first two dots; what follows is the patch with all behind it. */
function threeParts(text: string): readonly string[] {
  const parts = text.split('.');
  return parts.length <= 3 ? parts : [...parts.slice(0, 2), parts.slice(2).join('.')];
}

/** Why a text is no version; or the version. */
function read(text: string): SemverValue | string {
  if (text === '') return 'Version string empty';
  const [major = '', minor = '', rest] = threeParts(text);
  if (rest === undefined) return 'No Major.Minor.Patch elements found';
  const [, patch = '', pre, build] = /^([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(rest) ?? [];
  const numbers = [major, minor, patch];
  const fault = coreFault(numbers);
  if (fault !== undefined) return fault;
  const labels = pre === undefined ? [] : pre.split('.');
  for (const label of labels) {
    if (label === '') return 'Prerelease is empty';
    if (!/^[0-9A-Za-z-]+$/.test(label)) return `Invalid character(s) found in prerelease ${goQuote(label)}`;
    if (/^0\d+$/.test(label)) return `Numeric PreRelease version must not contain leading zeroes ${goQuote(label)}`;
    const tooLarge = /^\d+$/.test(label) ? numberFault(label) : undefined;
    if (tooLarge !== undefined) return tooLarge;
  }
  for (const label of build === undefined ? [] : build.split('.')) {
    if (label === '') return 'Build meta data is empty';
    if (!/^[0-9A-Za-z-]+$/.test(label)) return `Invalid character(s) found in build meta data ${goQuote(label)}`;
  }
  return new SemverValue(numbers.map(BigInt), labels);
}

/** A leading v, leading zeros and missing parts are fine. */
function readTolerantly(text: string): SemverValue | string {
  const parts = threeParts(text.replace(/^v/, '')).map((part) => part.replace(/^0+(?=\d)/, ''));
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return 'short version cannot contain PreRelease/Build meta data';
  while (parts.length < 3) parts.push('0');
  return read(parts.join('.'));
}

const readAs = (text: string, normalize: boolean): SemverValue | string => (normalize ? readTolerantly(text) : read(text));

function parse(text: string, normalize = false): SemverValue {
  const found = readAs(text, normalize);
  if (typeof found === 'string') throw new EvaluationError(found);
  return found;
}

const isSemver = (text: string, normalize = false): boolean => typeof readAs(text, normalize) !== 'string';
const VV = [SEMVER, SEMVER] as const;

export const semverLibrary: readonly Declaration[] = [
  ['semver', overload('string_to_semver', [STRING], SEMVER, parse, traversal()), overload('string_bool_to_semver', [STRING, BOOL], SEMVER, parse, traversal())],
  ['isSemver', overload('is_semver_string', [STRING], BOOL, isSemver, traversal()), overload('is_semver_string_bool', [STRING, BOOL], BOOL, isSemver, traversal())],
  ['isGreaterThan', member('semver_is_greater_than', VV, BOOL, (a: SemverValue, b: SemverValue) => order(a, b) > 0n)],
  ['isLessThan', member('semver_is_less_than', VV, BOOL, (a: SemverValue, b: SemverValue) => order(a, b) < 0n)],
  ['compareTo', member('semver_compare_to', VV, INT, order)],
  ...NAMES.map((name, i): Declaration => [name.toLowerCase(), member(`semver_${name.toLowerCase()}`, [SEMVER], INT, ({ numbers }: SemverValue) => numbers[i] ?? 0n)]),
];
