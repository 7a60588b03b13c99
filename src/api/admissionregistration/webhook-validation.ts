import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { validateFullyQualifiedName } from '../../apimachinery/validation/domain-names.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1035Label } from '../../apimachinery/validation/names.ts';
import type { MutatingWebhook, ValidatingWebhook } from '../generated/admissionregistration-v1.ts';
import { addInvalid } from '../path-segment.ts';
import { validateChoice, validateClientConfig, validateFailurePolicy, validateMatchConditions, validateMatchPolicy, validateRule } from './rule-validation.ts';

const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const SIDE_EFFECTS = new Set(['None', 'NoneOnDryRun']);
const REINVOCATION = new Set(['IfNeeded', 'Never']);
const MAX_TIMEOUT_SECONDS = 30;

function validateReviewVersions(versions: readonly string[], path: FieldPath, errors: FieldErrors): void {
  if (versions.length === 0) {
    errors.required(path, `must specify one of ${REVIEW_VERSIONS.join(', ')}`);
    return;
  }
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) errors.invalid(path.index(i), version, 'duplicate version');
    else addInvalid(isDns1035Label(version), version, path.index(i), errors);
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) errors.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
}

function validateWebhook(webhook: DeepReadonly<ValidatingWebhook | MutatingWebhook>, path: FieldPath, errors: FieldErrors): void {
  validateFullyQualifiedName(webhook.name, path.child('name'), errors);
  webhook.rules?.forEach((rule, i) => validateRule(rule, path.child('rules').index(i), errors));
  validateFailurePolicy(webhook.failurePolicy, path.child('failurePolicy'), errors);
  validateMatchPolicy(webhook.matchPolicy, path.child('matchPolicy'), errors);
  const effects = webhook.sideEffects as string | undefined | null;
  if (effects === undefined || effects === null) errors.required(path.child('sideEffects'), `must specify one of ${[...SIDE_EFFECTS].join(', ')}`);
  else validateChoice(effects, SIDE_EFFECTS, path.child('sideEffects'), errors);
  const timeout = webhook.timeoutSeconds;
  if (timeout !== undefined && (timeout < 1 || timeout > MAX_TIMEOUT_SECONDS)) errors.invalid(path.child('timeoutSeconds'), timeout, `the timeout value must be between 1 and ${MAX_TIMEOUT_SECONDS} seconds`);
  validateLabelSelector(webhook.namespaceSelector, path.child('namespaceSelector'), errors);
  validateLabelSelector(webhook.objectSelector, path.child('objectSelector'), errors);
  if ('reinvocationPolicy' in webhook) validateChoice(webhook.reinvocationPolicy, REINVOCATION, path.child('reinvocationPolicy'), errors);
  validateClientConfig(webhook.clientConfig, path.child('clientConfig'), errors);
  validateMatchConditions(webhook.matchConditions, path.child('matchConditions'), errors);
}

/** Source: pkg/apis/admissionregistration/validation, validateValidatingWebhookConfiguration. */
export function validateWebhooks({ webhooks }: DeepReadonly<{ webhooks?: (ValidatingWebhook | MutatingWebhook)[] }>, errors: FieldErrors): void {
  const path = FieldPath.of('webhooks');
  webhooks?.forEach((webhook, i, all) => {
    validateWebhook(webhook, path.index(i), errors);
    validateReviewVersions(webhook.admissionReviewVersions ?? [], path.index(i).child('admissionReviewVersions'), errors);
    if (webhook.name !== '' && all.findIndex((one) => one.name === webhook.name) < i) errors.duplicate(path.index(i).child('name'), webhook.name);
  });
}
