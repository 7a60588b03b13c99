/** Rules that the kinds of apps share. Source: pkg/apis/apps/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { SelectorError } from '../../apimachinery/selectors/errors.ts';
import { labelSelectorOf, type LabelSelector as CompiledSelector } from '../../apimachinery/selectors/label-selector.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { validatePodTemplateSpec } from '../core/pod-spec/validation.ts';
import { nameWarnings, podTemplateWarnings } from '../core/pod-warnings.ts';
import type { PodTemplateSpec } from '../generated/core-v1.ts';
import type { LabelSelector } from '../generated/meta-v1.ts';

export const SPEC: FieldPath = FieldPath.of('spec');
export const STATUS: FieldPath = FieldPath.of('status');

/** Undefined for a selector that has been found invalid. */
export function compileSelector(selector: DeepReadonly<LabelSelector> | undefined): CompiledSelector | undefined {
  try {
    return labelSelectorOf(selector);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

export function isEmptySelector(selector: DeepReadonly<LabelSelector>): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** A selector that must be there and select something. */
export function validateRequiredSelector(selector: DeepReadonly<LabelSelector> | undefined, errors: FieldErrors, workload: string): void {
  const path = SPEC.child('selector');
  if (!selector) {
    errors.required(path);
    return;
  }
  validateLabelSelector(selector, path, errors);
  if (isEmptySelector(selector)) errors.invalid(path, selector, `empty selector is invalid for ${workload}`);
}

interface TemplateRules {
  readonly template: DeepReadonly<PodTemplateSpec>;
  readonly selector: CompiledSelector;
  /** As in messages: `ReplicaSet`. */
  readonly workload: string;
}

/** Pods of the template are found by the selector, and run until they are deleted. */
export function validateWorkloadTemplate({ template, selector, workload }: TemplateRules, errors: FieldErrors): void {
  validateTemplateLabels(template, selector, errors);
  validateRunningTemplate(template, errors, workload);
}

export function validateTemplateLabels(template: DeepReadonly<PodTemplateSpec>, selector: CompiledSelector, errors: FieldErrors): void {
  const path = SPEC.child('template');
  const labels = template?.metadata?.labels;
  if (!selector.isEverything && !selector.matches(labels)) {
    errors.invalid(path.child('metadata', 'labels'), labels, '`selector` does not match template `labels`');
  }
}

/** What a number or a percentage comes to, whether it is allowed or not; a text that is neither comes to 0. Source: getIntOrPercentValue. */
export function intOrPercentValue(value: number | string | undefined): number {
  if (typeof value === 'number') return value;
  return value !== undefined && /^([0-9]+%|[+-]?[0-9]+)$/.test(value) ? Number.parseInt(value, 10) : 0;
}

export function validateRunningTemplate(template: DeepReadonly<PodTemplateSpec>, errors: FieldErrors, workload: string): void {
  validatePodTemplateSpec(template, SPEC.child('template'), errors);
  const path = SPEC.child('template', 'spec');
  const spec = template?.spec;
  if (spec?.restartPolicy !== undefined && spec.restartPolicy !== 'Always') errors.notSupported(path.child('restartPolicy'), spec.restartPolicy, ['Always']);
  if (spec?.activeDeadlineSeconds !== undefined) errors.forbidden(path.child('activeDeadlineSeconds'), `activeDeadlineSeconds in ${workload} is not Supported`);
}

export function validateCounts(status: DeepReadonly<object>, names: readonly string[], errors: FieldErrors): void {
  const values = status as Readonly<Record<string, number | undefined>>;
  for (const name of names) validateNonNegative(values[name], STATUS.child(name), errors);
}

/** `names` of the status may not exceed `limit`, which some messages name by its path. */
export function validateAtMost(status: DeepReadonly<object>, names: readonly string[], limit: string, errors: FieldErrors): void {
  const values = status as Readonly<Record<string, number | undefined>>;
  for (const name of names) {
    if ((values[name] ?? 0) > (values[limit.replace('status.', '')] ?? 0)) errors.invalid(STATUS.child(name), values[name] ?? 0, `cannot be greater than ${limit}`);
  }
}

export function validateCollisionCount(now: number | undefined, before: number | undefined, errors: FieldErrors): void {
  if (before !== undefined && (now === undefined || now < before)) errors.invalid(STATUS.child('collisionCount'), now ?? 0, 'cannot be decremented');
}

interface Workload {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly spec: { readonly template?: DeepReadonly<PodTemplateSpec> };
}

/** Names of pods and hosts follow from that of the workload. */
export function workloadWarnings(object: DeepReadonly<Workload>, old: DeepReadonly<Workload> | undefined): string[] {
  return [...(old ? [] : nameWarnings(object.metadata.name)), ...templateWarnings(object, old)];
}

export function templateWarnings(object: DeepReadonly<Workload>, old: DeepReadonly<Workload> | undefined): string[] {
  return podTemplateWarnings(object.spec.template, SPEC.child('template'), object, old);
}
