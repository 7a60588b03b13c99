/** What a pod's status says of its claims of devices. Source: kubernetes pkg/apis/core/validation, validatePodResourceClaimStatuses and validatePodExtendedResourceClaimStatus. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { Pod } from '../generated/core-v1.ts';

const NO_CONTAINER = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
const NO_REQUEST = 'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';

export function validateClaimStatuses({ spec, status }: DeepReadonly<Pod>, path: FieldPath, errors: FieldErrors): void {
  const seen = new Set<string>();
  status.resourceClaimStatuses?.forEach(({ name, resourceClaimName }, i) => {
    const at = path.index(i).child('name');
    if (!spec.resourceClaims?.some((claim) => claim.name === name)) errors.invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`');
    if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
    if (resourceClaimName !== undefined) addInvalid(errors, at, resourceClaimName, isDns1123Subdomain(resourceClaimName));
  });
}

/** A list of which nothing is said is null, not absent. */
function entries<T>(list: readonly T[] | null): readonly T[] {
  return list ?? [];
}

/** The claim that stands for the extended resources of containers: which request of it is for which of them. */
export function validateExtendedClaimStatus({ spec, status }: DeepReadonly<Pod>, path: FieldPath, errors: FieldErrors): void {
  if (!status.extendedResourceClaimStatus) return;
  const { resourceClaimName } = status.extendedResourceClaimStatus;
  const requestMappings = entries(status.extendedResourceClaimStatus.requestMappings);
  const mappings = path.child('requestMappings');
  if (requestMappings.length === 0) errors.required(mappings, 'at least one request mapping is required');
  const seen = new Set<string>();
  requestMappings.forEach(({ containerName, resourceName, requestName }, i) => {
    const at = mappings.index(i);
    const container = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].find(({ name }) => name === containerName);
    if (!container) errors.invalid(at.child('containerName'), containerName, NO_CONTAINER);
    else if (container.resources?.requests?.[resourceName] === undefined) errors.invalid(at.child('resourceName'), resourceName, NO_REQUEST);
    addInvalid(errors, path.child('requestName'), requestName, isDns1123Label(requestName));
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) for (const [name, value] of Object.entries({ containerName, resourceName, requestName })) errors.duplicate(at.child(name), value);
    seen.add(key);
  });
  if (!resourceClaimName) errors.required(path.child('resourceClaimName'));
  else addInvalid(errors, path.child('resourceClaimName'), resourceClaimName, isDns1123Subdomain(resourceClaimName));
}
