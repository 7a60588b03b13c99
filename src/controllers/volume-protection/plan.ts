import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';

/** The finalizers that the object is to have; undefined when it has them. The protection comes with the object and goes when it is deleted and nobody uses it. */
export function planProtection({ metadata }: DeepReadonly<KubeObject>, finalizer: string, isUsed: boolean): string[] | undefined {
  const observed = metadata.finalizers ?? [];
  const isProtected = observed.includes(finalizer);
  if (metadata.deletionTimestamp === undefined) return isProtected ? undefined : [...observed, finalizer];
  return isProtected && !isUsed ? observed.filter((one) => one !== finalizer) : undefined;
}
