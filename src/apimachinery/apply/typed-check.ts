import { goFloat } from '../go-float.ts';
import { goQuote } from '../go-quote.ts';
import { isObject } from '../patch/json.ts';
import type { ApplyType, ListApplyType, ScalarApplyType } from './apply-type.ts';
import { elementText } from './field-set.ts';
import { elementOf, fieldTypeOf, TypedError } from './path-element.ts';

/** What is wrong with an applied object, in the words of structured-merge-diff; empty if it fits its type. */
export function typedProblems(type: ApplyType, value: unknown): string[] {
  const problems: string[] = [];
  check(type, value, '', problems);
  return problems;
}

/** Several problems as one text. */
export function problemText(problems: readonly string[]): string {
  return problems.length === 1 ? problems[0] as string : `errors:\n${problems.map((one) => `  ${one}`).join('\n')}`;
}

function check(type: ApplyType, value: unknown, path: string, problems: string[]): void {
  if (value === null || value === undefined) return;
  switch (type.kind) {
    case 'scalar': checkScalar(type, value, path, problems); break;
    case 'list':
      if (Array.isArray(value)) checkList(type, value, path, problems);
      else problems.push(`${path}: expected list, got ${goValue(value)}`);
      break;
    case 'map':
      if (!isObject(value)) problems.push(`${path}: expected map, got ${goValue(value)}`);
      else {
        for (const [name, item] of Object.entries(value)) {
          const fieldType = fieldTypeOf(type, name);
          if (fieldType) check(fieldType, item, `${path}.${name}`, problems);
          else problems.push(`${path}.${name}: field not declared in schema`);
        }
      }
      break;
    case 'untyped': break;
  }
}

/** An element that cannot be named ends the look at its list, as upstream's does. */
function checkList(type: ListApplyType, items: readonly unknown[], path: string, problems: string[]): void {
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    if (type.relation === 'atomic') {
      check(type.items, item, `${path}[${i}]`, problems);
      continue;
    }
    const element = nameOf(type, item);
    if (element instanceof TypedError) {
      problems.push(`${path}: element ${i}: ${element.message}`);
      return;
    }
    if (seen.has(element)) problems.push(`${path}: duplicate entries for key ${elementText(element)}`);
    seen.add(element);
    check(type.items, item, path + elementText(element), problems);
  }
}

function nameOf(type: ListApplyType, item: unknown): string | TypedError {
  try {
    return elementOf(type, item);
  } catch (error) {
    if (error instanceof TypedError) return error;
    throw error;
  }
}

function checkScalar(type: ScalarApplyType, value: unknown, path: string, problems: string[]): void {
  switch (type.scalar) {
    case 'numeric':
      if (typeof value !== 'number' && typeof value !== 'bigint') problems.push(`${path}: expected numeric (int or float), got ${goTypeName(value)}`);
      break;
    case 'string':
      if (typeof value !== 'string') problems.push(`${path}: expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
      break;
    case 'boolean':
      if (typeof value !== 'boolean') problems.push(`${path}: expected boolean, got ${goValue(value)}`);
      break;
    case 'untyped':
      if (typeof value === 'object') problems.push(`${path}: expected any scalar, got ${goValue(value)}`);
  }
}

function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

/** As `%v` prints a value of structured-merge-diff: a pointer to what it holds. */
function goValue(value: unknown): string {
  return `&{${plainText(value)}}`;
}

function plainText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainText).join(' ')}]`;
  if (isObject(value)) return `map[${sortedEntries(value).map(([key, item]) => `${key}:${plainText(item)}`).join(' ')}]`;
  if (value === null) return '<nil>';
  return typeof value === 'number' ? goFloat(value) : String(value as string | boolean);
}

/** As `%#v` prints it. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isObject(value)) return `map[string]interface {}{${sortedEntries(value).map(([key, item]) => `${goQuote(key)}:${goSyntax(item)}`).join(', ')}}`;
  if (value === null) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuote(value);
  return typeof value === 'number' ? goFloat(value) : String(value as boolean);
}

/** Go prints maps in the order of their keys. */
function sortedEntries(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
