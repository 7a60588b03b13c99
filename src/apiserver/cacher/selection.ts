import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { Entry } from './entry.ts';

/** Which objects of a resource a list or a watch is about. */
export interface Selection {
  /** Equal texts select equal objects: watchers with the same one share their work. */
  readonly id: string;
  /** Keys begin with this: all of the resource, or one namespace. */
  readonly prefix: string;
  /** One object only. */
  readonly key?: string;
  /** Label and field selectors; undefined when everything under the prefix is meant. */
  readonly matches?: (object: DeepReadonly<KubeObject>) => boolean;
  /** To be awaited before `matches` can tell of objects: a webhook converts them to the version whose fields are asked for. */
  readonly prepare?: (objects: readonly KubeObject[]) => Promise<void>;
  /** A field that must have one value (`spec.nodeName`): an index over watchers, besides `matches`. */
  readonly trigger?: { readonly field: string; readonly value: string };
}

export function isSelected(selection: Selection, entry: Entry): boolean {
  return isKeySelected(selection, entry.key) && (selection.matches === undefined || selection.matches(entry.object));
}

function isKeySelected({ key, prefix }: Selection, entryKey: string): boolean {
  return key === undefined ? entryKey.startsWith(prefix) : entryKey === key;
}

/** All that the prefix of a selection holds. */
export function wholeOf({ prefix }: Selection): Selection {
  return { id: prefix, prefix };
}

/** Those of `entries` that a selection with `prepare` selects. The states looked at are those at the call, whatever is written meanwhile. */
export async function preparedSelected(selection: Selection, entries: readonly Entry[]): Promise<Set<Entry>> {
  const states = entries.filter(({ key }) => isKeySelected(selection, key)).map((entry) => ({ entry, object: entry.object }));
  await selection.prepare?.(states.map(({ object }) => object as KubeObject));
  return new Set(states.filter(({ object }) => selection.matches?.(object) ?? true).map(({ entry }) => entry));
}
