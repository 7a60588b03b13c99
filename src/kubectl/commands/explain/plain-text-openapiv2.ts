import { isObject, type JsonObject } from '../../../apimachinery/patch/json.ts';
import { CommandError } from '../../errors.ts';
import type { ExplainOptions } from './plain-text.ts';
import { type SchemaDocument, wrapped } from './schema-document.ts';

const WIDTH = 75;

/** The older form of kubectl explain, which names no types of objects. */
export function explainOldText(document: SchemaDocument, { resource, path, isRecursive }: ExplainOptions): string {
  let schema = document.root;
  for (const field of path) {
    const found = document.properties(schema).find(([name]) => name === field)?.[1];
    if (!found) throw new CommandError(`field ${JSON.stringify(path.at(-1))} does not exist`);
    schema = found;
  }
  const last = path.at(-1);
  const fields = document.properties(schema);
  const group = resource.group ? `${resource.group}/` : '';
  let text = `KIND:     ${resource.kind}\nVERSION:  ${group}${resource.version}\n\n`;
  if (last !== undefined) text += `${fields.length > 0 ? 'RESOURCE: ' : 'FIELD:    '}${last} <${typeOf(document, schema)}>\n\n`;
  const descriptions = document.descriptions(schema);
  const own = typeof schema['description'] === 'string' && schema['description'] !== '';
  const paragraphs = document.referenceOf(schema) !== undefined && !own ? ['', ...descriptions] : descriptions;
  text += `DESCRIPTION:\n${paragraphs.length === 0 ? '     <empty>\n' : paragraphs.map(indented).join('\n')}`;
  if (fields.length > 0) text += `\nFIELDS:\n${isRecursive ? tree(document, schema, 1, []) : list(document, schema)}`;
  return text;
}

const indented = (text: string): string => (text === '' ? '' : wrapped(text, WIDTH).map((line) => (line === '' ? '\n' : `     ${line}\n`)).join(''));

function typeOf(document: SchemaDocument, schema: JsonObject): string {
  const resolved = document.resolve(schema);
  if (isObject(resolved['items'])) return `[]${typeOf(document, resolved['items'])}`;
  if (isObject(resolved['additionalProperties'])) return `map[string]${typeOf(document, resolved['additionalProperties'])}`;
  const { type } = resolved;
  return typeof type === 'string' && type !== 'object' ? type : isObject(resolved['properties']) || type === 'object' ? 'Object' : 'string';
}

function list(document: SchemaDocument, owner: JsonObject): string {
  return document.properties(owner).map(([name, schema]) => {
    const { description } = schema;
    return `   ${name}\t<${typeOf(document, schema)}>${document.isRequired(owner, name) ? ' -required-' : ''}\n${typeof description === 'string' && description !== '' ? indented(description) : ''}\n`;
  }).join('');
}

function tree(document: SchemaDocument, owner: JsonObject, level: number, seen: readonly JsonObject[]): string {
  const element = document.element(owner);
  if (seen.includes(element)) return '';
  return document.properties(owner).map(([name, schema]) => `${'   '.repeat(level)}${name}\t<${typeOf(document, schema)}>\n${tree(document, schema, level + 1, [...seen, element])}`).join('');
}
