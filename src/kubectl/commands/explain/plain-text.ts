import type { JsonObject } from '../../../apimachinery/patch/json.ts';
import { CommandError } from '../../errors.ts';
import type { ApiResource } from '../../resources/rest-mapper.ts';
import { type SchemaDocument, wrapped } from './schema-document.ts';

export interface ExplainOptions {
  readonly resource: ApiResource;
  /** The fields to go down. */
  readonly path: readonly string[];
  readonly isRecursive: boolean;
}

const WIDTH = 76;
const MOST_VALUES_IN_TREE = 4;

/** In parts, since a wrong field is told only after the kind has been printed. */
export function* explainText(document: SchemaDocument, { resource, path, isRecursive }: ExplainOptions): Generator<string> {
  yield `${resource.group ? `GROUP:      ${resource.group}\n` : ''}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`;
  let schema = document.root;
  for (const field of path) {
    const found = document.properties(schema).find(([name]) => name === field)?.[1];
    if (!found) throw new CommandError(`field ${JSON.stringify(path.at(-1))} does not exist`);
    schema = found;
  }
  const last = path.at(-1);
  if (last !== undefined) yield `FIELD: ${last} <${document.typeName(schema)}>\n${enumBlock(document, schema)}\n`;
  yield `DESCRIPTION:\n${descriptionOf(document, schema)}`;
  const fields = document.properties(schema);
  if (fields.length > 0) yield `FIELDS:\n${isRecursive ? tree(document, schema, 1, []) : list(document, schema)}`;
  yield '\n';
}

function enumBlock(document: SchemaDocument, schema: JsonObject): string {
  const values = valuesOf(document, schema);
  return values.length === 0 ? '\n' : `ENUM:\n${values.map((value) => `    ${value}\n`).join('')}`;
}

function valuesOf(document: SchemaDocument, schema: JsonObject): string[] {
  const { enum: values } = document.resolve(schema);
  return Array.isArray(values) ? values.map((value) => (value === '' ? '""' : String(value))) : [];
}

function descriptionOf(document: SchemaDocument, schema: JsonObject): string {
  const texts = document.descriptions(schema);
  if (texts.length === 0) return '    <empty>\n';
  return `${texts.flatMap((text) => wrapped(text, WIDTH)).map((line) => `    ${line}\n`).join('')}    \n`;
}

function heading(document: SchemaDocument, owner: JsonObject, name: string, schema: JsonObject): string {
  return `${name}\t<${document.typeName(schema)}>${document.isRequired(owner, name) ? ' -required-' : ''}`;
}

function list(document: SchemaDocument, owner: JsonObject): string {
  return document.properties(owner).map(([name, schema]) => {
    const values = valuesOf(document, schema);
    const own = typeof schema['description'] === 'string' && schema['description'] !== '' ? wrapped(schema['description'], WIDTH) : ['<no description>'];
    return `  ${heading(document, owner, name, schema)}\n${values.length > 0 ? `  enum: ${values.join(', ')}\n` : ''}${own.map((line) => `    ${line}\n`).join('')}\n`;
  }).join('');
}

/** `seen`: the schemas that one is inside of, which some contain again. */
function tree(document: SchemaDocument, owner: JsonObject, level: number, seen: readonly JsonObject[]): string {
  const pad = '  '.repeat(level);
  const element = document.element(owner);
  if (seen.includes(element)) return '';
  return document.properties(owner).map(([name, schema]) => {
    const values = valuesOf(document, schema);
    const shown = values.length > MOST_VALUES_IN_TREE ? [...values.slice(0, MOST_VALUES_IN_TREE), '....'] : values;
    return `${pad}${heading(document, owner, name, schema)}\n${values.length > 0 ? `${pad}enum: ${shown.join(', ')}\n` : ''}${tree(document, schema, level + 1, [...seen, element])}`;
  }).join('');
}
