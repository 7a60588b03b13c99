/**
 * Writes `src/apiserver/openapi/generated/descriptions.json`: the descriptions of definitions and fields, taken from the models of the official
 * JavaScript client, which tells nothing of fields that are objects; these are told by kubernetes-types (both development dependencies).
 * OpenAPI does without them where this has not run.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { schemas } from '../src/api/schemas.ts';

const models = new URL('../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url);
const types = new URL('../node_modules/kubernetes-types/', import.meta.url);
const target = new URL('../src/apiserver/openapi/generated/', import.meta.url);

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The client puts the group before names that several groups have. */
function modelOf(packageName: string, message: string): string | undefined {
  const [group = '', version = ''] = packageName.split('.');
  const names = [`${capitalized(group)}${capitalized(version)}${message}`, `${capitalized(version)}${message}`];
  const file = names.map((name) => new URL(`${name}.d.ts`, models)).find((url) => existsSync(url));
  return file && readFileSync(file, 'utf8');
}

/** The client has lost line breaks: paragraphs are told by two spaces. */
function textOf(comment: string): string {
  return comment.replaceAll("\\'", "'").replaceAll('\\"', '"').replaceAll('  ', '\n\n');
}

const all: Record<string, Record<string, string>> = {};
for (const one of schemas.packages) {
  for (const message of Object.keys(one.messages)) {
    const source = modelOf(one.name, message);
    if (source === undefined) continue;
    const texts: Record<string, string> = {};
    const own = /\/\*\*\n\* (.*)\n\*\/\nexport declare class/.exec(source)?.[1];
    if (own !== undefined) texts[''] = textOf(own);
    for (const [, comment = '', field = ''] of source.matchAll(/\/\*\*\n\s+\* (.*)\n\s+\*\/\n\s+'([^']+)'\??:/g)) texts[unescaped(field)] = textOf(comment);
    all[`${one.openapiPrefix}.${message}`] = texts;
  }
  for (const [message, texts] of typesOf(one.name)) {
    if (one.messages[message] === undefined) continue;
    const known = (all[`${one.openapiPrefix}.${message}`] ??= {});
    const fields = schemas.message(`${one.name}.${message}`).byName;
    for (const [field, text] of texts) if (fields.has(field)) known[field] ??= text;
  }
}

/** The messages of a package with the comments of their fields, as kubernetes-types has them. */
function typesOf(packageName: string): [string, [string, string][]][] {
  const file = new URL(`${packageName.replace('.', '/')}.d.ts`, types);
  if (!existsSync(file)) return [];
  const messages = readFileSync(file, 'utf8').matchAll(/^export interface (\w+) \{\n(.*?)^\}/gms);
  return Array.from(messages, ([, message = '', body = '']) => [message, commentsOf(body)]);
}

function commentsOf(body: string): [string, string][] {
  const fields = body.matchAll(/\/\*\*(?<comment>(?:(?!\*\/).)*)\*\/\s*(?:readonly )?"?(?<field>[\w$-]+)"?\??:/gs);
  return Array.from(fields, ({ groups }) => [groups?.['field'] ?? '', (groups?.['comment'] ?? '').split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd()).join('\n').trim()]);
}

/** Names that TypeScript cannot spell have an underscore in front, or lose their dashes. */
function unescaped(field: string): string {
  return field.startsWith('_') ? field.slice(1) : field.replace(/^x_kubernetes_/, 'x-kubernetes-').replaceAll('_', '-');
}

mkdirSync(target, { recursive: true });
writeFileSync(new URL('descriptions.json', target), JSON.stringify(all));
