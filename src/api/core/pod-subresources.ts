/** Updates of a pod that go through doors of their own: ephemeral containers and resizing. Source: kubernetes pkg/apis/core/validation. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { jsonDiff } from '../../apimachinery/line-diff.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Pod, ResourceRequirements } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import type { StatusStrategy } from '../kind.ts';
import { podQosClass } from './pod-qos.ts';
import { MIRROR, validatePodAnnotationUpdate } from './pod-spec/annotations.ts';
import { defaultPodResources } from './pod-spec/pod-resources.ts';
import { validatePod } from './pod-validation.ts';

const SPEC = FieldPath.of('spec');

/** Takes from the request only what this door is for. */
function keepAllBut(pod: Pod, old: DeepReadonly<Pod>, change: (spec: Pod['spec']) => void): void {
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

const RESIZED = ['containers', 'initContainers'] as const;

export const resizeStrategy: StatusStrategy<Pod> = {
  prepareForUpdate(pod, old) {
    const asked = pod.spec;
    keepAllBut(pod, old, (spec) => {
      for (const name of RESIZED) {
        for (const container of spec[name] ?? []) {
          const now = asked[name]?.find((one) => one.name === container.name);
          if (!now) continue;
          container.resources = now.resources;
          if (now.resizePolicy) container.resizePolicy = now.resizePolicy;
        }
      }
      if (asked.resources) spec.resources = asked.resources;
      defaultPodResources(spec);
    });
  },
  validateUpdate(pod, old, errors) {
    const text = old.metadata.annotations?.[MIRROR] !== undefined ? 'static pods cannot be resized' : old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
    if (text !== undefined) return errors.forbidden(FieldPath.of('[]'), text);
    validatePod(pod, errors);
    validateResize(pod, old, errors);
  },
};

function validateResize(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>, errors: FieldErrors): void {
  const qos = old.status.qosClass ?? podQosClass(old.spec);
  if (podQosClass(pod.spec) !== qos) errors.invalid(SPEC, qos, 'Pod QOS Class may not change as a result of resizing');
  const running = old.status.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) errors.forbidden(SPEC, 'Pod running on node without support for resize');
  const spec = withOldResources(pod, old);
  for (const name of RESIZED) {
    pod.spec[name]?.forEach((container, i) => {
      const before = old.spec[name]?.[i];
      if (!before) return;
      const isFixed = name === 'initContainers' && before.restartPolicy !== 'Always';
      if (!isFixed) validateNothingRemoved(container.resources, before.resources, SPEC.child(name).index(i).child('resources'), errors);
      const [was, is] = [before, isFixed ? container : spec[name]?.[i]].map((one) => JSON.stringify(goForm('core.v1.Container', one)));
      if (was !== is) errors.forbidden(SPEC, isFixed ? 'resources for non-sidecar init containers are immutable' : name === 'containers' ? CPU_AND_MEMORY : SIDECAR_CPU_AND_MEMORY);
    });
  }
}

const CPU_AND_MEMORY = 'only cpu and memory resources are mutable';
const SIDECAR_CPU_AND_MEMORY = 'only cpu and memory resources for sidecar containers are mutable';

function validateNothingRemoved(now: DeepReadonly<ResourceRequirements>, old: DeepReadonly<ResourceRequirements>, path: FieldPath, errors: FieldErrors): void {
  for (const part of ['requests', 'limits'] as const) {
    const lost = Object.keys(old[part] ?? {}).some((name) => now[part]?.[name] === undefined);
    if (lost) errors.forbidden(path.child(part), `resource ${part} cannot be removed`);
  }
}

function withOldResources(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): Pod['spec'] {
  const spec = copyOf(pod.spec);
  for (const name of RESIZED) {
    spec[name]?.forEach((container, i) => {
      const before = old.spec[name]?.[i];
      if (!before) return;
      for (const part of ['limits', 'requests'] as const) {
        const others = Object.entries(container.resources?.[part] ?? {}).filter(([resource]) => resource !== 'cpu' && resource !== 'memory');
        const kept = Object.entries(before.resources?.[part] ?? {}).filter(([resource]) => resource === 'cpu' || resource === 'memory');
        const list = Object.fromEntries([...kept, ...others]);
        if (Object.keys(list).length > 0) container.resources[part] = list;
        else delete container.resources[part];
      }
      if (before.resizePolicy) container.resizePolicy = copyOf(before.resizePolicy);
    });
  }
  if (old.spec.resources) spec.resources = copyOf(old.spec.resources);
  return spec;
}
