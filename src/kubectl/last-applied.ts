import { goJson } from '../apimachinery/go-json.ts';
import { copyJson, type KubeJson } from './kube-json.ts';

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
