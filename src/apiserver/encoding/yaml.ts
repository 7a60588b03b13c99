import { isMap, isScalar, LineCounter, parseDocument, visit, type YAMLError, type YAMLMap } from 'yaml';
import { goYamlTags } from '../../apimachinery/codec/yaml-tags.ts';
import { MAX_YAML_DEPTH, tooDeepLine } from '../../apimachinery/codec/yaml-depth.ts';
import { keepLarge } from '../../apimachinery/whole-numbers-of-yaml.ts';
import { mayHoldLarge } from '../../apimachinery/whole-numbers.ts';

/** A text that is no YAML; the message is Go's where it is known. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

const MAX_ALIASES = 100;

/** JSON's data out of YAML 1.1, as Go's reader sees it. `duplicates`: keys that a map has twice, the last of which counts. `isWhole`: with whole numbers as `parseWhole` reads them. Throws YamlError. */
export function parseYaml(text: string, isWhole = false): { value: unknown; duplicates: string[] } {
  const tooDeep = tooDeepLine(text);
  if (tooDeep !== undefined) throw new YamlError(`${tooDeep === 1 ? '' : `line ${tooDeep}: `}exceeded max depth of ${MAX_YAML_DEPTH}`);
  const lines = new LineCounter();
  const intAsBigInt = isWhole && mayHoldLarge(text);
  const document = parseDocument(text, { version: '1.1', merge: true, uniqueKeys: false, lineCounter: lines, customTags: goYamlTags, intAsBigInt, prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) throw new YamlError(goMessage(error, text, lines));
  const found: Duplicate[] = [];
  visit(document, { Map: (_key, map) => findDuplicates(map, found) });
  const duplicates = found.sort((a, b) => a.offset - b.offset).map(({ key, offset }) => `line ${lines.linePos(offset).line}: key ${JSON.stringify(key)} already set in map`);
  try {
    const value = document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
    return { value: intAsBigInt ? keepLarge(value) : value, duplicates };
  } catch (cause) {
    throw new YamlError('document contains excessive aliasing', { cause });
  }
}

function goMessage(error: YAMLError, text: string, lines: LineCounter): string {
  // Go means the line of the colon that may not stand there.
  const colon = text.slice(error.pos[0]).search(/:\s/);
  const isKey = error.code === 'BLOCK_AS_IMPLICIT_KEY' || error.code === 'MULTILINE_IMPLICIT_KEY';
  if (error.message.startsWith('Flow ')) return `line ${lineCount(text)}: ${flowMessage(text)}`;
  const { line } = lines.linePos(isKey && colon >= 0 ? error.pos[0] + colon : error.pos[0]);
  switch (error.code) {
    case 'BLOCK_AS_IMPLICIT_KEY': case 'BAD_INDENT': case 'MULTILINE_IMPLICIT_KEY': return `line ${line}: mapping values are not allowed in this context`;
    case 'TAB_AS_INDENT': return `line ${line}: found character that cannot start any token`;
    case 'BAD_ALIAS': return 'unknown anchor referenced';
    default: return `line ${line}: ${error.message}`;
  }
}

/** A list or map in brackets that the text ends in: Go says what it would have read next. */
function flowMessage(text: string): string {
  const rest = text.trimEnd();
  const isList = rest.lastIndexOf('[') > rest.lastIndexOf('{');
  return /[[{,]$/.test(rest) ? 'did not find expected node content' : `did not find expected ',' or '${isList ? ']' : '}'}'`;
}

/** Go counts the line break that it adds to a last line without one. */
function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

interface Duplicate {
  readonly key: unknown;
  readonly offset: number;
}

function findDuplicates(map: YAMLMap, found: Duplicate[]): void {
  if (!isMap(map)) return;
  const keys = new Set<unknown>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    if (keys.has(key.value)) found.push({ key: key.value, offset: key.range?.[0] ?? 0 });
    keys.add(key.value);
  }
}
