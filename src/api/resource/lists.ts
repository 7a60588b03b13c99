/** Lists and maps of a limited size: beyond it nothing is said of what they hold. Source: pkg/apis/resource/validation. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';

type Check<T> = (item: T, path: FieldPath, errors: FieldErrors) => void;

export function validateList<T>(list: readonly T[] | undefined, max: number, check: Check<T>, path: FieldPath, errors: FieldErrors): void {
  const items = list ?? [];
  if (items.length > max) errors.tooMany(path, items.length, max);
  else items.forEach((item, i) => check(item, path.index(i), errors));
}

/** `keyOf` tells what no two of them may share. */
export function validateSet<T>(list: readonly T[] | undefined, max: number, rules: { check: Check<T>; keyOf: (item: T) => unknown; shown?: (item: T) => unknown }, path: FieldPath, errors: FieldErrors): void {
  const items = list ?? [];
  validateList(items, max, rules.check, path, errors);
  if (items.length > max) return;
  const keys = items.map((item) => rules.keyOf(item));
  items.forEach((item, i) => {
    if (keys.indexOf(keys[i]) < i) errors.duplicate(path.index(i), rules.shown ? rules.shown(item) : keys[i]);
  });
}

export function validateMap<T>(map: Readonly<Record<string, T>> | undefined, max: number, rules: { key: Check<string>; value?: Check<T>; shownKey: (key: string) => string }, path: FieldPath, errors: FieldErrors): void {
  const entries = Object.entries(map ?? {});
  if (entries.length > max) {
    errors.tooMany(path, entries.length, max);
    return;
  }
  for (const [key, value] of entries) {
    const at = path.key(rules.shownKey(key));
    rules.key(key, at, errors);
    rules.value?.(value, at, errors);
  }
}
