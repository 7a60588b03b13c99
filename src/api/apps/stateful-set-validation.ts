import type { DeepReadonly, ObjectMeta } from '../../apimachinery/meta.ts';
import type { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label } from '../../apimachinery/validation/names.ts';
import { semanticallyEqual } from '../../apimachinery/validation/immutable.ts';
import { validateAtMost100Percent, validateIntOrPercent, validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '../generated/apps-v1.ts';
import { validateClaimSpec } from '../core/claim-validation.ts';
import type { PodTemplateSpec } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { compileSelector, intOrPercentValue, SPEC, validateAtMost, validateCollisionCount, validateCounts, validateRequiredSelector, validateWorkloadTemplate } from './workload-rules.ts';

function validateStrategy(strategy: DeepReadonly<StatefulSetUpdateStrategy>, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  const path = SPEC.child('updateStrategy');
  const rollingPath = path.child('rollingUpdate');
  if (!type) errors.required(path);
  else if (type === 'OnDelete') {
    // The message shows the form inside of Kubernetes.
    const shown = { Partition: rollingUpdate?.partition ?? 0, MaxUnavailable: rollingUpdate?.maxUnavailable ?? null };
    if (rollingUpdate) errors.invalid(rollingPath, shown, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type !== 'RollingUpdate') errors.invalid(path, goForm('apps.v1.StatefulSetUpdateStrategy', strategy), "must be 'RollingUpdate' or 'OnDelete'");
  else if (rollingUpdate) {
    validateNonNegative(rollingUpdate.partition, rollingPath.child('partition'), errors);
    const most = rollingUpdate.maxUnavailable;
    validateIntOrPercent(most, rollingPath.child('maxUnavailable'), errors);
    if (most !== undefined && intOrPercentValue(most) === 0) errors.invalid(rollingPath.child('maxUnavailable'), most, 'cannot be 0');
    validateAtMost100Percent(most, rollingPath.child('maxUnavailable'), errors);
  }
}

/** Source: pkg/apis/apps/validation, ValidateStatefulSetSpec. */
export function validateStatefulSet({ spec }: DeepReadonly<StatefulSet>, errors: FieldErrors): void {
  const management = SPEC.child('podManagementPolicy');
  if (!spec.podManagementPolicy) errors.required(management);
  else if (spec.podManagementPolicy !== 'OrderedReady' && spec.podManagementPolicy !== 'Parallel') errors.invalid(management, spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'");
  validateStrategy(spec.updateStrategy, errors);
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  for (const name of ['whenDeleted', 'whenScaled'] as const) {
    const policy = retention?.[name];
    if (policy !== undefined && policy !== 'Retain' && policy !== 'Delete') errors.notSupported(SPEC.child('persistentVolumeClaimRetentionPolicy', name), policy, ['Retain', 'Delete']);
  }
  validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
  validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateNonNegative(spec.ordinals?.start, SPEC.child('ordinals', 'start'), errors);
  validateRequiredSelector(spec.selector, errors, 'statefulset');
  const selector = compileSelector(spec.selector);
  if (!selector) errors.invalid(SPEC.child('selector'), spec.selector, '');
  else validateWorkloadTemplate({ template: withClaimedVolumes(spec), selector, workload: 'StatefulSet' }, errors);
}

/** Templates need not have metadata, and then say nothing of their names. */
function nameOf(metadata: DeepReadonly<Partial<ObjectMeta>> | undefined): string {
  return metadata?.name ?? '';
}

/** A claim of the set is a volume of each pod, and takes the place of one with its name. */
function withClaimedVolumes({ template, volumeClaimTemplates = [] }: DeepReadonly<StatefulSetSpec>): DeepReadonly<PodTemplateSpec> {
  if (volumeClaimTemplates.length === 0 || !template.spec) return template;
  const claimed = volumeClaimTemplates.map(({ metadata }) => ({ name: nameOf(metadata), persistentVolumeClaim: { claimName: nameOf(metadata) } }));
  const others = (template.spec.volumes ?? []).filter((volume) => !claimed.some(({ name }) => name === volume.name));
  return { ...template, spec: { ...template.spec, volumes: [...others, ...claimed] } };
}

/** What sets that are stored already may break. */
export function validateNewStatefulSet({ spec }: DeepReadonly<StatefulSet>, errors: FieldErrors): void {
  spec.volumeClaimTemplates?.forEach((claim, i) => {
    validateClaimSpec(claim.spec, SPEC.child('volumeClaimTemplates').index(i).child('spec'), errors);
  });
  if (spec.serviceName) for (const text of isDns1123Label(spec.serviceName)) errors.invalid(SPEC.child('serviceName'), spec.serviceName, text);
}

const MUTABLE = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'] as const;

function immutablePart(spec: DeepReadonly<StatefulSetSpec>): object {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !(MUTABLE as readonly string[]).includes(key)));
}

export function validateStatefulSetUpdate(object: DeepReadonly<StatefulSet>, old: DeepReadonly<StatefulSet>, errors: FieldErrors): void {
  if (semanticallyEqual(immutablePart(object.spec), immutablePart(old.spec))) return;
  const quoted = MUTABLE.map((name) => `'${name}'`);
  errors.forbidden(SPEC, `updates to statefulset spec for fields other than ${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''} are forbidden`);
}

export function validateStatefulSetStatus({ status }: DeepReadonly<StatefulSet>, old: DeepReadonly<StatefulSet>, errors: FieldErrors): void {
  validateCounts(status, ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount'], errors);
  validateAtMost(status, ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'], 'status.replicas', errors);
  validateAtMost(status, ['availableReplicas'], 'status.readyReplicas', errors);
  validateCollisionCount(status.collisionCount, old.status.collisionCount, errors);
}
