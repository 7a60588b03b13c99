import type { DeepReadonly } from '../apimachinery/meta.ts';
import { compareQuantities, parseQuantity } from '../apimachinery/quantity.ts';
import type { Container, ContainerStatus, Pod } from '../api/generated/core-v1.ts';
import { podLimits, podRequests, type Resources } from './resources.ts';

type List = DeepReadonly<Record<string, string | number>>;

interface Lists {
  readonly requests?: List;
  readonly limits?: List;
}

/** Whether the node runs the pod with what its spec asks for, as far as its status tells: what most pods do most of the time. */
export function runsAsAsked({ metadata, status }: DeepReadonly<Pod>): boolean {
  if (!status.containerStatuses?.length) return true;
  if (status.observedGeneration !== undefined && status.observedGeneration !== metadata.generation) return false;
  return status.conditions?.some(({ type }) => type === 'PodResizePending' || type === 'PodResizeInProgress') !== true;
}

/**
 * What a pod takes of its node while its resources change: the most of what it asks for, was promised and has. A wish that can never be granted does not count.
 * Source: k8s.io/component-helpers/resource, PodRequests with UseStatusResources (KEP-1287, KEP-5419).
 */
export function occupiedRequests(pod: DeepReadonly<Pod>): Resources {
  return podRequests(asOccupied(pod));
}

/** The same of its limits. Source: PodLimits with UseStatusResources. */
export function occupiedLimits(pod: DeepReadonly<Pod>): ReadonlyMap<string, number> {
  return podLimits(asOccupied(pod));
}

/** The pod as if it asked for what it occupies. */
function asOccupied(pod: DeepReadonly<Pod>): DeepReadonly<Pod> {
  if (runsAsAsked(pod)) return pod;
  const { spec, status } = pod;
  const isInfeasible = status.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ?? false;
  const statuses = new Map([...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map((one) => [one.name, one]));
  const occupied = (container: DeepReadonly<Container>): DeepReadonly<Container> => ({ ...container, resources: { ...container.resources, ...occupiedLists(container.resources, statuses.get(container.name), isInfeasible) } });
  const whole = spec.resources && { ...spec.resources, ...occupiedLists(spec.resources, status, isInfeasible) };
  return { ...pod, spec: { ...spec, containers: spec.containers.map(occupied), ...(spec.initContainers && { initContainers: spec.initContainers.map(occupied) }), ...(whole && { resources: whole }) } };
}

function occupiedLists({ requests, limits }: Lists = {}, told: DeepReadonly<Pick<ContainerStatus, 'resources' | 'allocatedResources'>> | undefined, isInfeasible: boolean): Lists {
  const mostRequests = most(requests, [told?.resources?.requests, told?.allocatedResources], isInfeasible);
  const mostLimits = most(limits, [told?.resources?.limits], isInfeasible);
  return { ...(mostRequests && { requests: mostRequests }), ...(mostLimits && { limits: mostLimits }) };
}

function most(wished: List | undefined, told: readonly (List | undefined)[], isInfeasible: boolean): List | undefined {
  const held = told.filter((list) => list !== undefined);
  if (held.length === 0) return wished;
  const lists = isInfeasible || !wished ? held : [wished, ...held];
  const result: Record<string, string | number> = {};
  for (const list of lists) {
    for (const [name, amount] of Object.entries(list)) if (result[name] === undefined || compareQuantities(parseQuantity(amount), parseQuantity(result[name])) > 0) result[name] = amount;
  }
  return result;
}
