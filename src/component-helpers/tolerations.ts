import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Taint, Toleration } from '../api/generated/core-v1.ts';

/** Source: "Taints and Tolerations"; a toleration without key and with operator Exists tolerates everything, an empty effect every effect. */
export function tolerates(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Exists': return true;
    case 'Equal': return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
    case 'Gt': return compareWhole(taint.value, toleration.value, (taintValue, value) => taintValue > value);
    case 'Lt': return compareWhole(taint.value, toleration.value, (taintValue, value) => taintValue < value);
    default: return false;
  }
}

/** Gt and Lt compare whole numbers; texts that are none never match (KEP-5471). */
function compareWhole(left: string | undefined, right: string | undefined, holds: (left: bigint, right: bigint) => boolean): boolean {
  const whole = /^(0|-?[1-9]\d*)$/;
  return left !== undefined && right !== undefined && whole.test(left) && whole.test(right) && holds(BigInt(left), BigInt(right));
}

export function toleratesTaint(tolerations: readonly DeepReadonly<Toleration>[] | undefined, taint: DeepReadonly<Taint>): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;
}

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

/** The first taint of one of `effects` that no toleration tolerates. */
export function untoleratedTaint(
  tolerations: readonly DeepReadonly<Toleration>[] | undefined,
  taints: readonly DeepReadonly<Taint>[] | undefined,
  effects: readonly TaintEffect[],
): DeepReadonly<Taint> | undefined {
  return taints?.find((taint) => effects.includes(taint.effect as TaintEffect) && !toleratesTaint(tolerations, taint));
}
