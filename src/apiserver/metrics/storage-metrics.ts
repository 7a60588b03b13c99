import { type Distribution, Gauge, Histogram, labelValue, type Metric } from '../../base/metrics.ts';
import { type Cacher, ROOT } from '../cacher/cacher.ts';

const DURATIONS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** How many objects there are, and how long writes take, in the names of kube-apiserver's metrics. */
export class StorageMetrics implements Metric {
  readonly #writes = new Histogram({ name: 'etcd_request_duration_seconds', help: 'Etcd request latency in seconds for each operation and object type.' }, DURATIONS);
  readonly #objects: readonly Gauge[];
  readonly #known = { create: new Map<string, Distribution>(), update: new Map<string, Distribution>(), delete: new Map<string, Distribution>() };

  constructor(cacher: () => Cacher) {
    const counts = (): (readonly [string, number])[] => [...cacher().resources].filter(([, cache]) => cache.size > 0).map(([prefix, cache]) => [typeOf(prefix), cache.size] as const);
    const splits = (): (readonly [string, number])[] => counts().map(([type, size]) => [`group="${labelValue(groupOf(type))}",resource="${labelValue(resourceOf(type))}"`, size] as const);
    this.#objects = [
      new Gauge({ name: 'apiserver_resource_objects', help: 'Number of stored objects at the time of last check split by kind.' }, splits),
      new Gauge({ name: 'apiserver_storage_objects', help: 'Number of stored objects at the time of last check split by kind.', stability: 'STABLE' }, () => counts().map(([type, size]) => [`resource="${labelValue(type)}"`, size] as const)),
    ];
  }

  /** A write of an object under `prefix` has ended. */
  wrote(operation: 'create' | 'update' | 'delete', prefix: string, ms: number): void {
    const known = this.#known[operation];
    let series = known.get(prefix);
    if (!series) known.set(prefix, (series = this.#writes.with(`operation="${operation}",type="${labelValue(typeOf(prefix))}"`)));
    series.observe(ms / 1000);
  }

  text(): string {
    return [this.#writes, ...this.#objects].map((one) => one.text()).join('');
  }
}

/** `pods`, `deployments.apps` of `/registry/core/pods/`, `/registry/apps/deployments/`. */
function typeOf(prefix: string): string {
  const [group = '', resource = ''] = prefix.slice(ROOT.length).split('/');
  return group === 'core' ? resource : `${resource}.${group}`;
}

const resourceOf = (type: string): string => type.split('.', 1)[0] ?? type;
const groupOf = (type: string): string => type.slice(resourceOf(type).length + 1);
