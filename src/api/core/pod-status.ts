/** Updates of a pod's status, which its kubelet and the scheduler write. Source: kubernetes pkg/registry/core/pod/strategy.go, pkg/apis/core/validation, ValidatePodStatusUpdate. */
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { ipFamilyOf, isValidIP } from '../../apimachinery/validation/ip.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { ContainerStatus, Pod, PodStatus } from '../generated/core-v1.ts';
import type { StatusStrategy } from '../kind.ts';
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
    if (status.nominatedNodeName) addInvalid(errors, STATUS.child('nominatedNodeName'), status.nominatedNodeName, isDns1123Subdomain(status.nominatedNodeName));
    for (const name of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) {
      validateTransitions(status[name] ?? [], old.status[name] ?? [], pod, STATUS.child(name), errors);
    }
    if (old.status.qosClass !== undefined && status.qosClass !== old.status.qosClass) errors.invalid(STATUS.child('qosClass'), status.qosClass, 'field is immutable');
    validateIps(status.podIPs, 'podIPs', errors);
    validateIps(status.hostIPs, 'hostIPs', errors);
  },
};

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

function validateIps(ips: readonly { readonly ip: string }[] | undefined, name: string, errors: FieldErrors): void {
  const path = STATUS.child(name);
  const all = ips ?? [];
  all.forEach(({ ip }, i) => {
    addInvalid(errors, path.index(i), ip, isValidIP(ip));
  });
  const addresses = all.map(({ ip }) => ip);
  const families = new Set(addresses.map(ipFamilyOf));
  if (all.length > 1 && families.size < 2) errors.invalid(path, addresses, 'may specify no more than one IP for each IP family');
  all.forEach(({ ip }, i) => {
    if (addresses.indexOf(ip) < i) errors.duplicate(path.index(i), ip);
  });
}
