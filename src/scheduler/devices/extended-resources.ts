import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import type { Container, ContainerExtendedResourceRequest, Pod } from '../../api/generated/core-v1.ts';
import type { DeviceClass, DeviceRequest, ResourceClaim } from '../../api/generated/resource-v1.ts';
import { isExtendedResource } from '../../api/core/pod-spec/resources.ts';
import { resourcesOf } from '../../component-helpers/resources.ts';

/** Before the name of a class: the resource that every class stands for by itself. */
const CLASS_RESOURCE = 'deviceclass.resource.kubernetes.io/';
/** Marks the claim that the scheduler makes for a pod that asks for extended resources. */
export const EXTENDED_CLAIM = 'resource.kubernetes.io/extended-resource-claim';

/** The class by whose devices an extended resource is given; of several classes for one resource the newest. undefined: devices have nothing to do with it. Source: KEP-5004. */
export function classOfResource(name: string, classes: readonly DeepReadonly<DeviceClass>[]): string | undefined {
  if (name.startsWith(CLASS_RESOURCE)) return classes.find(({ metadata }) => metadata.name === name.slice(CLASS_RESOURCE.length))?.metadata.name;
  if (!isExtendedResource(name)) return undefined;
  const standing = classes.filter(({ spec }) => spec.extendedResourceName === name);
  const created = ({ metadata }: DeepReadonly<DeviceClass>): number => Date.parse(metadata.creationTimestamp ?? '');
  return standing.sort((a, b) => created(b) - created(a) || (a.metadata.name < b.metadata.name ? -1 : 1))[0]?.metadata.name;
}

/** What the claim for a pod's extended resources asks for, and which request serves which container. */
export interface ExtendedRequests {
  readonly requests: DeviceRequest[];
  readonly mappings: ContainerExtendedResourceRequest[];
}

/** A request that is being worked out; `count`: of devices. */
interface Counted {
  readonly name: string;
  readonly count: number;
}

/**
 * One request for each container that needs more than there is: containers that run to their end before the pod's others use the devices that those get later.
 * `classes`: of each resource that is given by devices. Source: KEP-5004; kube-scheduler's DynamicResources, createRequestsAndMappings.
 */
export function extendedRequests({ spec }: DeepReadonly<Pod>, classes: ReadonlyMap<string, string>): ExtendedRequests {
  const inits = spec.initContainers ?? [];
  const containers = [...inits, ...spec.containers];
  const ends = (container: DeepReadonly<Container>, index: number): boolean => index < inits.length && container.restartPolicy !== 'Always';
  const all: ExtendedRequests = { requests: [], mappings: [] };
  for (const [resource, deviceClassName] of [...classes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lasting: (Counted | undefined)[] = [];
    const brief: { readonly own: Counted | undefined; readonly mappings: ContainerExtendedResourceRequest[] }[] = [];
    for (const [index, container] of containers.entries()) {
      if (ends(container, index)) continue;
      const { own, mappings } = requestOf(container, index, resource, []);
      lasting[index] = own;
      all.mappings.push(...mappings);
    }
    for (const [index, container] of containers.entries()) if (ends(container, index)) brief.push(requestOf(container, index, resource, lasting.slice(index)));
    // Those that run one after the other need the most that one of them needs.
    const most = brief.reduce<Counted | undefined>((best, { own }) => (own && (!best || own.count > best.count) ? own : best), undefined);
    const names = new Set(brief.map(({ own }) => own?.name));
    all.mappings.push(...brief.flatMap(({ mappings }) => mappings.map((one) => (most && names.has(one.requestName) ? { ...one, requestName: most.name } : one))));
    for (const one of [most, ...lasting]) if (one) all.requests.push({ name: one.name, exactly: { deviceClassName, allocationMode: 'ExactCount', count: one.count } });
  }
  all.requests.sort((a, b) => (a.name < b.name ? -1 : 1));
  return all;
}

/** `reusable`: requests of others whose devices the container can have while those do not run. */
function requestOf(container: DeepReadonly<Container>, index: number, resource: string, reusable: readonly (Counted | undefined)[]): { own: Counted | undefined; mappings: ContainerExtendedResourceRequest[] } {
  const needed = resourcesOf(container.resources?.requests).others.get(resource) ?? 0;
  const mappings: ContainerExtendedResourceRequest[] = [];
  if (needed === 0) return { own: undefined, mappings };
  const map = (requestName: string): unknown => mappings.push({ containerName: container.name, resourceName: resource, requestName });
  let sum = 0;
  for (const one of reusable) {
    if (!one) continue;
    sum += one.count;
    map(one.name);
    if (sum >= needed) return { own: undefined, mappings };
  }
  const name = `container-${index}-request-${Object.keys(container.resources?.requests ?? {}).sort().indexOf(resource)}`;
  map(name);
  return { own: { name, count: needed - sum }, mappings };
}

/** The claim that is made for the pod; `uid` stands for it while it is not. */
export function extendedClaim({ metadata: { name, namespace = '', uid } }: DeepReadonly<Pod>, requests: readonly DeviceRequest[]): ResourceClaim {
  return {
    metadata: {
      name: '<extended-resources>', generateName: `${name}-extended-resources-`, namespace, uid: `extended-resources-of-${uid}`, annotations: { [EXTENDED_CLAIM]: 'true' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true }],
    },
    spec: { devices: { requests: [...requests] } }, status: {},
  } as unknown as ResourceClaim;
}

/** As it is sent to be made. */
export function newClaim({ metadata: { generateName, namespace, annotations, ownerReferences }, spec }: ResourceClaim): Draft<ResourceClaim> {
  return { metadata: { generateName, namespace, annotations, ownerReferences }, spec } as Draft<ResourceClaim>;
}

export function isExtendedClaimOf(claim: DeepReadonly<ResourceClaim>, pod: DeepReadonly<Pod>): boolean {
  return claim.metadata.annotations?.[EXTENDED_CLAIM] === 'true' && (claim.metadata.ownerReferences ?? []).some(({ uid, controller }) => controller && uid === pod.metadata.uid);
}
