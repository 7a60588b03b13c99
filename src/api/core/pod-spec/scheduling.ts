/** What the scheduler goes by: tolerations, spreading, gates. Source: kubernetes pkg/apis/core/validation. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isLabelValue, isQualifiedName, validateLabelName, validateLabelSelector } from '../../../apimachinery/validation/labels.ts';
import { addInvalid, POSITIVE_TEXT } from '../../../apimachinery/validation/values.ts';
import type { PodReadinessGate, PodSchedulingGate, Toleration, TopologySpreadConstraint } from '../../generated/core-v1.ts';
import { validateMatchLabelKeys } from './affinity.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const inclusionPolicies: ReadonlySet<string> = new Set(['Honor', 'Ignore']);
const unsatisfiableActions: ReadonlySet<string> = new Set(['DoNotSchedule', 'ScheduleAnyway']);

export function validateTaintEffect(effect: string, path: FieldPath, errors: FieldErrors): void {
  if (!EFFECTS.includes(effect)) errors.notSupported(path, effect, EFFECTS);
}

export function validateTolerations(tolerations: DeepReadonly<Toleration[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  tolerations?.forEach((toleration, i) => {
    validateToleration(toleration, path.index(i), errors);
  });
}

function validateToleration({ key, operator = '', value = '', effect = '', tolerationSeconds }: DeepReadonly<Toleration>, path: FieldPath, errors: FieldErrors): void {
  const at = path.child('operator');
  if (key) validateLabelName(key, path.child('key'), errors);
  if (!key && operator !== 'Exists') {
    errors.invalid(at, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"');
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.invalid(path.child('effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (operator === 'Equal' || operator === '') {
    const texts = isLabelValue(value);
    if (texts.length > 0) errors.invalid(at, value, texts.join(';'));
  } else if (operator === 'Exists') {
    if (value !== '') errors.invalid(at, value, "value must be empty when `operator` is 'Exists'");
  } else errors.notSupported(at, operator, ['Equal', 'Exists']);
  if (effect !== '') validateTaintEffect(effect, path.child('effect'), errors);
}

export function validateSpreadConstraints(constraints: DeepReadonly<TopologySpreadConstraint[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  constraints?.forEach((one, i) => {
    validateSpreadConstraint(one, constraints.slice(i + 1), path.index(i), errors);
  });
}

/** `others` come after this one. */
function validateSpreadConstraint(one: DeepReadonly<TopologySpreadConstraint>, others: DeepReadonly<TopologySpreadConstraint[]>, path: FieldPath, errors: FieldErrors): void {
  const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, nodeAffinityPolicy, nodeTaintsPolicy, labelSelector } = one;
  if (maxSkew <= 0) errors.invalid(path.child('maxSkew'), maxSkew, POSITIVE_TEXT);
  if (!topologyKey) errors.required(path.child('topologyKey'), 'can not be empty');
  if (!unsatisfiableActions.has(whenUnsatisfiable)) errors.notSupported(path.child('whenUnsatisfiable'), whenUnsatisfiable, unsatisfiableActions);
  const isRepeated = others.some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
  if (isRepeated) errors.duplicate(path.child('{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${whenUnsatisfiable}}`);
  if (minDomains !== undefined) {
    if (minDomains <= 0) errors.invalid(path.child('minDomains'), minDomains, POSITIVE_TEXT);
    if (whenUnsatisfiable !== 'DoNotSchedule') {
      errors.invalid(path.child('minDomains'), minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`);
    }
  }
  for (const [name, policy] of [['nodeAffinityPolicy', nodeAffinityPolicy], ['nodeTaintsPolicy', nodeTaintsPolicy]] as const) {
    if (policy !== undefined && !inclusionPolicies.has(policy)) errors.notSupported(path.child(name), policy, inclusionPolicies);
  }
  validateMatchLabelKeys(one, path, errors);
  validateLabelSelector(labelSelector, path.child('labelSelector'), errors);
}

export function validateReadinessGates(gates: DeepReadonly<PodReadinessGate[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  gates?.forEach(({ conditionType }, i) => {
    addInvalid(errors, path.index(i).child('conditionType'), conditionType, isQualifiedName(conditionType));
  });
}

export function validateSchedulingGates(gates: DeepReadonly<PodSchedulingGate[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!gates) return;
  const seen = new Set<string>();
  gates.forEach(({ name }, i) => {
    addInvalid(errors, path.index(i), name, isQualifiedName(name));
    if (seen.has(name)) errors.duplicate(path.index(i), name);
    seen.add(name);
  });
}
