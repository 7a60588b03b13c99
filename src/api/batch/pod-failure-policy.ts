import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import type { JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule } from '../generated/batch-v1.ts';

const MAX_RULES = 20;
const MAX_PATTERNS = 20;
const MAX_EXIT_CODES = 255;
const ACTIONS = new Set(['Count', 'FailIndex', 'FailJob', 'Ignore']);
const OPERATORS = new Set(['In', 'NotIn']);
const STATUSES = new Set(['False', 'True', 'Unknown']);

const quotedList = (values: ReadonlySet<string>): string => `valid values: [${[...values].sort().map((one) => JSON.stringify(one)).join(' ')}]`;

function validateChoice(value: string | undefined, choices: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  if (!value) errors.required(path, quotedList(choices));
  else if (!choices.has(value)) errors.notSupported(path, value, choices);
}

function validateExitCodes(codes: DeepReadonly<PodFailurePolicyOnExitCodesRequirement>, names: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  validateChoice(codes.operator, OPERATORS, path.child('operator'), errors);
  if (codes.containerName !== undefined && !names.has(codes.containerName)) {
    errors.invalid(path.child('containerName'), codes.containerName, 'must be one of the container or initContainer names in the pod template');
  }
  const values = codes.values ?? [];
  const valuesPath = path.child('values');
  if (values.length === 0) errors.invalid(valuesPath, codes.values ?? null, 'at least one value is required');
  else if (values.length > MAX_EXIT_CODES) errors.tooMany(valuesPath, values.length, MAX_EXIT_CODES);
  values.forEach((value, i) => {
    if (codes.operator === 'In' && value === 0) errors.invalid(valuesPath.index(i), value, 'must not be 0 for the In operator');
    if (values.indexOf(value) < i) errors.duplicate(valuesPath.index(i), value);
  });
  if (values.some((value, i) => i > 0 && value < (values[i - 1] ?? value))) errors.invalid(valuesPath, values, 'must be ordered');
}

function validatePattern(pattern: DeepReadonly<PodFailurePolicyOnPodConditionsPattern>, path: FieldPath, errors: FieldErrors): void {
  for (const text of isQualifiedName(pattern.type)) errors.invalid(path.child('type'), pattern.type, text);
  validateChoice(pattern.status, STATUSES, path.child('status'), errors);
}

interface RuleContext {
  readonly names: ReadonlySet<string>;
  readonly countsPerIndex: boolean;
}

function validateRule(rule: DeepReadonly<PodFailurePolicyRule>, path: FieldPath, { names, countsPerIndex }: RuleContext, errors: FieldErrors): void {
  validateChoice(rule.action, ACTIONS, path.child('action'), errors);
  if (rule.action === 'FailIndex' && !countsPerIndex) errors.invalid(path.child('action'), rule.action, 'requires the backoffLimitPerIndex to be set');
  const patterns = rule.onPodConditions ?? [];
  if (rule.onExitCodes) validateExitCodes(rule.onExitCodes, names, path.child('onExitCodes'), errors);
  if (patterns.length > MAX_PATTERNS) errors.tooMany(path.child('onPodConditions'), patterns.length, MAX_PATTERNS);
  patterns.forEach((pattern, i) => validatePattern(pattern, path.child('onPodConditions').index(i), errors));
  const both = rule.onExitCodes && patterns.length > 0;
  // These two messages leave the value out.
  if (both) errors.add(path, 'FieldValueInvalid', 'Invalid value: specifying both OnExitCodes and OnPodConditions is not supported');
  if (!rule.onExitCodes && patterns.length === 0) errors.add(path, 'FieldValueInvalid', 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required');
}

/** Source: pkg/apis/batch/validation, validatePodFailurePolicy. */
export function validatePodFailurePolicy(spec: DeepReadonly<JobSpec>, path: FieldPath, errors: FieldErrors): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const pod = spec.template.spec;
  const names = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map((container) => container.name));
  if (rules.length > MAX_RULES) errors.tooMany(path.child('rules'), rules.length, MAX_RULES);
  rules.forEach((rule, i) => validateRule(rule, path.child('rules').index(i), { names, countsPerIndex: spec.backoffLimitPerIndex !== undefined }, errors));
}
