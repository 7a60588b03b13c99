/** A pod's spec as a whole, in pods and in templates. Source: kubernetes pkg/apis/core/validation, ValidatePodSpec and ValidatePodTemplateSpec. */
import type { DeepReadonly, ObjectMeta } from '../../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../../apimachinery/validation/field-errors.ts';
import { validateAnnotations, validateLabels } from '../../../apimachinery/validation/labels.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../../apimachinery/validation/names.ts';
import { addInvalid, betweenText, MAX_INT32 } from '../../../apimachinery/validation/values.ts';
import type { PodResourceClaim, PodSpec, PodTemplateSpec } from '../../generated/core-v1.ts';
import { goForm } from '../../go-form.ts';
import { validateAffinity } from './affinity.ts';
import { MIRROR, validatePodAnnotations, validateProfilesMatch } from './annotations.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers, type PodScope } from './containers.ts';
import { validateEnvFileVolumes } from './env.ts';
import { validateDnsConfig, validateDnsPolicy, validateHostAliases } from './dns.ts';
import { validateHostProcess, validateOs } from './operating-system.ts';
import { validatePodResources } from './pod-resources.ts';
import { validateResources } from './resources.ts';
import { validateReadinessGates, validateSchedulingGates, validateSpreadConstraints, validateTolerations } from './scheduling.ts';
import { validatePodSecurity } from './security-context.ts';
import { validateVolumes } from './volumes.ts';

const NO_NAMES: ReadonlySet<string> = new Set();
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never'];
const MAX_HOSTNAME = 64;

/** `metadata` is that of a pod; undefined for templates. */
export function validatePodSpec(spec: DeepReadonly<PodSpec>, metadata: DeepReadonly<ObjectMeta> | undefined, path: FieldPath, errors: FieldErrors): void {
  const volumes = validateVolumes(spec.volumes, metadata?.name, path.child('volumes'), errors);
  const claimNames: ReadonlySet<string> = !spec.resourceClaims ? NO_NAMES : new Set(spec.resourceClaims.map((claim) => claim.name).filter((name) => name !== ''));
  const scope: PodScope = { spec, volumes, claimNames };
  if (spec.resourceClaims) validateResourceClaims(spec.resourceClaims, metadata?.annotations?.[MIRROR] !== undefined, path.child('resourceClaims'), errors);
  validateContainers(scope, path.child('containers'), errors);
  if (spec.initContainers) validateInitContainers(scope, path.child('initContainers'), errors);
  if (spec.ephemeralContainers) validateEphemeralContainers(scope, path.child('ephemeralContainers'), errors);
  if (spec.resources) validatePodResources(spec, claimNames, path.child('resources'), errors);
  if (spec.hostNetwork) validateHostPorts(spec, metadata !== undefined, path.child('containers'), errors);
  validateRestartPolicy(spec.restartPolicy, path.child('restartPolicy'), errors);
  validateDnsPolicy(spec.dnsPolicy, path.child('dnsPolicy'), errors);
  if (spec.nodeSelector) validateLabels(spec.nodeSelector, path.child('nodeSelector'), errors);
  if (spec.securityContext) validatePodSecurity(spec, path.child('securityContext'), errors);
  if (spec.affinity) validateAffinity(spec.affinity, path.child('affinity'), errors);
  validateDnsConfig(spec, path.child('dnsConfig'), errors);
  if (spec.readinessGates) validateReadinessGates(spec.readinessGates, path.child('readinessGates'), errors);
  if (spec.schedulingGates) validateSchedulingGates(spec.schedulingGates, path.child('schedulingGates'), errors);
  if (spec.topologySpreadConstraints) validateSpreadConstraints(spec.topologySpreadConstraints, path.child('topologySpreadConstraints'), errors);
  validateHostProcess(spec, path, errors);
  validateHostUsers(spec, path, errors);
  validateHostnameOverride(spec, path.child('hostnameOverride'), errors);
  validateNames(spec, path, errors);
  if (spec.tolerations) validateTolerations(spec.tolerations, path.child('tolerations'), errors);
  if (spec.hostAliases) validateHostAliases(spec.hostAliases, path.child('hostAliases'), errors);
  validatePolicies(spec, path, errors);
  validateOs(spec, path, errors);
  validateEnvFileVolumes(spec, path, errors);
}

function validateRestartPolicy(policy: string | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!policy) errors.required(path);
  else if (!RESTART_POLICIES.includes(policy)) errors.notSupported(path, policy, RESTART_POLICIES);
}

