/** Security contexts. Source: kubernetes pkg/apis/core/validation, ValidateSecurityContext and validatePodSpecSecurityContext. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { addInvalid, isUnixId } from '../../../apimachinery/validation/values.ts';
import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext, Sysctl } from '../../generated/core-v1.ts';
import { goForm } from '../../go-form.ts';
import { validateDescendingPath } from './paths.ts';
import { validateWindowsOptions } from './windows-options.ts';

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const MAX_PROFILE_PATH = 4095;
const MAX_SYSCTL = 253;
const SYSCTL_PATTERN = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctlName = new RegExp(SYSCTL_PATTERN);
const fsGroupChangePolicies: ReadonlySet<string> = new Set(['Always', 'OnRootMismatch']);
const supplementalGroupsPolicies: ReadonlySet<string> = new Set(['Merge', 'Strict']);
/** The feature SELinuxMount, off in 1.36, would add MountOption. */
const seLinuxChangePolicies: ReadonlySet<string> = new Set(['Recursive']);

export function validateSecurityContext(
  context: DeepReadonly<SecurityContext> | undefined, sharesUsers: boolean, path: FieldPath, errors: FieldErrors,
): void {
  if (!context) return;
  const { runAsUser, runAsGroup, procMount, allowPrivilegeEscalation, privileged, capabilities } = context;
  if (runAsUser !== undefined) addInvalid(errors, path.child('runAsUser'), runAsUser, isUnixId(runAsUser));
  if (runAsGroup !== undefined) addInvalid(errors, path.child('runAsGroup'), runAsGroup, isUnixId(runAsGroup));
  if (procMount !== undefined) {
    if (!['Default', 'Unmasked'].includes(procMount)) errors.notSupported(path.child('procMount'), procMount, ['Default', 'Unmasked']);
    if (sharesUsers && procMount === 'Unmasked') errors.invalid(path.child('procMount'), procMount, '`hostUsers` must be false to use `Unmasked`');
  }
  validateSeccomp(context.seccompProfile, path.child('seccompProfile'), errors);
  if (allowPrivilegeEscalation === false) {
    const form = goForm('core.v1.SecurityContext', context);
    if (privileged) errors.invalid(path, form, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
    if (capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      errors.invalid(path, form, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
    }
  }
  validateWindowsOptions(context.windowsOptions, path.child('windowsOptions'), errors);
  validateAppArmor(context.appArmorProfile, path.child('appArmorProfile'), errors);
}

export function validatePodSecurity(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const context = spec.securityContext;
  if (!context) return;
  for (const name of ['fsGroup', 'runAsUser', 'runAsGroup'] as const) {
    const id = context[name];
    if (id !== undefined) addInvalid(errors, path.child(name), id, isUnixId(id));
  }
  context.supplementalGroups?.forEach((id, i) => {
    addInvalid(errors, path.child('supplementalGroups').index(i), id, isUnixId(id));
  });
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.invalid(path.child('shareProcessNamespace'), true, 'ShareProcessNamespace and HostPID cannot both be enabled');
  }
  validateSysctls(context.sysctls, spec, path.child('sysctls'), errors);
  oneOf(context.fsGroupChangePolicy, fsGroupChangePolicies, path.child('fsGroupChangePolicy'), errors);
  validateSeccomp(context.seccompProfile, path.child('seccompProfile'), errors);
  validateWindowsOptions(context.windowsOptions, path.child('windowsOptions'), errors);
  validateAppArmor(context.appArmorProfile, path.child('appArmorProfile'), errors);
  oneOf(context.supplementalGroupsPolicy, supplementalGroupsPolicies, path.child('supplementalGroupsPolicy'), errors);
  oneOf(context.seLinuxChangePolicy, seLinuxChangePolicies, path.child('seLinuxChangePolicy'), errors);
}

function oneOf(value: string | undefined, supported: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  if (value !== undefined && !supported.has(value)) errors.notSupported(path, value, supported);
}

function validateSysctls(sysctls: DeepReadonly<Sysctl[]> | undefined, spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  if (!sysctls) return;
  const seen = new Set<string>();
  sysctls.forEach(({ name }, i) => {
    const at = path.index(i).child('name');
    const isGood = name.length <= MAX_SYSCTL && sysctlName.test(name);
    if (name === '') errors.required(at);
    else if (!isGood) errors.invalid(at, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL_PATTERN}`);
    else if (seen.has(name)) errors.duplicate(at, name);
    const dotted = dottedSysctl(name);
    if (spec.hostNetwork && dotted.startsWith('net.')) errors.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    else if (spec.hostIPC && /^(kernel\.(shm|msg|sem$)|fs\.mqueue\.)/.test(dotted)) errors.invalid(at, name, "may not be specified when 'hostIPC' is true");
    seen.add(name);
  });
}

/** `net/ipv4/x` and `net.ipv4.x` are one; the first separator tells which way the name is written. */
function dottedSysctl(name: string): string {
  return /^[^.]*\//.test(name) ? name.replace(/[./]/g, (character) => (character === '/' ? '.' : '/')) : name;
}

function validateSeccomp(profile: DeepReadonly<SeccompProfile> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  if (type === '') errors.required(path.child('type'), 'type is required when seccompProfile is set');
  else if (!PROFILE_TYPES.includes(type)) errors.notSupported(path.child('type'), type, PROFILE_TYPES);
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.required(path.child('localhostProfile'), 'must be set when seccomp type is Localhost');
    else validateDescendingPath(localhostProfile, path.child('localhostProfile'), errors);
  } else if (localhostProfile !== undefined) {
    errors.invalid(path.child('localhostProfile'), goForm('core.v1.SeccompProfile', profile), 'can only be set when seccomp type is Localhost');
  }
}

export function validateAppArmor(profile: DeepReadonly<AppArmorProfile> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  const at = path.child('localhostProfile');
  if (type === '') errors.required(path.child('type'), 'type is required when appArmorProfile is set');
  else if (!PROFILE_TYPES.includes(type)) errors.notSupported(path.child('type'), type, PROFILE_TYPES);
  else if (type !== 'Localhost') {
    if (localhostProfile !== undefined) errors.invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost');
  } else if (localhostProfile === undefined || localhostProfile === '') errors.required(at, 'must be set when AppArmor type is Localhost');
  else {
    if (localhostProfile.trim() !== localhostProfile) errors.invalid(at, localhostProfile, 'must not be padded with whitespace');
    if (localhostProfile.length > MAX_PROFILE_PATH) errors.tooLong(at, MAX_PROFILE_PATH);
  }
}
