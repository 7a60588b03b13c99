/** Paths to fields by a schema: `.spec.color`, `.spec['a b']`. Source: apiextensions-apiserver pkg/apiserver/schema/cel, ValidFieldPath. */
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { additionalOf, hasProperties, propertyOf, type Schema } from './schema-parts.ts';

export interface FoundField {
  readonly names: readonly string[];
  /** As messages print it. */
  readonly path: string;
  readonly schema: Schema;
}

const NO_FIELD = 'does not refer to a valid field';
const END = 'unexpected end of JSON path';
const ESCAPES: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', "'": "'", '\\': '\\' };

function child(schema: Schema, name: string): Schema | undefined {
  return hasProperties(schema) ? propertyOf(schema, name) : additionalOf(schema);
}

/** What a path leads to, or what is wrong with it. `allowBrackets`: names may stand in `['...']`. */
export function findField(path: string, root: Schema, { allowBrackets }: { readonly allowBrackets: boolean }): FoundField | string {
  const tokens = path.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/g) ?? [];
  const names: string[] = [];
  let schema = root;
  let at = FieldPath.root;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? '';
    if (token !== '.' && token !== '[') return `expected [ or . but got: ${token}`;
    if (token === '[' && !allowBrackets) return 'array notation is not allowed';
    let name = tokens[++i];
    if (name === undefined) return END;
    if (token === '[') {
      if (name.length < 2 || !name.startsWith("'") || !name.endsWith("'")) return `expected single quoted string but got ${name}`;
      const unknown = [...name.slice(1, -1).matchAll(/\\(.)/g)].find(([, letter = '']) => !Object.hasOwn(ESCAPES, letter));
      if (unknown) return `invalid string literal: invalid escape char ${unknown[0]}`;
      name = name.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
      const close = tokens[++i];
      if (close === undefined) return END;
      if (close !== ']') return `expected ] but got ${close}`;
    }
    const found = child(schema, name);
    if (!found) return NO_FIELD;
    names.push(name);
    at = hasProperties(schema) ? at.child(name) : at.key(name);
    schema = found;
  }
  return { names, path: at.toString(), schema };
}
