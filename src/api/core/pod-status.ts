/** Updates of a pod's status, which its kubelet and the scheduler write. Source: kubernetes pkg/registry/core/pod/strategy.go, pkg/apis/core/validation, ValidatePodStatusUpdate. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { ipFamilyOf, isValidIP } from '../../apimachinery/validation/ip.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { ContainerStatus, Pod, PodStatus } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import type { StatusStrategy } from '../kind.ts';
import { validateContainerStatuses } from './container-status-validation.ts';
import { validatePodAnnotationUpdate } from './pod-spec/annotations.ts';
import { keepSpec } from '../status-fields.ts';

const STATUS = FieldPath.of('status');

/** `podIP` is the first of `podIPs`; where they differ, the former tells. */
export function mirrorPodIp(status: PodStatus): void {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.[0]) status.podIP = status.podIPs[0].ip;
}

export const podStatusStrategy: StatusStrategy<Pod> = {
  prepareForUpdate(pod, old) {
    keepSpec(pod, old);
    const { metadata } = pod;
    delete metadata.ownerReferences;
    if (old.metadata.ownerReferences) metadata.ownerReferences = copyOf(old.metadata.ownerReferences) as NonNullable<typeof metadata.ownerReferences>;
    if (pod.status.qosClass === undefined && old.status.qosClass !== undefined) pod.status.qosClass = old.status.qosClass;
  },
  validateUpdate(pod, old, errors) {
    const { status } = pod;
    validatePodAnnotationUpdate(pod, old, FieldPath.of('metadata.annotations'), errors);
    status.conditions?.forEach(({ type }, i) => {
      // The path is that of the rule's first draft.
      if (!systemConditions.has(type)) addInvalid(errors, FieldPath.of('metadata.conditions').index(i).child('Type'), type, isQualifiedName(type));
    });
    const { nominatedNodeName } = status;
    if (nominatedNodeName && nominatedNodeName !== old.status.nominatedNodeName) addInvalid(errors, STATUS.child('nominatedNodeName'), nominatedNodeName, isDns1123Subdomain(nominatedNodeName));
    if ((status.qosClass ?? '') !== (old.status.qosClass ?? '')) errors.invalid(STATUS.child('qosClass'), status.qosClass ?? '', IMMUTABLE);
    for (const name of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) {
      validateTransitions(status[name] ?? [], old.status[name] ?? [], pod, STATUS.child(name), errors);
    }
    validateClaimStatuses(pod, STATUS.child('resourceClaimStatuses'), errors);
    validateIps(status.podIPs, 'podIPs', 'core.v1.PodIP', errors);
    const first = status.hostIPs?.[0];
    if (first && first.ip !== (status.hostIP ?? '')) errors.invalid(STATUS.child('hostIPs').index(0).child('ip'), first.ip, 'must be equal to `hostIP`');
    validateIps(status.hostIPs, 'hostIPs', 'core.v1.HostIP', errors);
    validateContainerStatuses(pod, STATUS, errors);
  },
};

const systemConditions: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized']);

function validateClaimStatuses({ spec, status }: DeepReadonly<Pod>, path: FieldPath, errors: FieldErrors): void {
  const seen = new Set<string>();
  status.resourceClaimStatuses?.forEach(({ name, resourceClaimName }, i) => {
    const at = path.index(i).child('name');
    if (!spec.resourceClaims?.some((claim) => claim.name === name)) errors.invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`');
    if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
    if (resourceClaimName !== undefined) addInvalid(errors, at, resourceClaimName, isDns1123Subdomain(resourceClaimName));
  });
}

/** A container that has ended for good does not run again. */
function validateTransitions(
  now: DeepReadonly<ContainerStatus[]>, old: DeepReadonly<ContainerStatus[]>, { spec }: DeepReadonly<Pod>, path: FieldPath, errors: FieldErrors,
): void {
  old.forEach((before) => {
    const { terminated } = before.state ?? {};
    const container = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].find((one) => one.name === before.name);
    const policy = container?.restartPolicy ?? spec.restartPolicy;
    const isPinned = (container?.restartPolicyRules ?? []).length === 0;
    if (!terminated || policy === 'Always' || !isPinned || (policy === 'OnFailure' && terminated.exitCode !== 0)) return;
    const i = now.findIndex((one) => one.name === before.name);
    if (i >= 0 && !now[i]?.state?.terminated) errors.forbidden(path.index(i).child('state'), 'may not be transitioned to non-terminated state');
  });
}

/** `message` is the address's in the catalogue: messages show it as memory has it. */
function validateIps(ips: readonly { readonly ip: string }[] | undefined, name: string, message: string, errors: FieldErrors): void {
  const path = STATUS.child(name);
  const all = ips ?? [];
  all.forEach(({ ip }, i) => {
    addInvalid(errors, path.index(i), ip, isValidIP(ip));
  });
  if (all.length < 2) return;
  const families = new Set(all.map(({ ip }) => ipFamilyOf(ip)));
  if (all.length > 2 || families.size < 2) errors.invalid(path, all.map((one) => goForm(message, one)), 'may specify no more than one IP for each IP family');
  all.forEach((one, i) => {
    if (all.findIndex(({ ip }) => ip === one.ip) < i) errors.duplicate(path.index(i), goForm(message, one));
  });
}
