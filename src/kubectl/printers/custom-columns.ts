import { readTemplate } from './template-file.ts';
import { CommandError } from '../errors.ts';
import type { KubeJson } from '../kube-json.ts';
import { goFormat } from './go-format.ts';
import { type JsonPath, pathOf } from './json-path.ts';
import { alignTabs, TABLE_TABS } from './tab-writer.ts';

interface CustomColumn {
  readonly header: string;
  readonly path: JsonPath;
}

/** The columns of `-o custom-columns=...` and `-o custom-columns-file=...`. */
export function customColumnsOf(output: string): CustomColumn[] {
  const [format = '', ...argument] = output.split('=');
  return format === 'custom-columns' ? parseCustomColumns(argument.join('=')) : readCustomColumns(argument.join('='));
}

/** `NAME:.metadata.name,IMAGE:.spec.containers[*].image`. */
function parseCustomColumns(spec: string): CustomColumn[] {
  if (spec === '') throw new CommandError('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0) throw new CommandError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: pathOf(part.slice(colon + 1)) };
  });
}

/** The first line holds the headers, the second the paths. */
function readCustomColumns(path: string): CustomColumn[] {
  if (path === '') throw new CommandError('custom-columns format specified but no custom columns given');
  const [headers = '', paths = ''] = readTemplate(path).split('\n');
  if (paths === '') throw new CommandError('invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.');
  const names = headers.trim().split(/\s+/);
  const fields = paths.trim().split(/\s+/);
  if (names.length !== fields.length) throw new CommandError(`number of headers (${names.length}) and field specifications (${fields.length}) don't match`);
  return names.map((header, index) => ({ header, path: pathOf(fields[index] ?? '') }));
}


export function customColumnCells(columns: readonly CustomColumn[], object: KubeJson): string[] {
  return columns.map(({ path }) => {
    const values = path.find(object);
    return values.length === 0 ? '<none>' : values.map((value) => (value === null ? '<nil>' : goFormat(value))).join(',');
  });
}

export function customColumnsText(columns: readonly CustomColumn[], objects: readonly KubeJson[], hasHeaders: boolean): string {
  const lines = objects.map((object) => customColumnCells(columns, object));
  if (hasHeaders) lines.unshift(columns.map((column) => column.header));
  return lines.length === 0 ? '' : alignTabs(`${lines.map((cells) => cells.join('\t')).join('\n')}\n`, TABLE_TABS);
}
