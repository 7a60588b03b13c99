import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod, ResourceRequirements } from '../../api/generated/core-v1.ts';
import { canonicalQuantity } from '../../apimachinery/quantity.ts';

/** Under this name stands what the pod as a whole may use (`spec.resources`, KEP-2837); no container has it. */
export const WHOLE_POD = '';

/** What the containers of a pod may use, by their names. Only `requests` and `limits`: the rest of a ResourceRequirements cannot change. */
export type ContainerResources = ReadonlyMap<string, DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>>>;

export function resourcesOfPod(pod: DeepReadonly<Pod>): ContainerResources {
  const containers = [{ name: WHOLE_POD, resources: pod.spec.resources }, ...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return new Map(containers.map(({ name, resources }) => [name, { ...(resources?.requests && { requests: resources.requests }), ...(resources?.limits && { limits: resources.limits }) }]));
}

/** The pod with these resources in place of those of its spec. */
export function withResources(pod: DeepReadonly<Pod>, resources: ContainerResources): DeepReadonly<Pod> {
  const replace = (container: DeepReadonly<Container>): DeepReadonly<Container> => {
    const own = resources.get(container.name);
    if (!own) return container;
    const { requests: _requests, limits: _limits, ...rest } = container.resources ?? {};
    return { ...container, resources: { ...rest, ...own } };
  };
  const { containers, initContainers, resources: ofPod, ...rest } = pod.spec;
  const whole = resources.get(WHOLE_POD) ?? ofPod;
  return { ...pod, spec: { ...rest, ...((whole?.requests ?? whole?.limits) && { resources: { ...whole } }), containers: containers.map(replace), ...(initContainers && { initContainers: initContainers.map(replace) }) } };
}

/** The containers whose resources differ. */
export function differing(one: ContainerResources, other: ContainerResources): string[] {
  return [...one.keys()].filter((name) => textOf(one.get(name)) !== textOf(other.get(name)));
}

/** Whether the request or the limit of one resource differs. */
export function hasChanged(resource: string, one: DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>> = {}, other: DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>> = {}): boolean {
  const amount = (list: DeepReadonly<Record<string, string | number>> | undefined): string => (list?.[resource] === undefined ? '' : canonicalQuantity(list[resource]));
  return amount(one.requests) !== amount(other.requests) || amount(one.limits) !== amount(other.limits);
}

function textOf(resources: DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>> | undefined): string {
  const list = (of: DeepReadonly<Record<string, string | number>> | undefined): string[] => Object.entries(of ?? {}).map(([name, amount]) => `${name}=${canonicalQuantity(amount)}`).sort();
  return JSON.stringify([list(resources?.requests), list(resources?.limits)]);
}
