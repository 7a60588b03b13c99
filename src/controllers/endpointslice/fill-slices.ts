import { isDeepStrictEqual } from 'node:util';
import type { Endpoint, EndpointSlice } from '../../api/generated/discovery-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { NamedPort } from '../service-pods.ts';
import type { ZonedSlice } from './hints-by-zone.ts';

type Slice = DeepReadonly<EndpointSlice>;

/** Endpoints that have the same ports, by the uid of their pod. */
export interface EndpointGroup {
  readonly ports: readonly NamedPort[];
  readonly endpoints: Map<string, Endpoint>;
}

export interface FilledSlice extends ZonedSlice {
  /** Undefined for one that is to be made. */
  readonly slice: Slice | undefined;
  readonly ports: readonly NamedPort[];
  /** It has lost its last endpoint. */
  readonly isUnused: boolean;
}

/**
 * Leaves endpoints in the slices where they are. The others go to slices that change anyway, the fullest first; what is still left, to one unchanged slice that has
 * room for all of it, or to new ones: so few slices are written. What is unchanged keeps its hints. Source: endpointslice/reconciler.go, reconcileByPortMapping.
 */
export function fillSlices({ endpoints, ports }: EndpointGroup, slices: readonly Slice[], maxEndpoints: number): FilledSlice[] {
  const missing = new Map(endpoints);
  const kept = slices.map((slice) => keptIn(slice, ports, missing));
  const rest = [...missing.values()];
  const open = kept.filter(({ isUnused }) => !isUnused).sort((one, other) => other.endpoints.length - one.endpoints.length);
  for (const target of open.filter(({ isChanged }) => isChanged)) target.endpoints.push(...rest.splice(0, maxEndpoints - target.endpoints.length));
  const added: FilledSlice[] = [];
  while (rest.length > 0) {
    const fitting = rest.length < maxEndpoints ? open.find((one) => !one.isChanged && one.endpoints.length + rest.length <= maxEndpoints) : undefined;
    const target: FilledSlice = fitting ?? { slice: undefined, ports, endpoints: [], isChanged: true, isUnused: false };
    target.endpoints.push(...rest.splice(0, maxEndpoints));
    target.isChanged = true;
    if (!fitting) added.push(target);
  }
  return [...kept, ...added];
}

/** What stays of a slice; takes it out of `missing`. */
function keptIn(slice: Slice, ports: readonly NamedPort[], missing: Map<string, Endpoint>): FilledSlice {
  const present = (slice.endpoints ?? []) as readonly Endpoint[];
  const wanted: Endpoint[] = [];
  for (const endpoint of present) {
    const uid = endpoint.targetRef?.uid ?? '';
    const desired = missing.get(uid);
    if (!desired) continue;
    missing.delete(uid);
    wanted.push(desired);
  }
  const isChanged = wanted.length !== present.length || wanted.some((endpoint, index) => !isDeepStrictEqual(normal(endpoint), normal(present[index])));
  return { slice, ports, endpoints: isChanged ? wanted : [...present], isChanged, isUnused: isChanged && wanted.length === 0 };
}

/** Hints are seen to apart. */
function normal(endpoint: DeepReadonly<Endpoint> | undefined): unknown {
  return endpoint && JSON.parse(JSON.stringify({ ...endpoint, hints: undefined }));
}
