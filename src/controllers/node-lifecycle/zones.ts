import type { Node } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ControllerOptions } from '../context.ts';
import { readyStatus } from './plan.ts';

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

/** Nodes that share a fate: one region and zone, by their labels. */
export function zoneOf({ metadata }: DeepReadonly<Node>): string {
  const { labels } = metadata;
  return `${labels?.['topology.kubernetes.io/region'] ?? ''}:\0:${labels?.['topology.kubernetes.io/zone'] ?? ''}`;
}

/** How each zone fares. Source: node_lifecycle_controller.go, ComputeZoneState. */
export function zoneStates(nodes: readonly DeepReadonly<Node>[], unhealthyThreshold: number): Map<string, { readonly state: ZoneState; readonly size: number }> {
  const counts = new Map<string, { ready: number; notReady: number }>();
  for (const node of nodes) {
    const count = counts.get(zoneOf(node)) ?? { ready: 0, notReady: 0 };
    counts.set(zoneOf(node), count);
    if (readyStatus(node) === 'True') count.ready++;
    else count.notReady++;
  }
  return new Map([...counts].map(([zone, { ready, notReady }]) => [zone, { state: stateOf(ready, notReady, unhealthyThreshold), size: ready + notReady }]));
}

function stateOf(ready: number, notReady: number, unhealthyThreshold: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  return notReady > 2 && notReady / (ready + notReady) >= unhealthyThreshold ? 'PartialDisruption' : 'Normal';
}

/** Nodes of the zone that may be emptied a second. A zone that is down as a whole is taken for cut off, unless all are: then nobody is evicted. */
export function evictionRate(zone: { readonly state: ZoneState; readonly size: number }, options: ControllerOptions): number {
  if (zone.state !== 'PartialDisruption') return options.nodeEvictionRate;
  return zone.size > options.largeClusterSizeThreshold ? options.secondaryNodeEvictionRate : 0;
}

export function isEverythingDown(states: ReadonlyMap<string, { readonly state: ZoneState }>): boolean {
  return states.size > 0 && [...states.values()].every(({ state }) => state === 'FullDisruption');
}
