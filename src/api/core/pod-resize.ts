/** Updates of the resources of a pod's containers, and of the pod itself, while it runs. Source: kubernetes pkg/apis/core/validation, ValidatePodResize; pkg/registry/core/pod, podResizeStrategy. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import type { StatusStrategy } from '../kind.ts';
import { podQosClass } from './pod-qos.ts';
import { MIRROR } from './pod-spec/annotations.ts';
import { keepAllBut } from './pod-subresources.ts';
import { validatePod } from './pod-validation.ts';

const SPEC = FieldPath.of('spec');
const LISTS = ['containers', 'initContainers'] as const;
type ListName = (typeof LISTS)[number];
type Resources = DeepReadonly<ResourceRequirements> | undefined;

const OTHERS_TEXT = 'only cpu and memory resources are mutable';

function isSame(message: string, a: unknown, b: unknown): boolean {
  return JSON.stringify(goForm(message, a)) === JSON.stringify(goForm(message, b));
}

export const resizeStrategy: StatusStrategy<Pod> = {
  /** What else the request says is dropped, unless its containers are not those of the pod: then all of it is judged. */
  prepareForUpdate(pod, old) {
    const asked = pod.spec;
    if (LISTS.some((name) => (asked[name] ?? []).length !== (old.spec[name] ?? []).length)) return;
    keepAllBut(pod, old, (spec) => {
      for (const name of LISTS) takeResources(spec, asked, name);
      if (asked.resources) spec.resources = asked.resources;
      else delete spec.resources;
    });
  },
  validateUpdate(pod, old, errors) {
    const text = old.metadata.annotations?.[MIRROR] !== undefined ? 'static pods cannot be resized' : old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
    if (text !== undefined) return errors.forbidden(FieldPath.of('[]'), text);
    validatePod(pod, errors);
    validateResize(pod, old, errors);
  },
};

function takeResources(spec: PodSpec, asked: PodSpec, name: ListName): void {
  const [before, now] = [spec[name] ?? [], asked[name] ?? []];
  if (before.some((container, i) => container.name !== now[i]?.name)) {
    spec[name] = now;
    return;
  }
  before.forEach((container, i) => {
    const { resources = {}, resizePolicy } = now[i] ?? {};
    container.resources = resources;
    if (resizePolicy) container.resizePolicy = resizePolicy;
    else delete container.resizePolicy;
  });
}

function validateResize(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>, errors: FieldErrors): void {
  const faults = errors.causes.length;
  const qos = old.status.qosClass ?? podQosClass(old.spec);
  if (podQosClass(pod.spec) !== qos) errors.invalid(SPEC, pod.status.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing');
  const running = old.status.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) errors.forbidden(SPEC, 'Pod running on node without support for resize');
  validatePodLevel(pod.spec.resources, old.spec.resources, errors);
  if (!validateSameContainers(pod.spec, old.spec, errors)) return;
  for (const name of ['initContainers', 'containers'] as const) {
    pod.spec[name]?.forEach(({ resources }, i) => validateNothingRemoved(resources, old.spec[name]?.[i]?.resources, SPEC.child(name).index(i).child('resources'), '', errors));
  }
  for (const name of LISTS) pod.spec[name]?.forEach((container, i) => validateOnlyComputeChanges(container, old.spec[name]?.[i], { name, i, errors }));
  if (errors.causes.length === faults && !isSame('core.v1.PodSpec', withOldResources(pod.spec, old.spec), old.spec)) errors.forbidden(SPEC, OTHERS_TEXT);
}

function hasLists(resources: Resources): boolean {
  return Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0;
}

function validatePodLevel(now: Resources, old: Resources, errors: FieldErrors): void {
  if (!hasLists(now) && !hasLists(old)) return;
  const at = SPEC.child('resources');
  if (old && !now) return errors.forbidden(at, 'pod-level resources cannot be removed');
  validateNothingRemoved(now, old, at, 'pod-level ', errors);
  if (!isSame('core.v1.ResourceRequirements', computeOf(now, old), withoutNothing(old))) errors.forbidden(SPEC, `${OTHERS_TEXT} at pod-level`);
}

