/** Updates of a pod's ephemeral containers, which go through a door of their own. Source: kubernetes pkg/apis/core/validation, ValidatePodEphemeralContainersUpdate. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { jsonDiff } from '../../apimachinery/line-diff.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Pod } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import type { StatusStrategy } from '../kind.ts';
import { MIRROR, validatePodAnnotationUpdate } from './pod-spec/annotations.ts';
import { validatePod } from './pod-validation.ts';

const SPEC = FieldPath.of('spec');

/** Takes from the request only what this door is for. */
export function keepAllBut(pod: Pod, old: DeepReadonly<Pod>, change: (spec: Pod['spec']) => void): void {
  const spec = copyOf(old.spec);
  change(spec);
  const { resourceVersion, managedFields } = pod.metadata;
  const { generation = 0 } = old.metadata;
  const isChanged = JSON.stringify(goForm('core.v1.PodSpec', spec)) !== JSON.stringify(goForm('core.v1.PodSpec', old.spec));
  pod.metadata = { ...copyOf(old.metadata), resourceVersion, generation: isChanged ? generation + 1 : generation, ...(managedFields && { managedFields }) };
  pod.status = copyOf(old.status);
  pod.spec = spec;
}

export const ephemeralContainersStrategy: StatusStrategy<Pod> = {
  prepareForUpdate(pod, old) {
    const { ephemeralContainers } = pod.spec;
    keepAllBut(pod, old, (spec) => {
      if (ephemeralContainers) spec.ephemeralContainers = ephemeralContainers;
      else delete spec.ephemeralContainers;
    });
  },
  validateUpdate(pod, old, errors) {
    if (old.metadata.annotations?.[MIRROR] !== undefined) return errors.forbidden(FieldPath.of('[]'), 'static pods do not support ephemeral containers');
    validatePod(pod, errors);
    validatePodAnnotationUpdate(pod, old, FieldPath.of('metadata.annotations'), errors);
    const at = SPEC.child('ephemeralContainers');
    for (const before of old.spec.ephemeralContainers ?? []) {
      const now = pod.spec.ephemeralContainers?.find((one) => one.name === before.name);
      if (!now) {
        errors.forbidden(at, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`);
        continue;
      }
      const forms = [before, now].map((one) => goForm('core.v1.EphemeralContainer', one));
      if (JSON.stringify(forms[0]) === JSON.stringify(forms[1])) continue;
      errors.forbidden(at, `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n${jsonDiff(forms[0], forms[1])}`);
    }
  },
};
