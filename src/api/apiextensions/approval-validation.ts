/** Groups of Kubernetes' own need its approval. Source: KEP-1111; apiextensions-apiserver pkg/apihelpers. */
import { goQuote } from '../../apimachinery/go-quote.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '../generated/apiextensions-v1.ts';
import { parseGoUrl } from '../go-url.ts';

const ANNOTATION = 'api-approved.kubernetes.io';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';
const MISSING = `protected groups must have approval annotation "${ANNOTATION}", ${SEE}`;
const INVALID = `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}`;

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

const REASONS: Readonly<Record<State, string>> = { missing: 'MissingAnnotation', invalid: 'InvalidAnnotation', bypassed: 'UnapprovedAnnotation', approved: 'ApprovedAnnotation' };

/** What the status of a definition in a group of Kubernetes' own says of it; undefined for all other groups. */
export function approvalCondition(definition: DeepReadonly<CustomResourceDefinition>): Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'> | undefined {
  if (!isProtected(definition.spec.group)) return undefined;
  const state = stateOf(definition);
  const value = definition.metadata.annotations?.[ANNOTATION] ?? '';
  const message = { missing: MISSING, invalid: INVALID, bypassed: `not approved: ${goQuote(value)}`, approved: `approved in ${value}` }[state];
  return { type: 'KubernetesAPIApprovalPolicyConformant', status: state === 'approved' ? 'True' : 'False', reason: REASONS[state], message };
}

/** `old`: undefined on create. What was wrong before may stay so. */
export function validateApproval(definition: DeepReadonly<CustomResourceDefinition>, old: DeepReadonly<CustomResourceDefinition> | undefined, errors: FieldErrors): void {
  if (!isProtected(definition.spec.group)) return;
  const state = stateOf(definition);
  if (old && stateOf(old) === state) return;
  const path = FieldPath.of('metadata.annotations').key(ANNOTATION);
  if (state === 'missing') errors.required(path, MISSING);
  else if (state === 'invalid') errors.invalid(path, definition.metadata.annotations?.[ANNOTATION], INVALID);
}
