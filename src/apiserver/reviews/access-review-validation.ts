/** Source: pkg/apis/authorization/validation. */
import type { FieldSelectorAttributes, LabelSelectorAttributes, LocalSubjectAccessReview, ResourceAttributes, SelfSubjectAccessReview, SubjectAccessReview } from '../../api/generated/authorization-v1.ts';
import { goForm } from '../../api/go-form.ts';
import { addInvalid } from '../../api/path-segment.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { invalid } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isLabelValue, validateLabelName } from '../../apimachinery/validation/labels.ts';

export type Review = SubjectAccessReview | LocalSubjectAccessReview | SelfSubjectAccessReview;

const SPEC = FieldPath.of('spec');
const RESOURCE = SPEC.child('resourceAttributes');
const NON_RESOURCE = SPEC.child('nonResourceAttributes');

/** Throws StatusError 422. `review`: with its managed fields. */
export function validateReview(review: Review & Pick<KubeObject, 'metadata'>, kind: string): void {
  const errors = new FieldErrors();
  const { resourceAttributes, nonResourceAttributes } = review.spec;
  const isLocal = kind === 'LocalSubjectAccessReview';
  if (resourceAttributes && nonResourceAttributes) errors.invalid(NON_RESOURCE, goForm('authorization.v1.NonResourceAttributes', nonResourceAttributes), 'cannot be specified in combination with resourceAttributes');
  if (!resourceAttributes && !nonResourceAttributes) errors.invalid(RESOURCE, null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified');
  if (kind !== 'SelfSubjectAccessReview') {
    const { user = '', groups = [] } = (review as SubjectAccessReview).spec;
    if (user === '' && groups.length === 0) errors.invalid(SPEC.child('user'), '', 'at least one of user or group must be specified');
  }
  if (resourceAttributes) validateSelectors(resourceAttributes, errors);
  const { managedFields: _, namespace, ...others } = review.metadata;
  if (Object.keys(others).length > 0 || (!isLocal && namespace)) errors.invalid(FieldPath.of('metadata'), review.metadata, isLocal ? 'must be empty except for namespace' : 'must be empty');
  if (isLocal) validateLocal(review, errors);
  if (errors.causes.length > 0) throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', errors.causes);
}

function validateLocal({ metadata, spec }: Review & Pick<KubeObject, 'metadata'>, errors: FieldErrors): void {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const { namespace = '' } = resourceAttributes ?? {};
  if (resourceAttributes && namespace !== metadata.namespace) errors.invalid(RESOURCE.child('namespace'), namespace, 'must match metadata.namespace');
  if (nonResourceAttributes) errors.invalid(NON_RESOURCE, goForm('authorization.v1.NonResourceAttributes', nonResourceAttributes), 'disallowed on this kind of request');
}

function validateSelectors({ fieldSelector, labelSelector }: ResourceAttributes, errors: FieldErrors): void {
  if (fieldSelector) validateSelector(fieldSelector, RESOURCE.child('fieldSelector'), errors);
  if (labelSelector) validateSelector(labelSelector, RESOURCE.child('labelSelector'), errors, true);
}

function validateSelector({ rawSelector = '', requirements = [] }: FieldSelectorAttributes | LabelSelectorAttributes, path: FieldPath, errors: FieldErrors, isOfLabels = false): void {
  if (rawSelector !== '' && requirements.length > 0) errors.invalid(path.child('rawSelector'), rawSelector, 'may not specified at the same time as requirements');
  if (rawSelector === '' && requirements.length === 0) errors.required(path.child('requirements'), `when ${path.toString()} is specified, requirements or rawSelector is required`);
  requirements.forEach(({ key, operator, values = [] }, i) => {
    const at = path.child('requirements').index(i);
    if (!isOfLabels && key === '') errors.required(at.child('key'), 'must be specified');
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) errors.required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'");
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) errors.forbidden(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    if (!isOfLabels) return;
    validateLabelName(key, at.child('key'), errors);
    values.forEach((value, j) => addInvalid(isLabelValue(value), value, at.child('values').index(j), errors));
  });
}