/** As the server's memory has resources of which nothing is said. */
function withoutNothing(resources: Resources): Resources {
  return resources && (hasLists(resources) || (resources.claims ?? []).length > 0) ? resources : {};
}

function validateNothingRemoved(now: Resources, old: Resources, path: FieldPath, whose: string, errors: FieldErrors): void {
  for (const part of ['requests', 'limits'] as const) {
    const lost = Object.keys(old?.[part] ?? {}).some((name) => now?.[part]?.[name] === undefined);
    if (lost) errors.forbidden(path.child(part), `${whose}resource ${part} cannot be removed`);
  }
}

/** Whether the pod's containers are those of before, in their order. */
function validateSameContainers(spec: DeepReadonly<PodSpec>, old: DeepReadonly<PodSpec>, errors: FieldErrors): boolean {
  let areSame = true;
  for (const name of LISTS) {
    const [now, before] = [spec[name] ?? [], old[name] ?? []];
    const refuse = (path: FieldPath, what: string): void => {
      errors.forbidden(path, `${name} may not be ${what} on resize`);
      areSame = false;
    };
    if (now.length !== before.length) refuse(SPEC.child(name), 'added or removed');
    else before.forEach((container, i) => {
      if (now[i]?.name !== container.name) refuse(SPEC.child(name).index(i).child('name'), 'renamed or reordered');
    });
  }
  return areSame;
}

interface Place {
  readonly name: ListName;
  readonly i: number;
  readonly errors: FieldErrors;
}

function validateOnlyComputeChanges(now: DeepReadonly<Container>, old: DeepReadonly<Container> | undefined, { name, i, errors }: Place): void {
  if (!old) return;
  const changesOthers = !isSame('core.v1.Container', withOldCompute(now, old), old);
  if (name === 'containers') {
    if (changesOthers) errors.forbidden(SPEC, OTHERS_TEXT);
    return;
  }
  const at = SPEC.child(name).index(i);
  if (changesOthers) errors.forbidden(at, 'only cpu and memory resources for init or sidecar containers are mutable');
  const wantsRestart = now.restartPolicy !== 'Always' && now.resizePolicy?.some(({ restartPolicy }) => restartPolicy === 'RestartContainer');
  if (wantsRestart && !isSame('core.v1.Container', now, old)) errors.forbidden(at, 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized');
}

/** The container with cpu and memory of before. Claims are left out, so that a container that has some is never as it was: upstream resizes none. */
function withOldCompute(now: DeepReadonly<Container>, old: DeepReadonly<Container>): Container {
  const container = copyOf(now);
  const { limits, requests } = computeOf(now.resources, old.resources);
  container.resources = { ...(limits && { limits }), ...(requests && { requests }) };
  return container;
}

/** Resources with cpu and memory of `old`. */
function computeOf(now: Resources, old: Resources): ResourceRequirements {
  const result: ResourceRequirements = { ...(now?.claims && { claims: copyOf(now.claims) }) };
  for (const part of ['limits', 'requests'] as const) {
    const isCompute = ([name]: [string, unknown]): boolean => name === 'cpu' || name === 'memory';
    const others = Object.entries(now?.[part] ?? {}).filter((entry) => !isCompute(entry));
    const kept = Object.entries(old?.[part] ?? {}).filter(isCompute);
    if (others.length + kept.length > 0) result[part] = Object.fromEntries([...kept, ...others]);
  }
  return result;
}

function withOldResources(now: DeepReadonly<PodSpec>, old: DeepReadonly<PodSpec>): PodSpec {
  const spec = copyOf(now);
  for (const name of LISTS) {
    spec[name]?.forEach((container, i) => {
      const before = old[name]?.[i];
      if (before) container.resources = copyOf(before.resources);
    });
  }
  if (old.resources) spec.resources = copyOf(old.resources);
  else delete spec.resources;
  return spec;
}
