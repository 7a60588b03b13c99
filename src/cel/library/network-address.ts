/** IP addresses and prefixes as Go reads and writes them. Source: Go, net/netip, whose messages it shows. */
import { goQuote } from '../../apimachinery/go-quote.ts';

export interface Address {
  readonly family: 4 | 6;
  /** The address as a number of 32 or 128 bits. */
  readonly bits: bigint;
  /** Of IPv6; empty for none. */
  readonly zone: string;
}

export const bitLength = ({ family }: { readonly family: 4 | 6 }): number => (family === 4 ? 32 : 128);

/** `at`: what was not read any more. */
interface Fault {
  readonly message: string;
  readonly at?: string;
}

const GROUPS = 8;
const isFault = (read: object): read is Fault => 'message' in read;

/** The four numbers of an IPv4 address, or the first fault from the left. */
function readFields(text: string): readonly number[] | Fault {
  const fields = [''];
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const field = fields.at(-1) ?? '';
    if (char === '.') {
      if (field === '' || i === text.length - 1) return { message: 'IPv4 field must have at least one digit', at: text.slice(i) };
      if (fields.length === 4) return { message: 'IPv4 address too long' };
      fields.push('');
    } else if (char < '0' || char > '9') return { message: 'unexpected character', at: text.slice(i) };
    else if (field === '0') return { message: 'IPv4 field has octet with leading zero' };
    else if (Number(field + char) > 255) return { message: 'IPv4 field has value >255' };
    else fields[fields.length - 1] = field + char;
  }
  return fields.length < 4 ? { message: 'IPv4 address too short' } : fields.map(Number);
}

/** The groups before and after `::`; `tail` is undefined where there is none. */
interface Groups {
  readonly head: number[];
  tail: number[] | undefined;
}

const countOf = ({ head, tail }: Groups): number => head.length + (tail?.length ?? 0);

/** Reads the first group of `rest` into `groups`. Gives what follows, or a fault. */
function readGroup(rest: string, groups: Groups): string | Fault {
  const digits = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? '';
  if (digits.length > 4) return { message: 'each group must have 4 or less digits', at: rest };
  if (digits === '') return { message: 'each colon-separated field must have at least one digit', at: rest };
  const into = groups.tail ?? groups.head;
  const after = rest.slice(digits.length);
  if (after.startsWith('.')) {
    const count = countOf(groups);
    if (!groups.tail && count !== GROUPS - 2) return { message: 'embedded IPv4 address must replace the final 2 fields of the address', at: rest };
    if (count > GROUPS - 2) return { message: 'too many hex fields to fit an embedded IPv4 at the end of the address', at: rest };
    const fields = readFields(rest);
    if (isFault(fields)) return fields;
    const [a = 0, b = 0, c = 0, d = 0] = fields;
    into.push(a * 256 + b, c * 256 + d);
    return '';
  }
  into.push(Number.parseInt(digits, 16));
  if (after === '') return '';
  if (!after.startsWith(':')) return { message: 'unexpected character, want colon', at: after };
  if (after === ':') return { message: 'colon must be followed by more characters', at: after };
  if (!after.startsWith('::')) return after.slice(1);
  if (groups.tail) return { message: 'multiple :: in address', at: after.slice(1) };
  groups.tail = [];
  return after.slice(2);
}

function readGroups(text: string): readonly number[] | Fault {
  const groups: Groups = { head: [], tail: text.startsWith('::') ? [] : undefined };
  let rest = groups.tail ? text.slice(2) : text;
  let isDone = groups.tail !== undefined && rest === '';
  while (!isDone && countOf(groups) < GROUPS) {
    const after = readGroup(rest, groups);
    if (typeof after !== 'string') return after;
    rest = after;
    isDone = rest === '';
  }
  if (rest !== '') return { message: 'trailing garbage after address', at: rest };
  const missing = GROUPS - countOf(groups);
  if (missing > 0 && !groups.tail) return { message: 'address string too short' };
  if (missing === 0 && groups.tail) return { message: 'the :: must expand to at least one field of zeros' };
  return [...groups.head, ...Array.from({ length: missing }, () => 0), ...(groups.tail ?? [])];
}

function numberOf(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((sum, part) => (sum << width) + BigInt(part), 0n);
}

function readAddress6(text: string): Address | Fault {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent + 1);
  if (percent >= 0 && zone === '') return { message: 'zone must be a non-empty string' };
  const groups = readGroups(percent < 0 ? text : text.slice(0, percent));
  return isFault(groups) ? groups : { family: 6, bits: numberOf(groups, 16n), zone };
}

function read(text: string): Address | Fault {
  const first = /[.:%]/.exec(text)?.[0];
  if (first === ':') return readAddress6(text);
  if (first !== '.') return { message: first === '%' ? 'missing IPv6 address' : 'unable to parse IP' };
  const fields = readFields(text);
  return isFault(fields) ? fields : { family: 4, bits: numberOf(fields, 8n), zone: '' };
}

/** The address, or what is wrong in words: `ParseAddr("1.2"): IPv4 address too short`. */
export function readAddress(text: string): Address | string {
  const found = read(text);
  if (!isFault(found)) return found;
  return `ParseAddr(${goQuote(text)}): ${found.message}${found.at ? ` (at ${goQuote(found.at)})` : ''}`;
}

/** The address and how many of its first bits count; or what is wrong in words: `netip.ParsePrefix("1.2.3.4"): no '/'`. */
export function readPrefix(text: string): { readonly address: Address; readonly length: number } | string {
  const fault = (message: string): string => `netip.ParsePrefix(${goQuote(text)}): ${message}`;
  const slash = text.lastIndexOf('/');
  if (slash < 0) return fault("no '/'");
  const address = readAddress(text.slice(0, slash));
  if (typeof address === 'string') return fault(address);
  if (address.zone !== '') return fault('IPv6 zones cannot be present in a prefix');
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9]\d*)$/.test(length) || BigInt(length) >= 2n ** 63n) return fault(`bad bits after slash: ${goQuote(length)}`);
  return Number(length) > bitLength(address) ? fault('prefix length out of range') : { address, length: Number(length) };
}

/** Whether an IPv6 address stands for one of IPv4: `::ffff:1.2.3.4`. */
export function isMapped({ family, bits }: Address): boolean {
  return family === 6 && bits >> 32n === 0xffffn;
}

/** The canonical text. */
export function addressText(family: 4 | 6, bits: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
  const groups = Array.from({ length: GROUPS }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
  const zeros = (groups.match(/\b0(:0\b)+/g) ?? []).toSorted((a, b) => b.length - a.length)[0]; // the first of the longest
  if (zeros === undefined) return groups;
  return groups.replace(new RegExp(`(^|:)${zeros}(:|$)`), '::');
}
