/** What Linux and Windows pods may not say. Source: kubernetes pkg/apis/core/validation, validateLinux, validateWindows, validateWindowsHostProcessPod. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { PodSpec, SecurityContext } from '../../generated/core-v1.ts';

const WINDOWS_TEXT = 'cannot be set for a windows pod';
const systems: ReadonlySet<string> = new Set(['linux', 'windows']);
/** In the order in which they are told; those of the first list stand on the spec itself, though Kubernetes keeps them in the security context. */
const onSpec: ReadonlySet<string> = new Set(['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace']);
const onPod = [
  'appArmorProfile', 'seLinuxOptions', 'hostUsers', 'hostPID', 'hostIPC', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls',
  'shareProcessNamespace', 'runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy',
] as const;
const onContainerContext = [
  'appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation', 'procMount',
  'runAsUser', 'runAsGroup',
] as const;

const SORTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

interface Visited {
  readonly context: DeepReadonly<SecurityContext> | undefined;
  readonly path: FieldPath;
}

function contexts(spec: DeepReadonly<PodSpec>, path: FieldPath): Visited[] {
  return SORTS.flatMap((name) =>
    (spec[name] ?? []).map((container, i) => ({ context: container.securityContext, path: path.child(name).index(i).child('securityContext') })));
}

export function validateOs(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const name = spec.os?.name;
  if (name === undefined) return;
  if (name === '') errors.required(path.child('os', 'name'));
  else if (!systems.has(name)) errors.notSupported(path.child('os'), name, systems);
  else if (name === 'linux') validateLinux(spec, path, errors);
  else validateWindows(spec, path, errors);
}

function validateLinux(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const text = 'windows options cannot be set for a linux pod';
  if (spec.securityContext?.windowsOptions) errors.forbidden(path.child('securityContext', 'windowsOptions'), text);
  for (const { context, path: at } of contexts(spec, path)) if (context?.windowsOptions) errors.forbidden(at.child('windowsOptions'), text);
}

function validateWindows(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const said: Readonly<Record<string, unknown>> = {
    ...spec.securityContext, hostUsers: spec.hostUsers, shareProcessNamespace: spec.shareProcessNamespace,
    hostPID: spec.hostPID || undefined, hostIPC: spec.hostIPC || undefined, sysctls: spec.securityContext?.sysctls?.length ? true : undefined,
  };
  for (const name of onPod) if (said[name] !== undefined) errors.forbidden(onSpec.has(name) ? path.child(name) : path.child('securityContext', name), WINDOWS_TEXT);
  for (const { context, path: at } of contexts(spec, path)) {
    for (const name of onContainerContext) if (context?.[name] !== undefined) errors.forbidden(at.child(name), WINDOWS_TEXT);
  }
}

/** Containers in the host's own process space stand together or not at all. */
export function validateHostProcess(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  if (ofPod === undefined && !SORTS.some((name) => spec[name]?.some((container) => container.securityContext?.windowsOptions))) return;
  const all = contexts(spec, path);
  let count = 0;
  for (const { context, path: at } of all) {
    const own = context?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && own !== ofPod) {
      errors.invalid(at.child('windowsOptions', 'hostProcess'), own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`);
    }
    if (own ?? ofPod) count++;
  }
  if (count === 0) return;
  if (count !== all.length) errors.invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers');
  if (!spec.hostNetwork) errors.invalid(path.child('hostNetwork'), false, 'hostNetwork must be true if pod contains any hostProcess containers');
}
