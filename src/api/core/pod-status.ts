/** Updates of a pod's status, which its kubelet and the scheduler write. Source: kubernetes pkg/registry/core/pod/strategy.go, pkg/apis/core/validation, ValidatePodStatusUpdate. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { ipFamilyOf, isValidIP, lenientIP, spellingWarnings } from '../../apimachinery/validation/ip.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { Pod, PodStatus } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import type { StatusStrategy } from '../kind.ts';
import { validateContainerStatuses } from './container-status-validation.ts';
import { validateTransitions } from './container-transitions.ts';
import { validateClaimStatuses, validateExtendedClaimStatus } from './pod-claim-status.ts';
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
    delete metadata.deletionTimestamp;
    if (old.metadata.deletionTimestamp !== undefined) metadata.deletionTimestamp = old.metadata.deletionTimestamp;
    delete metadata.ownerReferences;
    if (old.metadata.ownerReferences) metadata.ownerReferences = copyOf(old.metadata.ownerReferences) as NonNullable<typeof metadata.ownerReferences>;
    if (pod.status.qosClass === undefined && old.status.qosClass !== undefined) pod.status.qosClass = old.status.qosClass;
    keepObservedGenerations(pod.status, old.status);
  },
  validateUpdate(pod, old, errors) {
    const { status } = pod;
    validatePodAnnotationUpdate(pod, old, FieldPath.of('metadata.annotations'), errors);
    status.conditions?.forEach(({ type, observedGeneration }, i) => {
      const at = STATUS.child('conditions').index(i);
      validateGeneration(observedGeneration, at, errors);
      if (!systemConditions.has(type)) addInvalid(errors, at.child('Type'), type, isQualifiedName(type));
    });
    const { nominatedNodeName } = status;
    if (nominatedNodeName && nominatedNodeName !== old.status.nominatedNodeName) {
      const at = STATUS.child('nominatedNodeName');
      addInvalid(errors, at, nominatedNodeName, isDns1123Subdomain(nominatedNodeName));
      if (old.spec.nodeName) errors.forbidden(at, 'may not be set on pods that are already bound to a node');
    }
    validateGeneration(status.observedGeneration, STATUS, errors);
    if ((status.qosClass ?? '') !== (old.status.qosClass ?? '')) errors.invalid(STATUS.child('qosClass'), status.qosClass ?? '', IMMUTABLE);
    validateTransitions(pod, old, STATUS, errors);
    validateClaimStatuses(pod, STATUS.child('resourceClaimStatuses'), errors);
    validateExtendedClaimStatus(pod, STATUS.child('extendedResourceClaimStatus'), errors);
    validateIps(status.podIPs, 'podIPs', 'core.v1.PodIP', errors);
    const first = status.hostIPs?.[0];
    if (first && first.ip !== (status.hostIP ?? '')) errors.invalid(STATUS.child('hostIPs').index(0).child('ip'), first.ip, 'must be equal to `hostIP`');
    validateIps(status.hostIPs, 'hostIPs', 'core.v1.HostIP', errors);
    validateContainerStatuses(pod, STATUS, errors);
    for (const name of ['podIPs', 'hostIPs'] as const) {
      status[name]?.forEach(({ ip }, i) => errors.warnings.push(...spellingWarnings(ip, STATUS.child(name).index(i).child('ip'))));
    }
  },
};

const systemConditions: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized']);

function validateGeneration(generation: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (generation !== undefined && generation < 0) errors.invalid(path.child('observedGeneration'), generation, 'must be a non-negative integer');
}

/** A client that does not know of these numbers takes none away. Several conditions may have one type: they are told apart by their order. */
function keepObservedGenerations(status: PodStatus, old: DeepReadonly<PodStatus>): void {
  if (!status.observedGeneration && old.observedGeneration) status.observedGeneration = old.observedGeneration;
  const left = [...(old.conditions ?? [])];
  for (const condition of status.conditions ?? []) {
    const i = left.findIndex(({ type }) => type === condition.type);
    const [before] = i < 0 ? [] : left.splice(i, 1);
    if (!condition.observedGeneration && before?.observedGeneration) condition.observedGeneration = before.observedGeneration;
  }
}

/** `message` is the address's in the catalogue: messages show it as memory has it. */
function validateIps(ips: readonly { readonly ip: string }[] | undefined, name: string, message: string, errors: FieldErrors): void {
  const path = STATUS.child(name);
  const all = ips ?? [];
  all.forEach(({ ip }, i) => {
    addInvalid(errors, path.index(i), ip, isValidIP(ip));
  });
  if (all.length < 2) return;
  const read = all.map(({ ip }) => lenientIP(ip));
  const bad = read.indexOf(undefined);
  if (bad >= 0) errors.internal(path, `failed to check for dual stack with error:invalid IP[${bad}]: ${all[bad]?.ip}`);
  const families = new Set(read.map((ip) => ipFamilyOf(ip ?? '')));
  if (all.length > 2 || families.size < 2 || bad >= 0) errors.invalid(path, all.map((one) => goForm(message, one)), 'may specify no more than one IP for each IP family');
}
