/** Rules of pods beyond those of their templates, and of their updates. Source: kubernetes pkg/apis/core/validation, ValidatePodCreate and ValidatePodUpdate. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import { jsonDiff } from '../../apimachinery/line-diff.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { jsonEqual } from '../../apimachinery/patch/json.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { betweenText, MAX_INT32 } from '../../apimachinery/validation/values.ts';
import type { Container, NodeAffinity, NodeSelectorTerm, Pod, PodSchedulingGate, PodSpec, Toleration } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { validatePodAnnotations, validatePodAnnotationUpdate, validateProfilesMatch } from './pod-spec/annotations.ts';
import { validateImagePadding } from './pod-spec/containers.ts';
import { validateTolerations } from './pod-spec/scheduling.ts';
import { validatePodSpec } from './pod-spec/validation.ts';

const METADATA = FieldPath.of('metadata');
const SPEC = FieldPath.of('spec');
const ADDITIONS_TEXT = 'only additions are allowed (no mutations or deletions)';
const UPDATES_TEXT =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What holds for a pod whenever it is written. */
export function validatePod(pod: DeepReadonly<Pod>, errors: FieldErrors): void {
  const { spec } = pod;
  validatePodAnnotations(pod, METADATA.child('annotations'), errors);
  validatePodSpec(spec, pod.metadata, SPEC, errors);
  if (!spec.serviceAccountName) {
    spec.volumes?.forEach((volume, i) => {
      volume.projected?.sources?.forEach(({ serviceAccountToken }, j) => {
        if (!serviceAccountToken) return;
        const at = SPEC.child('volumes').index(i).child('projected', 'sources').index(j).child('serviceAccountToken');
        errors.forbidden(at, 'must not be specified when serviceAccountName is not set');
      });
    });
  }
  for (const name of ['containers', 'initContainers'] as const) {
    spec[name]?.forEach((container, i) => {
      validateImagePadding(container, SPEC.child(name).index(i), errors);
    });
  }
}

export function validatePodCreate(pod: DeepReadonly<Pod>, errors: FieldErrors): void {
  const { spec } = pod;
  if ((spec.ephemeralContainers ?? []).length > 0) errors.forbidden(SPEC.child('ephemeralContainers'), 'cannot be set on create');
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    errors.forbidden(SPEC.child('nodeName'), 'cannot be set until all schedulingGates have been cleared');
  }
  validateProfilesMatch(pod, SPEC, errors);
}

export function validatePodUpdate(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>, errors: FieldErrors): void {
  validatePodAnnotationUpdate(pod, old, METADATA.child('annotations'), errors);
  for (const name of ['containers', 'initContainers'] as const) {
    if (!validateContainerUpdates(pod.spec[name] ?? [], old.spec[name] ?? [], SPEC.child(name), errors)) return;
  }
  if (!validateDeadlineUpdate(pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds, SPEC.child('activeDeadlineSeconds'), errors)) return;
  validateAddedTolerations(pod.spec.tolerations ?? [], old.spec.tolerations ?? [], SPEC.child('tolerations'), errors);
  validateDeletedGates(pod.spec.schedulingGates ?? [], old.spec.schedulingGates ?? [], SPEC.child('schedulingGates'), errors);
  if (jsonEqual(pod.spec, old.spec)) return;
  const before = goForm('core.v1.PodSpec', old.spec);
  if (JSON.stringify(goForm('core.v1.PodSpec', pod.spec)) === JSON.stringify(before)) return;
  const after = goForm('core.v1.PodSpec', withoutAllowedChanges(pod.spec, old.spec, errors));
  if (JSON.stringify(after) !== JSON.stringify(before)) errors.forbidden(SPEC, `${UPDATES_TEXT}\n${jsonDiff(before, after)}`);
}

/** Whether what follows is worth a look. */
function validateContainerUpdates(now: DeepReadonly<Container[]>, old: DeepReadonly<Container[]>, path: FieldPath, errors: FieldErrors): boolean {
  if (now.length !== old.length) {
    errors.forbidden(path, 'pod updates may not add or remove containers');
    return false;
  }
  now.forEach((container, i) => {
    if (!container.image) errors.required(path.index(i).child('image'));
    validateImagePadding(container, path.index(i), errors);
  });
  return true;
}

function validateDeadlineUpdate(now: number | undefined, old: number | undefined, path: FieldPath, errors: FieldErrors): boolean {
  if (now === undefined) {
    if (old !== undefined) errors.invalid(path, null, 'must not update from a positive integer to nil value');
    return true;
  }
  if (now < 0 || now > MAX_INT32) errors.invalid(path, now, betweenText(0, MAX_INT32));
  else if (old !== undefined && old < now) errors.invalid(path, now, 'must be less than or equal to previous value');
  else return true;
  return false;
}

