/** Rules for single values, each giving the texts of what is wrong. Source: apimachinery pkg/util/validation. */
import type { FieldErrors, FieldPath } from './field-errors.ts';
import { tooLongText } from './names.ts';

export const POSITIVE_TEXT = 'must be greater than zero';
const MAX_KEY = 253;
export const MAX_INT32 = 2_147_483_647;

export function betweenText(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
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

/** Adds one error a text. */
export function addInvalid(errors: FieldErrors, path: FieldPath, value: unknown, texts: readonly string[]): void {
  for (const text of texts) errors.invalid(path, value, text);
}
