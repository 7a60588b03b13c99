import type { ApplyType } from './apply-type.ts';
import { emptySet, isEmptySet, recursiveDifference, union, type FieldSet } from './field-set.ts';
import { fieldTypeOf } from './path-element.ts';

/**
 * What a manager owns, once the schema has changed since: of what is replaced as a whole by now, the whole in place of its parts. The very set if that changes
 * nothing. What has become granular is owned as it was written. Source: structured-merge-diff, typed/reconcile_schema.go.
 */
export function reconcileWithSchema(type: ApplyType, set: FieldSet): FieldSet {
  const known = reconciled.get(type);
  if (known?.has(set)) return set;
  const wholes = wholesOf(type, set);
  const result = wholes ? union(recursiveDifference(set, wholes), wholes) : set;
  if (known) known.add(result);
  else reconciled.set(type, new WeakSet([result]));
  return result;
}

/** Sets that fit a type: most writes hand on the sets of before. */
const reconciled = new WeakMap<ApplyType, WeakSet<FieldSet>>();

/** The paths of parts of which only the whole can be owned; undefined for none. */
function wholesOf(type: ApplyType, node: FieldSet): FieldSet | undefined {
  const wholes: Record<string, FieldSet> = {};
  for (const [element, child] of Object.entries(node)) {
    if (element === '.') continue;
    const childType = type.kind === 'list' ? type.items : element.startsWith('f:') ? fieldTypeOf(type, element.slice(2)) : undefined;
    if (!childType || isEmptySet(child)) continue;
    const inner = isWhole(childType) ? emptySet : wholesOf(childType, child);
    if (inner) wholes[element] = inner;
  }
  return isEmptySet(wholes) ? undefined : wholes;
}

function isWhole(type: ApplyType): boolean {
  return type.kind === 'list' ? type.relation === 'atomic' : type.kind !== 'scalar' && type.isAtomic;
}