function validateAddedTolerations(now: DeepReadonly<Toleration[]>, old: DeepReadonly<Toleration[]>, path: FieldPath, errors: FieldErrors): void {
  const key = (one: DeepReadonly<Toleration>): string => JSON.stringify([one.key ?? '', one.operator ?? '', one.value ?? '', one.effect ?? '']);
  const kept = new Set(now.map(key));
  if (old.some((one) => !kept.has(key(one)))) return errors.forbidden(path, 'existing toleration can not be modified except its tolerationSeconds');
  validateTolerations(now, path, errors);
}

function validateDeletedGates(now: DeepReadonly<PodSchedulingGate[]>, old: DeepReadonly<PodSchedulingGate[]>, path: FieldPath, errors: FieldErrors): void {
  const known = new Set(old.map((gate) => gate.name));
  now.forEach(({ name }, i) => {
    if (!known.has(name)) errors.forbidden(path.index(i).child('name'), `only deletion is allowed, but found new scheduling gate '${name}'`);
  });
}

/** The new spec with the old values where a change is fine or has been judged already. */
function withoutAllowedChanges(now: DeepReadonly<PodSpec>, old: DeepReadonly<PodSpec>, errors: FieldErrors): PodSpec {
  const spec = copyOf(now);
  const before = copyOf(old);
  for (const name of ['containers', 'initContainers'] as const) {
    spec[name]?.forEach((container, i) => {
      const image = before[name]?.[i]?.image;
      if (image === undefined) delete container.image;
      else container.image = image;
    });
  }
  takeBack(spec, before, 'activeDeadlineSeconds', 'schedulingGates', 'tolerations');
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) takeBack(spec, before, 'terminationGracePeriodSeconds');
  if ((before.schedulingGates ?? []).length > 0) takeBackGated(spec, before, errors);
  return spec;
}

function takeBack(spec: PodSpec, old: PodSpec, ...names: (keyof PodSpec)[]): void {
  for (const name of names) {
    if (old[name] === undefined) delete (spec as Partial<PodSpec>)[name];
    else Object.assign(spec, { [name]: old[name] });
  }
}

/** While gates hold a pod up, its choice of nodes may be narrowed. */
function takeBackGated(spec: PodSpec, old: PodSpec, errors: FieldErrors): void {
  const lost = Object.entries(old.nodeSelector ?? {}).some(([key, value]) => spec.nodeSelector?.[key] !== value);
  if (lost) errors.invalid(SPEC.child('nodeSelector'), spec.nodeSelector ?? null, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)');
  takeBack(spec, old, 'nodeSelector');
  const now = spec.affinity?.nodeAffinity;
  const before = old.affinity?.nodeAffinity;
  if (JSON.stringify(now) === JSON.stringify(before)) return;
  validateNarrowedAffinity(now, before, SPEC.child('affinity', 'nodeAffinity'), errors);
  const { nodeAffinity: _, ...others } = spec.affinity ?? {};
  spec.affinity = before ? { ...others, nodeAffinity: before } : others;
  if (!old.affinity && Object.keys(spec.affinity).length === 0) delete spec.affinity;
}

function validateNarrowedAffinity(now: NodeAffinity | undefined, old: NodeAffinity | undefined, path: FieldPath, errors: FieldErrors): void {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const before = old?.[required]?.nodeSelectorTerms ?? [];
  if (before.length === 0) return;
  const terms = now?.[required]?.nodeSelectorTerms ?? [];
  const at = path.child(required, 'nodeSelectorTerms');
  if (terms.length !== before.length) return errors.invalid(at, terms.length === 0 ? null : terms.map((term) => goForm('core.v1.NodeSelectorTerm', term)), 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
  terms.forEach((term, i) => {
    const isNarrower = (isEmptyTerm(term) || !isEmptyTerm(before[i])) && hasAll(term.matchExpressions, before[i]?.matchExpressions) && hasAll(term.matchFields, before[i]?.matchFields);
    if (!isNarrower) errors.invalid(at.index(i), goForm('core.v1.NodeSelectorTerm', term), ADDITIONS_TEXT);
  });
}

/** Matches no node, and must not begin to. */
function isEmptyTerm(term: NodeSelectorTerm | undefined): boolean {
  return (term?.matchExpressions ?? []).length === 0 && (term?.matchFields ?? []).length === 0;
}

function hasAll(now: NodeSelectorTerm['matchExpressions'], old: NodeSelectorTerm['matchExpressions']): boolean {
  return (old ?? []).every((one, i) => JSON.stringify(now?.[i]) === JSON.stringify(one));
}
