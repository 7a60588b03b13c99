import { isObject, jsonEqual } from './json.ts';

/** The place of `item` in `list`: by its merge key, or by its value. -1 if it is not there. */
export function indexOfItem(list: readonly unknown[], item: unknown, mergeKey: string): number {
  if (!isObject(item) || mergeKey === '') return list.findIndex((one) => jsonEqual(one, item));
  const value = item[mergeKey];
  return list.findIndex((one) => isObject(one) && jsonEqual(one[mergeKey], value));
}

/** What the patch names comes in the patch's order, the rest in the server's; where both meet, the server's order decides. */
export function normalizeOrder(merged: readonly unknown[], patchOrder: readonly unknown[], serverOrder: readonly unknown[], mergeKey: string): unknown[] {
  const fromPatch: unknown[] = [];
  const serverOnly: unknown[] = [];
  for (const item of merged) (indexOfItem(patchOrder, item, mergeKey) >= 0 ? fromPatch : serverOnly).push(item);
  return interleave(sortBy(serverOnly, serverOrder, mergeKey), sortBy(fromPatch, patchOrder, mergeKey), serverOrder, mergeKey);
}

export function sortBy(items: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] {
  const known = items.filter((item) => indexOfItem(order, item, mergeKey) >= 0);
  const unknown = items.filter((item) => indexOfItem(order, item, mergeKey) < 0);
  return [...known.sort((a, b) => indexOfItem(order, a, mergeKey) - indexOfItem(order, b, mergeKey)), ...unknown];
}

function interleave(left: readonly unknown[], right: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] {
  const result: unknown[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const leftAt = indexOfItem(order, left[i], mergeKey);
    const rightAt = indexOfItem(order, right[j], mergeKey);
    if (leftAt >= 0 && rightAt >= 0 && leftAt < rightAt) result.push(left[i++]);
    else result.push(right[j++]);
  }
  return [...result, ...left.slice(i), ...right.slice(j)];
}
