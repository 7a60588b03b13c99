import type { Event } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { failure } from '../../../apimachinery/status.ts';
import type { Clock } from '../../../base/clock.ts';
import { TokenBuckets } from '../token-buckets.ts';
import { configurationOf, type PluginConfiguration } from '../plugin-configuration.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';

const DEFAULT_CACHE_SIZE = 4096;
const GROUPS: ReadonlySet<string> = new Set(['', 'events.k8s.io']);

interface Limit {
  readonly type: string;
  readonly buckets: TokenBuckets;
}

/** Refuses events that come too fast, by server, namespace, user, or source and object. Source: kubernetes plugin/pkg/admission/eventratelimit. */
export class EventRateLimit implements AdmissionPlugin {
  readonly name = 'EventRateLimit';
  readonly #limits: readonly Limit[];

  /** Throws RangeError without limits: it is nothing without its configuration. */
  constructor(clock: Clock, configuration: PluginConfiguration | undefined) {
    if (!configuration) throw new RangeError('it needs a configuration: an object of kind Configuration of eventratelimit.admission.k8s.io/v1alpha1 with limits');
    const { limits } = configurationOf(configuration, { kind: 'Configuration', apiVersions: ['eventratelimit.admission.k8s.io/v1alpha1'], fields: ['limits'] });
    if (!Array.isArray(limits) || limits.length === 0) throw new RangeError('limits: Required value');
    this.#limits = limits.map((limit: unknown) => limitOf(limit, clock));
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, dryRun }: AdmissionAttributes): boolean {
    return resource === 'events' && GROUPS.has(group) && !dryRun && (operation === 'CREATE' || operation === 'UPDATE');
  }

  validate(attributes: AdmissionAttributes): void {
    let refused: string | undefined;
    for (const { type, buckets } of this.#limits) {
      const key = KEYS[type]?.(attributes) ?? '';
      if (!buckets.take(key)) refused = `limit reached on type ${type} for key ${key}`;
    }
    if (refused !== undefined) throw failure(429, 'TooManyRequests', `Too many requests: ${refused}`);
  }
}

const KEYS: Readonly<Record<string, (attributes: AdmissionAttributes) => string>> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject: ({ object }) => {
    const { source, involvedObject: about } = object as DeepReadonly<Event>;
    return [source?.component, source?.host, about.kind, about.namespace, about.name, about.uid, about.apiVersion].map((one) => one ?? '').join('');
  },
};

function limitOf(limit: unknown, clock: Clock): Limit {
  const { type, qps, burst, cacheSize = DEFAULT_CACHE_SIZE } = isObject(limit) ? limit : {};
  if (typeof type !== 'string' || !Object.hasOwn(KEYS, type)) throw new RangeError(`limits: unknown type ${JSON.stringify(type)}; there are: ${Object.keys(KEYS).join(', ')}`);
  const [perSecond, most, keys] = [qps, burst, cacheSize].map((value) => Number(value)) as [number, number, number];
  if (!(perSecond > 0) || !(most > 0) || !(keys >= 0)) throw new RangeError(`limits: qps and burst of type ${type} must be positive numbers`);
  return { type, buckets: new TokenBuckets({ clock, perSecond, most, keys: keys || DEFAULT_CACHE_SIZE }) };
}
