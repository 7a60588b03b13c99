import { copyJson, type KubeJson } from './kube-json.ts';
import { sortKeys } from './printers/object-printer.ts';
import { stringifyWhole } from '../apimachinery/whole-numbers.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object with itself in the annotation from which the next apply learns what was removed. Source: kubectl pkg/util/apply.go. */
export function withLastApplied(object: KubeJson): KubeJson {
  const copy = copyJson(object);
  const { [LAST_APPLIED]: _, ...annotations } = copy.metadata.annotations ?? {};
  copy.metadata.annotations = annotations;
  const text = `${goJson(copy)}\n`;
  copy.metadata.annotations = { ...annotations, [LAST_APPLIED]: text };
  return copy;
}

/** JSON as Go writes it: keys sorted, `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  return stringifyWhole(sortKeys(value)).replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
