import { isObject } from '../../apimachinery/patch/json.ts';
import type { KubeJson } from '../kube-json.ts';
import { humanDuration } from '../../apimachinery/human-duration.ts';
import { alignTabs, TABLE_TABS } from './tab-writer.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** A Table as the server gives it. */
export interface Table {
  readonly kind: 'Table';
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority?: number; readonly type?: string }[] | null;
  readonly rows?: readonly TableRow[] | null;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: KubeJson;
}

export const TABLE_ACCEPT = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export function isTable(value: unknown): value is Table {
  return isObject(value) && value['kind'] === 'Table';
}

/** A Table for a server that gives none: names and ages. */
export function tableOfObjects(objects: readonly KubeJson[], nowMs: number): Table {
  return {
    kind: 'Table',
    columnDefinitions: [{ name: 'Name' }, { name: 'Age' }],
    rows: objects.map((object) => {
      const { name = '', creationTimestamp } = object.metadata;
      return { cells: [name, creationTimestamp ? humanDuration(nowMs - Date.parse(creationTimestamp)) : '<unknown>'], object };
    }),
  };
}

export interface TableOptions {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
  /** `pod/`: put before names when several resources are listed. */
  readonly namePrefix: string;
}

/** The header of a table under `options`. */
export function tableHeader(table: Table, options: TableOptions): string[] {
  const names = shownColumns(table, options).map((index) => (table.columnDefinitions?.[index]?.name ?? '').toUpperCase());
  return [
    ...(options.withNamespace ? ['NAMESPACE'] : []),
    ...names,
    ...options.labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
    ...(options.showLabels ? ['LABELS'] : []),
  ];
}

export function tableRow(table: Table, row: TableRow, options: TableOptions): string[] {
  const { labels, namespace } = row.object?.metadata ?? {};
  const cells = shownColumns(table, options).map((index, position) => {
    const text = cellText(row.cells[index]);
    return position === 0 ? options.namePrefix + text : text;
  });
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
  return [
    ...(options.withNamespace ? [namespace ?? ''] : []),
    ...cells,
    ...options.labelColumns.map((label) => labels?.[label] ?? ''),
    ...(options.showLabels ? [pairs.length > 0 ? pairs.join(',') : '<none>'] : []),
  ];
}

function shownColumns(table: Table, options: TableOptions): number[] {
  const columns = table.columnDefinitions ?? [];
  return columns.map((_, index) => index).filter((index) => options.wide || (columns[index]?.priority ?? 0) === 0);
}

/** Nothing but the first line of a cell is shown; control characters are escaped. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : typeof value === 'object' ? stringifyWhole(value) : String(value as number);
  const newline = text.search(/[\f\n\r]/);
  const first = newline < 0 ? text : `${text.slice(0, newline)}...`;
  return first.replaceAll('\x1b', '^[');
}

export function alignRows(rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${alignTabs(rows.map((cells) => cells.join('\t')).join('\n'), TABLE_TABS)}\n`;
}
