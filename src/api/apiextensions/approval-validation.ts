/** Groups of Kubernetes' own need its approval. Source: KEP-1111; apiextensions-apiserver pkg/apihelpers. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts';
import { parseGoUrl } from '../go-url.ts';

const ANNOTATION = 'api-approved.kubernetes.io';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

type State = 'missing' | 'invalid' | 'bypassed' | 'approved';

function isProtected(group: string): boolean {
  return ['k8s.io', 'kubernetes.io'].some((one) => group === one || group.endsWith(`.${one}`));
}

function stateOf({ metadata }: DeepReadonly<CustomResourceDefinition>): State {
  const value = metadata.annotations?.[ANNOTATION] ?? '';
  if (value === '') return 'missing';
  if (value.startsWith('unapproved')) return 'bypassed';
  const url = parseGoUrl(value);
  return typeof url === 'object' && url.host !== '' && url.scheme !== '' ? 'approved' : 'invalid';
}

/** `old`: undefined on create. What was wrong before may stay so. */
export function validateApproval(definition: DeepReadonly<CustomResourceDefinition>, old: DeepReadonly<CustomResourceDefinition> | undefined, errors: FieldErrors): void {
  if (!isProtected(definition.spec.group)) return;
  const state = stateOf(definition);
  if (old && stateOf(old) === state) return;
  const path = FieldPath.of('metadata.annotations').key(ANNOTATION);
  if (state === 'missing') errors.required(path, `protected groups must have approval annotation "${ANNOTATION}", ${SEE}`);
  else if (state === 'invalid') errors.invalid(path, definition.metadata.annotations?.[ANNOTATION], `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}`);
}
