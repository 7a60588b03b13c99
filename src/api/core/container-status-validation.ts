/** What kubelets report of containers. Source: kubernetes pkg/apis/core/validation, validateContainerStatusUsers, validateContainerStatusAllocatedResourcesStatus. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { addInvalid, isUnixId } from '../../apimachinery/validation/values.ts';
import type { Container, ContainerStatus, Pod } from '../generated/core-v1.ts';

const healths: ReadonlySet<string> = new Set(['Healthy', 'Unhealthy', 'Unknown']);
const CLAIM = 'claim:';
const CLAIM_TEXT = "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
const REQUEST_TEXT = "must match one of the container's resource requests";

/** `path` is that of the pod's status. */
export function validateContainerStatuses({ spec, status }: DeepReadonly<Pod>, path: FieldPath, errors: FieldErrors): void {
  for (const name of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) {
    validateUsers(status[name], spec.os?.name ?? 'linux', path.child(name), errors);
  }
  validateAllocated(status.containerStatuses, spec.containers, path.child('containerStatuses'), errors);
  validateAllocated(status.initContainerStatuses, spec.initContainers, path.child('initContainerStatuses'), errors);
  status.ephemeralContainerStatuses?.forEach(({ allocatedResourcesStatus }, i) => {
    if ((allocatedResourcesStatus ?? []).length === 0) return;
    errors.forbidden(path.child('ephemeralContainerStatuses').index(i).child('allocatedResourcesStatus'), 'must not be specified in container status');
  });
}

function validateUsers(statuses: DeepReadonly<ContainerStatus[]> | undefined, system: string, path: FieldPath, errors: FieldErrors): void {
  statuses?.forEach(({ user }, i) => {
    const at = path.index(i).child('linux');
    if (!user?.linux) return;
    const { uid, gid, supplementalGroups } = user.linux;
    if (system === 'windows') return errors.forbidden(at, 'cannot be set for a windows pod');
    addInvalid(errors, at.child('uid'), uid, isUnixId(uid));
    addInvalid(errors, at.child('gid'), gid, isUnixId(gid));
    supplementalGroups?.forEach((group, j) => {
      addInvalid(errors, at.child('supplementalGroups').index(j), group, isUnixId(group));
    });
  });
}

function isAllocatedTo({ resources }: DeepReadonly<Container>, name: string): boolean {
  if (!name.startsWith(CLAIM)) return Object.hasOwn(resources?.requests ?? {}, name);
  return (resources?.claims ?? []).some((claim) => name === `${CLAIM}${claim.name}${claim.request ? `/${claim.request}` : ''}`);
}

function validateAllocated(
  statuses: DeepReadonly<ContainerStatus[]> | undefined, containers: DeepReadonly<Container[]> | undefined, path: FieldPath, errors: FieldErrors,
): void {
  statuses?.forEach(({ name, allocatedResourcesStatus }, i) => {
    const container = containers?.find((one) => one.name === name);
    allocatedResourcesStatus?.forEach((allocated, j) => {
      const at = path.index(i).child('allocatedResourcesStatus').index(j);
      const isFound = !container || isAllocatedTo(container, allocated.name);
      if (!isFound) errors.invalid(at.child('name'), allocated.name, allocated.name.startsWith(CLAIM) ? CLAIM_TEXT : REQUEST_TEXT);
      const seen = new Set<string>();
      allocated.resources?.forEach(({ health = '', resourceID }, k) => {
        if (!healths.has(health)) errors.notSupported(at.child('resources').index(k).child('health'), health, healths);
        if (seen.has(resourceID)) errors.duplicate(at.child('resources').index(k).child('resourceID'), resourceID);
        seen.add(resourceID);
      });
    });
  });
}
