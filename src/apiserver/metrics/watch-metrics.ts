import { Gauge, labelValue, type Metric } from '../../base/metrics.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** How much the watchers of a resource were sent. */
export interface WatchTally {
  events: number;
}

/** Source: apiserver pkg/endpoints/metrics. */
export class WatchMetrics implements Metric {
  readonly #tallies = new Map<string, WatchTally>();
  readonly #events = new Gauge({ name: 'apiserver_watch_events_total', help: 'Number of events sent in watch clients' }, () => [...this.#tallies].map(([labels, { events }]) => [labels, events] as const), 'counter');

  /** The one of all watches of the resource in this version. */
  tallyOf({ kind, version }: Pick<ServedResource, 'kind' | 'version'>): WatchTally {
    const labels = `group="${labelValue(kind.group)}",resource="${labelValue(kind.resource)}",version="${labelValue(version.version)}"`;
    const known = this.#tallies.get(labels);
    if (known) return known;
    const tally = { events: 0 };
    this.#tallies.set(labels, tally);
    return tally;
  }

  text(): string {
    return this.#events.text();
  }
}
