import type { Event } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { aggregateText, failure } from '../../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
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
    const errors = new FieldErrors();
    const path = FieldPath.of('limits');
    const list: readonly unknown[] = Array.isArray(limits) ? limits : [];
    if (list.length === 0) errors.invalid(path, limits ?? null, 'must not be empty');
    this.#limits = list.map((limit, i) => limitOf(limit, clock, { path: path.index(i), errors }));
    if (errors.causes.length > 0) throw new RangeError(aggregateText(errors.causes.map(({ field, message }) => `${field}: ${message}`)));
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

function limitOf(limit: unknown, clock: Clock, { path, errors }: { readonly path: FieldPath; readonly errors: FieldErrors }): Limit {
  const { type = '', qps = 0, burst = 0, cacheSize = 0 } = isObject(limit) ? limit : {};
  const isKnown = typeof type === 'string' && Object.hasOwn(KEYS, type);
  if (!isKnown) errors.notSupported(path.child('type'), type, new Set(Object.keys(KEYS)));
  if (!(Number(burst) > 0)) errors.invalid(path.child('burst'), burst, 'must be positive');
  if (!(Number(qps) > 0)) errors.invalid(path.child('qps'), qps, 'must be positive');
  if (type !== 'Server' && !(Number(cacheSize) >= 0)) errors.invalid(path.child('cacheSize'), cacheSize, 'must not be negative');
  return { type: isKnown ? type : '', buckets: new TokenBuckets({ clock, perSecond: Number(qps), most: Number(burst), keys: Math.max(Number(cacheSize), 0) || DEFAULT_CACHE_SIZE }) };
}