function validateResourceClaims(claims: DeepReadonly<PodResourceClaim[]>, isStatic: boolean, path: FieldPath, errors: FieldErrors): void {
  const seen = new Set<string>();
  claims.forEach((claim, i) => {
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    const at = path.index(i);
    if (isStatic) return errors.forbidden(FieldPath.root, 'static pods do not support resource claims');
    if (!name) errors.required(at.child('name'));
    else if (seen.has(name)) errors.duplicate(at.child('name'), name);
    else addInvalid(errors, at.child('name'), name, isDns1123Label(name));
    seen.add(name);
    const form = goForm('core.v1.PodResourceClaim', claim);
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      errors.invalid(at, form, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified');
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      errors.invalid(at, form, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    }
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[field];
      if (value !== undefined) addInvalid(errors, at.child(field), value, isDns1123Subdomain(value));
    }
  });
}

/** On the host's network a container's port is the host's; what a template leaves open is filled in when its pods are made. */
function validateHostPorts({ hostNetwork, containers }: DeepReadonly<PodSpec>, isPod: boolean, path: FieldPath, errors: FieldErrors): void {
  if (!hostNetwork) return;
  containers?.forEach((container, i) => {
    container.ports?.forEach(({ containerPort, hostPort = 0 }, j) => {
      if ((!isPod && hostPort === 0) || hostPort === containerPort) return;
      errors.invalid(path.index(i).child('ports').index(j).child('hostPort'), hostPort, 'must match `containerPort` when `hostNetwork` is true');
    });
  });
}

/** Devices cannot be mapped to users of the pod's own. */
function validateHostUsers(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const { hostUsers, hostNetwork, hostPID, hostIPC } = spec;
  if (hostUsers !== false) return;
  const text = 'when `hostUsers` is false';
  if (hostNetwork) errors.forbidden(path.child('hostNetwork'), text);
  if (hostPID) errors.forbidden(path.child('HostPID'), text);
  if (hostIPC) errors.forbidden(path.child('HostIPC'), text);
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    spec[list]?.forEach(({ volumeDevices }, i) => {
      if ((volumeDevices ?? []).length > 0) errors.forbidden(path.child(list).index(i).child('volumeDevices'), text);
    });
  }
}

function validateNames(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const { activeDeadlineSeconds } = spec;
  for (const name of ['serviceAccountName', 'nodeName'] as const) {
    const value = spec[name];
    if (value) addInvalid(errors, path.child(name), value, isDns1123Subdomain(value));
  }
  if (activeDeadlineSeconds !== undefined && (activeDeadlineSeconds < 1 || activeDeadlineSeconds > MAX_INT32)) {
    errors.invalid(path.child('activeDeadlineSeconds'), activeDeadlineSeconds, betweenText(1, MAX_INT32));
  }
  for (const name of ['hostname', 'subdomain'] as const) {
    const value = spec[name];
    if (value) addInvalid(errors, path.child(name), value, isDns1123Label(value));
  }
}

function validateHostnameOverride({ hostnameOverride, hostNetwork, setHostnameAsFQDN }: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  if (hostnameOverride === undefined) return;
  if (setHostnameAsFQDN) errors.forbidden(path, 'may not be specified when setHostnameAsFQDN is true');
  if (hostNetwork) errors.forbidden(path, 'may not be specified when hostNetwork is true');
  if (hostnameOverride.length > MAX_HOSTNAME) errors.tooLong(path, MAX_HOSTNAME);
  addInvalid(errors, path, hostnameOverride, isDns1123Subdomain(hostnameOverride));
}

function validatePolicies(spec: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  const { priorityClassName, runtimeClassName, preemptionPolicy, overhead } = spec;
  if (priorityClassName) addInvalid(errors, path.child('priorityClassName'), priorityClassName, isDns1123Subdomain(priorityClassName));
  if (runtimeClassName !== undefined) addInvalid(errors, path.child('runtimeClassName'), runtimeClassName, isDns1123Subdomain(runtimeClassName));
  if (preemptionPolicy === '') errors.required(path.child('preemptionPolicy'));
  else if (preemptionPolicy !== undefined && !PREEMPTION_POLICIES.includes(preemptionPolicy)) {
    errors.notSupported(path.child('preemptionPolicy'), preemptionPolicy, PREEMPTION_POLICIES);
  }
  if (overhead) validateResources({ limits: overhead }, new Set(), path.child('overhead'), errors);
}

/** A template of workloads: metadata that pods get, and their spec. */
export function validatePodTemplateSpec(template: DeepReadonly<PodTemplateSpec>, path: FieldPath, errors: FieldErrors): void {
  validateLabels(template.metadata?.labels, path.child('labels'), errors);
  validateAnnotations(template.metadata?.annotations, path.child('annotations'), errors);
  validatePodAnnotations(template, path.child('annotations'), errors);
  validatePodSpec(template.spec, undefined, path.child('spec'), errors);
  validateProfilesMatch(template, path.child('spec'), errors);
  if ((template.spec.ephemeralContainers ?? []).length > 0) {
    errors.forbidden(path.child('spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template');
  }
}
