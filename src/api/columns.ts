/** What the columns of many kinds share. Source: kubernetes pkg/printers/internalversion; descriptions are those of the fields shown. */
import { timeSince } from '../apimachinery/human-duration.ts';
import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';
import type { Column } from './kind.ts';

const NAME_TEXT =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const AGE_TEXT =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

type Cell<T extends KubeObject> = Column<T>['cell'];

/** A column of texts that is always shown. */
export function textColumn<T extends KubeObject>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { name, type: 'string', format: '', description, priority: 0, cell };
}

/** A column of texts that is shown with `-o wide`. */
export function wideColumn<T extends KubeObject>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { ...textColumn(name, description, cell), priority: 1 };
}

export function integerColumn<T extends KubeObject>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { ...textColumn(name, description, cell), type: 'integer' };
}

export function booleanColumn<T extends KubeObject>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { ...textColumn(name, description, cell), type: 'boolean' };
}

export const nameColumn: Column = { ...textColumn('Name', NAME_TEXT, (object) => object.metadata.name), format: 'name' };
export const ageColumn: Column = textColumn('Age', AGE_TEXT, (object, nowMs) => timeSince(object.metadata.creationTimestamp, nowMs));
/** Kinds without columns of their own print name and time of creation. */
export const defaultColumns: readonly Column[] = [
  nameColumn,
  { name: 'Created At', type: 'date', format: '', description: AGE_TEXT, priority: 0, cell: (object) => object.metadata.creationTimestamp },
];

/** `a=b,c=d`, sorted by key; `<none>` when empty. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? '<none>' : pairs.map(([key, value]) => `${key}=${value}`).join(',');
}

interface NamedImage {
  readonly name: string;
  readonly image?: string;
}

/** The columns Containers and Images of kinds that hold a pod template. */
export function containersText(containers: DeepReadonly<NamedImage[]> | undefined): string {
  return (containers ?? []).map((container) => container.name).join(',');
}

export function imagesText(containers: DeepReadonly<NamedImage[]> | undefined): string {
  return (containers ?? []).map((container) => container.image ?? '').join(',');
}

/** `True`, `False`, or `<unset>`: booleans that may be absent, as columns print them. */
export function booleanText(value: boolean | undefined): string {
  if (value === undefined) return '<unset>';
  return value ? 'True' : 'False';
}

/** The first `max` of a list; `+ 2 more...` stands for the rest. */
export function shortListText(list: readonly string[], max: number): string {
  return list.length > max ? `${list.slice(0, max).join(',')} + ${list.length - max} more...` : list.join(',');
}
