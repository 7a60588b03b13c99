import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatQuantity, parseQuantity, quantityOf, quantityOfMillis } from '../../apimachinery/quantity.ts';
import type { Pod, PodStatus, ResourceRequirements } from '../../api/generated/core-v1.ts';
import { podAmounts } from '../../component-helpers/resources.ts';

/**
 * What the node has promised the pod as a whole, and what its control group has where the pod itself says something of it.
 * Source: KEP-5419, "In-place resize of pod-level resources", `status.allocatedResources` and `status.resources`.
 */
export function podResourceStatus(pod: DeepReadonly<Pod>, actuated: DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>> | undefined): Pick<PodStatus, 'allocatedResources' | 'resources'> {
  const { resources } = pod.spec;
  const allocated = allocatedResources(pod);
  const applied = actuated ?? resources;
  const isSaid = Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0;
  return {
    ...(Object.keys(allocated).length > 0 && { allocatedResources: allocated }),
    ...(isSaid && { resources: { ...(applied?.limits && { limits: { ...applied.limits } }), ...(applied?.requests && { requests: { ...applied.requests } }) } }),
  };
}

/** The sum of what the containers request, but for what the pod requests itself. Sums are written like their first part. */
function allocatedResources(pod: DeepReadonly<Pod>): Record<string, string | number> {
  const { containers, initContainers = [], resources } = pod.spec;
  const lists = [resources?.requests, ...[...containers, ...initContainers].map((container) => container.resources?.requests)];
  const amounts = podAmounts(pod, (container) => container.resources?.requests, resources?.requests);
  return Object.fromEntries([...amounts].map(([name, amount]) => {
    const format = parseQuantity(lists.find((list) => list?.[name] !== undefined)?.[name] ?? '0').format;
    return [name, formatQuantity(name === 'cpu' ? quantityOfMillis(amount) : quantityOf(amount, format))];
  }));
}
