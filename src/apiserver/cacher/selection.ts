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
  /** A field that must have one value (`spec.nodeName`): an index over watchers, besides `matches`. */
  readonly trigger?: { readonly field: string; readonly value: string };
}

export function isSelected(selection: Selection, entry: Entry): boolean {
  if (selection.key !== undefined ? entry.key !== selection.key : !entry.key.startsWith(selection.prefix)) return false;
  return selection.matches === undefined || selection.matches(entry.object);
}
