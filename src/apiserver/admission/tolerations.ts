import { isDeepStrictEqual } from 'node:util';
import type { Toleration } from '../../api/generated/core-v1.ts';

/** Without what another of them covers; of equal ones the first stays. */
export function mergedTolerations(all: readonly Toleration[]): Toleration[] {
  const kept: Toleration[] = [];
  all.forEach((one, i) => {
    const isCovered = kept.some((other) => includesToleration(other, one)) || all.slice(i + 1).some((other) => !isDeepStrictEqual(one, other) && includesToleration(other, one));
    if (!isCovered) kept.push({ ...one });
  });
  return kept;
}

/** Whether `wide` tolerates all that `narrow` does. Source: kubernetes pkg/util/tolerations. */
export function includesToleration(wide: Toleration, narrow: Toleration): boolean {
  if (isDeepStrictEqual(wide, narrow)) return true;
  if (wide.key !== narrow.key && (wide.key || wide.operator !== 'Exists')) return false;
  if (wide.effect && wide.effect !== narrow.effect) return false;
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined && (narrow.tolerationSeconds ?? Infinity) > wide.tolerationSeconds) return false;
  if (wide.operator === 'Exists') return true;
  return (wide.operator ?? 'Equal') === 'Equal' && (narrow.operator ?? 'Equal') === 'Equal' && (wide.value ?? '') === (narrow.value ?? '');
}
