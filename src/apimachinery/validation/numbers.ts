/** Rules for numbers and quantities, with Kubernetes' texts. Source: apimachinery pkg/api/validation and pkg/util/validation. */
import type { FieldErrors, FieldPath } from './field-errors.ts';

export const NOT_NEGATIVE = 'must be greater than or equal to 0';

/** Nothing is wrong with an absent number. */
export function validateNonNegative(value: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(path, value, NOT_NEGATIVE);
}

export function validatePositive(value: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (value !== undefined && value <= 0) errors.invalid(path, value, 'must be greater than 0');
}

export function isValidPort(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

const PORT_NAME = /^[-a-z0-9]+$/;

/** The name of a port (IANA_SVC_NAME). */
export function isValidPortName(name: string): string[] {
  const messages: string[] = [];
  if (name.length > 15) messages.push('must be no more than 15 characters');
  if (!PORT_NAME.test(name)) messages.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) messages.push('must contain at least one letter (a-z)');
  if (name.includes('--')) messages.push('must not contain consecutive hyphens');
  if (name !== '' && (name.startsWith('-') || name.endsWith('-'))) messages.push('must not begin or end with a hyphen');
  return messages;
}

/** A whole number or a percentage, as IntOrString fields hold them; a percentage above `maxPercent` is refused. */
export function validateIntOrPercent(value: number | string | undefined, path: FieldPath, errors: FieldErrors): void {
  if (typeof value === 'number') validateNonNegative(value, path, errors);
  else if (value !== undefined && !/^[0-9]+%$/.test(value)) {
    errors.invalid(path, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
  }
}

/** The percentage in a text such as `40%`; undefined for anything else. */
export function percentOf(value: number | string | undefined): number | undefined {
  return typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number.parseInt(value, 10) : undefined;
}

export function validateAtMost100Percent(value: number | string | undefined, path: FieldPath, errors: FieldErrors): void {
  const percent = percentOf(value);
  if (percent !== undefined && percent > 100) errors.invalid(path, value, 'must not be greater than 100%');
}
