import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { Column } from '../../api/kind.ts';
import { defaultColumns } from '../../api/columns.ts';
import type { Entry } from '../cacher/entry.ts';
import { inVersion, type ServedResource } from '../registry/served-resource.ts';

export function partialMetadata(object: DeepReadonly<KubeObject>, version: string, { kind }: ServedResource): object {
  const metadata = kind.versionAnnotation === undefined ? object.metadata : withoutAnnotation(object.metadata, kind.versionAnnotation);
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

function withoutAnnotation(metadata: DeepReadonly<KubeObject>['metadata'], name: string): object {
  const { [name]: _, ...annotations } = metadata.annotations ?? {};
  const { annotations: __, ...rest } = metadata;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

export interface TableOptions {
  readonly nowMs: number;
  readonly version: string;
  readonly includeObject: string | undefined;
  readonly metadata: object;
  /** In a watch only the first Table repeats the columns. */
  readonly withoutColumns?: boolean;
}

export function columnsOf(resource: ServedResource): readonly Column[] {
  const columns = resource.version.columns ?? resource.kind.columns;
  return columns.length > 0 ? columns : defaultColumns;
}

/** Upstream prints kinds without columns of their own by another road, which leaves an empty list of rows out. */
function isDefault(columns: readonly Column[]): boolean {
  return columns === defaultColumns;
}

/** What `kubectl get` shows. Source: API concepts, "Receiving resources as Tables". */
export function tableOf(entries: readonly Entry[], resource: ServedResource, options: TableOptions): object {
  const columns = columnsOf(resource);
  const rows = entries.length === 0 && isDefault(columns) ? null : inTableOrder(entries, resource).map((entry) => tableRow(entry.object, resource, options));
  return { ...tableShell(resource, options), rows };
}

function inTableOrder(entries: readonly Entry[], { kind }: ServedResource): readonly Entry[] {
  return kind.tableOrder && entries.length > 1 ? [...entries].sort((a, b) => kind.tableOrder?.(a.object, b.object) ?? 0) : entries;
}

/** A Table without its rows, which come last. */
export function tableShell(resource: ServedResource, options: TableOptions): { kind: string; apiVersion: string; metadata: object } & Record<string, unknown> {
  const columns = columnsOf(resource);
  const definitions = columns.filter(({ isUnnamed }) => !isUnnamed).map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority }));
  return {
    kind: 'Table', apiVersion: `meta.k8s.io/${options.version}`, metadata: options.metadata,
    columnDefinitions: options.withoutColumns ? null : definitions,
  };
}

export function tableRow(object: DeepReadonly<KubeObject>, resource: ServedResource, options: TableOptions): object {
  const shown = resource.version.columns ? inVersion(resource, object as KubeObject) : object;
  const cells = columnsOf(resource).map((column) => column.cell(shown, options.nowMs));
  const conditions = resource.kind.rowConditions?.(object);
  const row = conditions ? { cells, conditions } : { cells };
  if (options.includeObject === 'None') return { ...row, object: null };
  if (options.includeObject === 'Object') return { ...row, object: inVersion(resource, object as KubeObject) };
  return { ...row, object: partialMetadata(object, options.version, resource) };
}
