/** What texts of each format look like. Sources: k8s.io/kube-openapi pkg/validation/strfmt; Go's net, net/url, net/mail and time, which it asks. */
import { isIP } from 'node:net';
import { parseQuantity, QuantityError } from '../../apimachinery/quantity.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { parseGoUrl } from '../go-url.ts';

const UUID = '[0-9a-f]{8}-?[0-9a-f]{4}-?';
const WORD = 'a-zA-Z0-9\\p{S}\\p{L}';
const HOSTNAME = new RegExp(`^([${WORD}]((-?[${WORD}]{0,62})?)|([${WORD}](([${WORD}-]{0,61}[${WORD}])?)(\\.))+([${WORD}])(-?[${WORD}]){1,62})$`, 'u');
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
const CHANNEL = '\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*';
const CARD = /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|(222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11}|6[27][0-9]{14})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})$/;
/** Each unit by its short names, then by the beginning of its long one. */
const UNITS = [['ns', 'nano'], ['us', 'µs', 'micro'], ['ms', 'milli'], ['s', 'sec'], ['m', 'min'], ['h', 'hr', 'hour'], ['d', 'day'], ['w', 'week', 'wk']];

function isAddress(text: string): boolean {
  return !text.includes('%') && isIP(text) !== 0;
}

function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= last;
}

/** As of RFC 3339, with seconds, a `T` and a zone. */
function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  const [, hours = '', minutes = '', seconds = ''] = TIME.exec(time ?? '') ?? [];
  return isDate(date) && hours !== '' && hours <= '23' && minutes <= '59' && seconds <= '59';
}

/** Go's notation, or any text with a number before a unit. */
function isDuration(text: string): boolean {
  if (/^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return true;
  return [...text.matchAll(/\d+\s*([A-Za-zµ]+)/g)].some(([, unit = '']) => {
    const name = unit.toLowerCase();
    return UNITS.some((variants) => variants.some((variant, i) => name === variant || (i === variants.length - 1 && name.startsWith(variant))));
  });
}

function isBlock(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  return rest.length === 0 && isAddress(address) && /^\d{1,3}$/.test(length) && String(Number(length)) === length && Number(length) <= (isIP(address) === 4 ? 32 : 128);
}

function isHardwareAddress(text: string): boolean {
  return [6, 8, 20].some((octets) => new RegExp(`^[0-9a-fA-F]{2}(([:-])[0-9a-fA-F]{2})(\\2[0-9a-fA-F]{2}){${octets - 2}}$|^[0-9a-fA-F]{4}(\\.[0-9a-fA-F]{4}){${octets / 2 - 1}}$`).test(text));
}

/** `a@b`, or `Name <a@b>`. */
function isMail(text: string): boolean {
  const address = /^[^<>@]*<([^<>]*)>\s*$/.exec(text)?.[1] ?? text.trim();
  return /^("[^"\\]*"|[^\s"(),:;<>@[\\\].]+(\.[^\s"(),:;<>@[\\\].]+)*)@([^\s"(),:;<>@[\\\].]+(\.[^\s"(),:;<>@[\\\].]+)*|\[[^\s[\]\\]*\])$/.test(address);
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch (error) {
    if (error instanceof QuantityError) return false;
    throw error;
  }
}

function isIsbn(text: string, length: 10 | 13): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!(length === 10 ? /^\d{9}X$|^\d{10}$/ : /^\d{13}$/).test(digits)) return false;
  const weigh = length === 10 ? (i: number): number => i + 1 : (i: number): number => (i % 2 === 0 ? 1 : 3);
  const sum = Array.from(digits).reduce((total, digit, i) => total + weigh(i) * (digit === 'X' ? 10 : Number(digit)), 0);
  return sum % (length === 10 ? 11 : 10) === 0;
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '');
  if (!CARD.test(digits)) return false;
  const sum = Array.from(digits).toReversed().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** What is no path and names no scheme is no address of a request. */
function isRequestUri(text: string): boolean {
  const parsed = text === '' ? '' : parseGoUrl(text);
  return typeof parsed !== 'string' && (parsed.scheme !== '' || text.startsWith('/'));
}

/** By name without hyphens. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-fA-F]{24}$/.test(text),
  uri: isRequestUri,
  email: isMail,
  hostname: (text) => HOSTNAME.test(text) && Buffer.byteLength(text) <= 255 && text.split('.').every((part) => Buffer.byteLength(part) <= 63),
  ipv4: (text) => isAddress(text) && text.includes('.'),
  ipv6: (text) => isAddress(text) && text.includes(':'),
  cidr: isBlock,
  mac: isHardwareAddress,
  uuid: (text) => new RegExp(`^${UUID}[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i').test(text),
  uuid3: (text) => new RegExp(`^${UUID}3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i').test(text),
  uuid4: (text) => new RegExp(`^${UUID}4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$`, 'i').test(text),
  uuid5: (text) => new RegExp(`^${UUID}5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$`, 'i').test(text),
  isbn: (text) => isIsbn(text, 10) || isIsbn(text, 13),
  isbn10: (text) => isIsbn(text, 10),
  isbn13: (text) => isIsbn(text, 13),
  creditcard: isCreditCard,
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: (text) => new RegExp(`^rgb\\(${CHANNEL},${CHANNEL},${CHANNEL}\\)$`).test(text),
  byte: (text) => BASE64.test(text),
  date: isDate,
  datetime: isDateTime,
  quantity: isQuantity,
  duration: isDuration,
  k8sshortname: (text) => isDns1123Label(text).length === 0,
  k8slongname: (text) => isDns1123Subdomain(text).length === 0,
};

/** What texts of a format must be; undefined if they may be anything. Hyphens in names do not count. */
export function textFormat(name: string): ((text: string) => boolean) | undefined {
  const key = name.replaceAll('-', '');
  return Object.hasOwn(FORMATS, key) ? FORMATS[key] : undefined;
}
