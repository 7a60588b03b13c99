/** Rules for single values, each giving the texts of what is wrong. Source: apimachinery pkg/util/validation. */
import { isIP } from 'node:net';
import type { FieldErrors, FieldPath } from './field-errors.ts';
import { tooLongText } from './names.ts';

export const NONNEGATIVE_TEXT = 'must be greater than or equal to 0';
export const POSITIVE_TEXT = 'must be greater than zero';
export const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
export const CIDR_TEXT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
export const IMMUTABLE_TEXT = 'field is immutable';
const MAX_PORT_NAME = 15;
const MAX_KEY = 253;
export const MAX_INT32 = 2_147_483_647;

export function betweenText(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export function isPortNumber(port: number): string[] {
  return port >= 1 && port <= 65_535 ? [] : [betweenText(1, 65_535)];
}

export function isPortName(name: string): string[] {
  const messages: string[] = [];
  if (name.length > MAX_PORT_NAME) messages.push(tooLongText(MAX_PORT_NAME));
  if (!/^[-a-z0-9]+$/.test(name)) messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) messages.push('must contain at least one letter (a-z)');
  if (name.includes('--')) messages.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
}

/** Keys of config maps and secrets: they become file names. */
export function isConfigMapKey(key: string): string[] {
  const messages: string[] = [];
  if (key.length > MAX_KEY) messages.push(tooLongText(MAX_KEY));
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    messages.push("a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')");
  }
  if (key === '.' || key === '..') messages.push(`must not be '${key}'`);
  else if (key.startsWith('..')) messages.push("must not start with '..'");
  return messages;
}

export function isEnvVarName(name: string): string[] {
  if (name === '') return ['environment variable name must be non-empty'];
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(name) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function isHttpHeaderName(name: string): string[] {
  if (/^[-A-Za-z0-9]+$/.test(name)) return [];
  return ["a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"];
}

/** User and group ids. */
export function isUnixId(id: number): string[] {
  return id >= 0 && id <= MAX_INT32 ? [] : [betweenText(0, MAX_INT32)];
}

/** 4, 6, or 0 for a text that is no address. Zones are not taken. */
export function ipFamily(text: string): 0 | 4 | 6 {
  const family = text.includes('%') ? 0 : isIP(text);
  return family === 4 || family === 6 ? family : 0;
}

export function isIpAddress(text: string): string[] {
  return ipFamily(text) === 0 ? [IP_TEXT] : [];
}

export function isCidr(text: string): string[] {
  const [address = '', bits, ...rest] = text.split('/');
  const family = ipFamily(address);
  const isGood = family !== 0 && rest.length === 0 && bits !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
  return isGood ? [] : [CIDR_TEXT];
}

/** Adds one error a text. */
export function addInvalid(errors: FieldErrors, path: FieldPath, value: unknown, texts: readonly string[]): void {
  for (const text of texts) errors.invalid(path, value, text);
}

export function validateNonnegative(value: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(path, value, NONNEGATIVE_TEXT);
}
