import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../../api/generated/core-v1.ts';
import type { Endpoint, EndpointHints } from '../../api/generated/discovery-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hintByZones, type ZonedSlice } from './hints-by-zone.ts';
import type { ZoneShares } from './zone-shares.ts';

const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const OLD_TOPOLOGY_MODE = 'service.kubernetes.io/topology-aware-hints';

/** What is to be told of hints by zones, about the Service. */
export interface HintsEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: 'TopologyAwareHintsEnabled' | 'TopologyAwareHintsDisabled';
  readonly message: string;
}

export interface HintsView {
  readonly service: DeepReadonly<Service>;
  /** What the slices of one address family will hold. Endpoints get their hints here; a slice whose hints change is marked as changed. */
  readonly slices: readonly ZonedSlice[];
  readonly family: string;
  readonly shares: () => ZoneShares | undefined;
  /** Whether the Service's endpoints had hints by the topology mode before. */
  readonly wasHinted: boolean;
}

/** Whether the Service asks for hints by the shares of zones: `topology-mode: Auto`, which goes before `trafficDistribution`. */
export function isTopologyAware({ metadata }: DeepReadonly<Service>): boolean {
  const mode = metadata.annotations?.[OLD_TOPOLOGY_MODE] ?? metadata.annotations?.[TOPOLOGY_MODE];
  return mode === 'Auto' || mode === 'auto';
}

/** For which zones and nodes each endpoint is. Source: endpointslice/reconciler.go, reconcileByAddressType; KEP-2433, KEP-4444, KEP-3015. */
export function giveHints({ service, slices, family, shares, wasHinted }: HintsView): { isHinted: boolean; events: readonly HintsEvent[] } {
  if (isTopologyAware(service)) {
    const refusal = hintByZones(slices, shares());
    if (refusal === undefined) return { isHinted: true, events: wasHinted ? [] : [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message: `Topology Aware Hints has been enabled, addressType: ${family}` }] };
    for (const slice of slices) assign(slice, () => undefined);
    return { isHinted: false, events: [disabled(refusal, family)] };
  }
  for (const slice of slices) assign(slice, (endpoint) => hintOfDistribution(service.spec.trafficDistribution, endpoint));
  return { isHinted: false, events: wasHinted ? [disabled('Topology Aware Hints has been disabled', family)] : [] };
}

function disabled(why: string, family: string): HintsEvent {
  return { type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${why}, addressType: ${family}` };
}

/** `trafficDistribution` asks for near endpoints: each one is for its own zone, or its node. */
function hintOfDistribution(wanted: string | undefined, { conditions, zone, nodeName }: Endpoint): EndpointHints | undefined {
  if (!conditions?.ready || (wanted !== 'PreferClose' && wanted !== 'PreferSameZone' && wanted !== 'PreferSameNode')) return undefined;
  const forNodes = wanted === 'PreferSameNode' && nodeName ? [{ name: nodeName }] : undefined;
  if (!zone && !forNodes) return undefined;
  return { ...(zone && { forZones: [{ name: zone }] }), ...(forNodes && { forNodes }) };
}

function assign(slice: ZonedSlice, hintsOf: (endpoint: Endpoint) => EndpointHints | undefined): void {
  slice.endpoints.forEach((endpoint, index) => {
    const hints = hintsOf(endpoint);
    const { hints: present, ...rest } = endpoint;
    if (isDeepStrictEqual(plain(present), hints)) return;
    slice.endpoints[index] = hints ? { ...rest, hints } : rest;
    slice.isChanged = true;
  });
}

function plain(hints: EndpointHints | undefined): unknown {
  return hints && JSON.parse(JSON.stringify(hints));
}
