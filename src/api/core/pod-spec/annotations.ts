/**
 * Annotations that pods read: what was an annotation before it was a field must be well-formed and agree with the field.
 * Source: kubernetes pkg/apis/core/validation, ValidatePodSpecificAnnotations, validateSeccompAnnotationsAndFields, validateAppArmorAnnotationsAndFieldsMatchOnCreate.
 */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { Container, PodSpec, SeccompProfile, Toleration } from '../../generated/core-v1.ts';
import { readJson } from '../annotation-json.ts';
import { validateDescendingPath } from './paths.ts';
import { validateTolerations } from './scheduling.ts';

interface Annotated {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: DeepReadonly<PodSpec>;
}

export const MIRROR = 'kubernetes.io/config.mirror';
export const APP_ARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';
const LOCALHOST = 'localhost/';

interface Visited {
  readonly container: Pick<DeepReadonly<Container>, 'name' | 'securityContext'>;
  readonly path: FieldPath;
}

function containersOf(spec: DeepReadonly<PodSpec>, path: FieldPath): Visited[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, i) => ({ container, path: path.child(list).index(i) })));
}

/** `path` is that of the annotations. */
export function validatePodAnnotations({ metadata, spec }: Annotated, path: FieldPath, errors: FieldErrors): void {
  const annotations = metadata?.annotations;
  if (!annotations) return;
  const { [MIRROR]: mirror, [TOLERATIONS]: tolerations = '', [DELETION_COST]: cost, [SECCOMP_POD]: seccomp } = annotations;
  if (mirror !== undefined && !spec.nodeName) errors.invalid(path.key(MIRROR), mirror, 'must set spec.nodeName if mirror pod annotation is set');
  if (tolerations !== '') validateTolerationsText(tolerations, path, errors);
  if (cost !== undefined && !isDeletionCost(cost)) errors.invalid(path.key(DELETION_COST), cost, 'must be a 32bit integer');
  if (seccomp !== undefined) validateSeccompText(seccomp, path.child(SECCOMP_POD), errors);
  for (const key in annotations) if (key.startsWith(SECCOMP_PREFIX)) validateSeccompText(annotations[key] ?? '', path.child(key), errors);
  for (const key in annotations) if (key.startsWith(APP_ARMOR_PREFIX)) validateAppArmorText(key, annotations[key] ?? '', spec, path.key(key), errors);
}

function validateTolerationsText(text: string, path: FieldPath, errors: FieldErrors): void {
  const value = readJson(text, '[]core.Toleration', Array.isArray);
  if ('problem' in value) errors.invalid(path, TOLERATIONS, value.problem);
  else validateTolerations((value.found as unknown[]).map((one) => (isObject(one) ? one : {}) as Toleration), path.child(TOLERATIONS), errors);
}

/** As Go reads a number: `-0` and `+5` are fine, `05` is not. */
function isDeletionCost(value: string): boolean {
  return /^-?(0|[1-9][0-9]*)$/.test(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31;
}

function validateSeccompText(value: string, path: FieldPath, errors: FieldErrors): void {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(value)) return;
  if (value.startsWith(LOCALHOST)) validateDescendingPath(value.slice(LOCALHOST.length), path, errors);
  else errors.invalid(path, value, 'must be a valid seccomp profile');
}

function validateAppArmorText(key: string, value: string, spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const name = key.slice(APP_ARMOR_PREFIX.length);
  if (!containersOf(spec, path).some(({ container }) => container.name === name)) errors.invalid(path, name, 'container not found');
  const isKnown = ['', 'runtime/default', 'unconfined'].includes(value) || value.startsWith(LOCALHOST);
  if (!isKnown) errors.invalid(path, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`);
}

/** What is said twice must be said alike. `path` is that of the spec. */
export function validateProfilesMatch({ metadata, spec }: Annotated, path: FieldPath, errors: FieldErrors): void {
  const annotations = metadata?.annotations;
  if (!annotations || !saysProfiles(annotations)) return;
  const { securityContext, os } = spec;
  const compare = (what: string, profile: DeepReadonly<SeccompProfile> | undefined, text: string | undefined, at: FieldPath): void => {
    if (!profile || text === undefined) return;
    const unlike = mismatch(profile, text, what === 'seccomp');
    if (unlike) errors.forbidden(at.child(unlike), `${what} ${unlike === 'type' ? 'type' : 'profile'} in annotation and field must match`);
  };
  compare('seccomp', securityContext?.seccompProfile, annotations[SECCOMP_POD], path.child('securityContext', 'seccompProfile'));
  const all = containersOf(spec, path);
  for (const { container, path: at } of all) {
    compare('seccomp', container.securityContext?.seccompProfile, annotations[`${SECCOMP_PREFIX}${container.name}`], at.child('securityContext', 'seccompProfile'));
  }
  if (os?.name === 'windows') return;
  for (const { container, path: at } of all) {
    const profile = container.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
    compare('apparmor', profile, annotations[`${APP_ARMOR_PREFIX}${container.name}`], at.child('securityContext', 'appArmorProfile'));
  }
}

function saysProfiles(annotations: Readonly<Record<string, string>>): boolean {
  for (const key in annotations) if (key === SECCOMP_POD || key.startsWith(SECCOMP_PREFIX) || key.startsWith(APP_ARMOR_PREFIX)) return true;
  return false;
}

/** The field that says something else than the annotation. */
function mismatch({ type, localhostProfile }: DeepReadonly<SeccompProfile>, text: string, isSeccomp: boolean): 'type' | 'localhostProfile' | undefined {
  if (type === 'Unconfined') return text === 'unconfined' ? undefined : 'type';
  if (type === 'RuntimeDefault') return text === 'runtime/default' || (isSeccomp && text === 'docker/default') ? undefined : 'type';
  if (type !== 'Localhost') return undefined;
  if (!text.startsWith(LOCALHOST)) return 'type';
  return text.slice(LOCALHOST.length) === localhostProfile ? undefined : 'localhostProfile';
}

/** Neither the mirror mark nor AppArmor profiles may come, go or change. */
export function validatePodAnnotationUpdate(now: Annotated, old: Annotated, path: FieldPath, errors: FieldErrors): void {
  const [after, before] = [now.metadata?.annotations ?? {}, old.metadata?.annotations ?? {}];
  const isKept = (key: string): boolean => key === MIRROR || key.startsWith(APP_ARMOR_PREFIX);
  const text = (verb: string, key: string): string => `may not ${verb} ${key === MIRROR ? 'mirror pod annotation' : 'AppArmor annotations'}`;
  for (const key of Object.keys(before).filter(isKept)) if (after[key] !== before[key]) errors.forbidden(path.key(key), text('remove or update', key));
  for (const key of Object.keys(after).filter(isKept)) if (before[key] === undefined) errors.forbidden(path.key(key), text('add', key));
  validatePodAnnotations(now, path, errors);
}
