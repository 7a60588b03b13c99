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

/** A node with it says nothing of how its zone fares. */
const EXCLUDED = 'node.kubernetes.io/exclude-disruption';

export interface Zone {
  readonly state: ZoneState;
  readonly size: number;
}

/** Counts the nodes of each zone as they come, change and go: when a large cluster falls silent each of its nodes asks, and none must count all. */
export class ZoneTally {
  readonly #unhealthyThreshold: number;
  readonly #nodes = new Map<string, { readonly zone: string; readonly isReady: boolean }>();
  readonly #counts = new Map<string, { ready: number; notReady: number }>();

  constructor(unhealthyThreshold: number) {
    this.#unhealthyThreshold = unhealthyThreshold;
  }

  set(node: DeepReadonly<Node>): void {
    if (node.metadata.labels?.[EXCLUDED] !== undefined) return this.delete(node.metadata.name);
    const [zone, isReady] = [zoneOf(node), readyStatus(node) === 'True'];
    const known = this.#nodes.get(node.metadata.name);
    if (known?.zone === zone && known.isReady === isReady) return;
    this.delete(node.metadata.name);
    this.#nodes.set(node.metadata.name, { zone, isReady });
    const count = this.#counts.get(zone) ?? { ready: 0, notReady: 0 };
    this.#counts.set(zone, count);
    if (isReady) count.ready++;
    else count.notReady++;
  }

  delete(name: string): void {
    const known = this.#nodes.get(name);
    const count = known && this.#counts.get(known.zone);
    if (!known || !count) return;
    this.#nodes.delete(name);
    if (known.isReady) count.ready--;
    else count.notReady--;
    if (count.ready + count.notReady === 0) this.#counts.delete(known.zone);
  }

  /** How each zone fares. Source: node_lifecycle_controller.go, ComputeZoneState. */
  states(): Map<string, Zone> {
    return new Map([...this.#counts].map(([zone, { ready, notReady }]) => [zone, { state: stateOf(ready, notReady, this.#unhealthyThreshold), size: ready + notReady }]));
  }
}

function stateOf(ready: number, notReady: number, unhealthyThreshold: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  return notReady > 2 && notReady / (ready + notReady) >= unhealthyThreshold ? 'PartialDisruption' : 'Normal';
}

/** Nodes of the zone that may be emptied a second. A zone that is down as a whole is taken for cut off, unless all are: then nobody is evicted. */
export function evictionRate(zone: Zone, options: ControllerOptions): number {
  if (zone.state !== 'PartialDisruption') return options.nodeEvictionRate;
  return zone.size > options.largeClusterSizeThreshold ? options.secondaryNodeEvictionRate : 0;
}

export function isEverythingDown(states: ReadonlyMap<string, Zone>): boolean {
  return states.size > 0 && [...states.values()].every(({ state }) => state === 'FullDisruption');
}
