/** Claims as Go reads JSON into values of a type: what is null is empty, and errors name types, never what a claim holds. Source: apiserver plugin/pkg/authenticator/token/oidc, unmarshalClaim. */
import type { Claims } from '../jwt-claims.ts';

export function hasClaim(claims: Claims, name: string): boolean {
  return Object.hasOwn(claims, name);
}

/** Throws Error for a claim that is missing or no text. */
export function textClaim(claims: Claims, name: string): string {
  return textOf(present(claims, name));
}

/** Throws Error for a claim that is missing or no boolean. */
export function booleanClaim(claims: Claims, name: string): boolean {
  const value = present(claims, name);
  if (value === null) return false;
  if (typeof value !== 'boolean') throw mismatch(value, 'bool');
  return value;
}

/** A text alone stands for a list of one. Throws Error for a claim that is missing or of another form. */
export function textsClaim(claims: Claims, name: string): string[] {
  const value = present(claims, name);
  if (value === null) return [];
  if (Array.isArray(value) && value.every((one) => one === null || typeof one === 'string')) return value.map((one: string | null) => one ?? '');
  return [textOf(value)];
}

function present(claims: Claims, name: string): unknown {
  if (!hasClaim(claims, name)) throw new Error('claim not present');
  return claims[name];
}

function textOf(value: unknown): string {
  if (value === null) return '';
  if (typeof value !== 'string') throw mismatch(value, 'string');
  return value;
}

function mismatch(value: unknown, type: string): Error {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return new Error(`json: cannot unmarshal ${found} into Go value of type ${type}`);
}
