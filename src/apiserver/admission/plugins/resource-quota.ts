import type { Pod, ResourceQuota } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity, subtractQuantities, zeroQuantity, type Quantity } from '../../../apimachinery/quantity.ts';
import { hasReason, conflict } from '../../../apimachinery/status.ts';
import { isInScope } from '../../../component-helpers/quota-scopes.ts';
import { hasPodLevelResources } from '../../../component-helpers/resources.ts';
import { countedResource, quotaUsage, type Usage } from '../../../component-helpers/quota-usage.ts';
import type { Clock } from '../../../base/clock.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { limitedResources, requireQuotas, type LimitedResource } from '../limited-resources.ts';
import { NamespacedRules } from '../namespaced-rules.ts';
import type { PluginConfiguration } from '../plugin-configuration.ts';
import { refusal } from '../refusal.ts';

/** What every container must say when a quota counts it. Source: pkg/quota/v1/evaluator/core/pods.go. */
const REQUIRED = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];
const TRIES = 5;
/** Quotas themselves, what is not stored, and events. Source: pkg/quota/v1/install/registry.go. */
const UNCOUNTED: ReadonlySet<string> = new Set(['resourcequotas', 'events', 'localsubjectaccessreviews']);

/** Writes a quota's status; rejects with a Conflict when somebody else was faster. */
export type WriteQuotaStatus = (quota: ResourceQuota) => Promise<unknown>;

/**
 * Refuses what is more than a namespace may have, and counts what it lets through before it is stored: of two requests at once only one gets what is left.
 * What then fails to be stored is counted back by the controller. Source: apiserver pkg/admission/plugin/resourcequota.
 */
export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly name = 'ResourceQuota';
  readonly #objects: () => CachedObjects;
  readonly #clock: Clock;
  readonly #write: WriteQuotaStatus;
  /** The last request of each namespace: they are counted one after the other. */
  readonly #queues = new Map<string, Promise<void>>();
  readonly #quotas: NamespacedRules<ResourceQuota>;
  readonly #limited: readonly LimitedResource[];

  constructor(options: { objects: () => CachedObjects; clock: Clock; writeQuotaStatus: WriteQuotaStatus }, configuration?: PluginConfiguration) {
    this.#limited = limitedResources(configuration);
    this.#quotas = new NamespacedRules(options, refs.resourceQuotas);
    this.#objects = options.objects;
    this.#clock = options.clock;
    this.#write = options.writeQuotaStatus;
  }

  handles(operation: AdmissionAttributes['operation'], { namespace, subresource, group, resource }: AdmissionAttributes): boolean {
    if (namespace === '' || UNCOUNTED.has(resource) || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    if (resource === 'pods' && group === '') return subresource === (operation === 'CREATE' ? '' : 'resize');
    return subresource === '';
  }

  validate(attributes: AdmissionAttributes): Promise<void> | undefined {
    const quotas = this.#quotas.of(attributes.namespace);
    if (quotas instanceof Promise) return quotas.then((later) => (this.#limited.length === 0 && later.length === 0 ? undefined : this.#inTurn(attributes)));
    return this.#limited.length === 0 && quotas.length === 0 ? undefined : this.#inTurn(attributes);
  }

  #inTurn(attributes: AdmissionAttributes): Promise<void> {
    const { namespace } = attributes;
    const turn = (this.#queues.get(namespace) ?? Promise.resolve()).then(() => this.#charge(attributes));
    const settled = turn.catch(() => undefined).then(() => {
      if (this.#queues.get(namespace) === settled) this.#queues.delete(namespace);
    });
    this.#queues.set(namespace, settled);
    return turn;
  }

  async #charge(attributes: AdmissionAttributes): Promise<void> {
    const charged = new Set<string>();
    for (let attempt = 1; ; attempt++) {
      const charges = this.#chargesOf(attributes).filter(({ quota }) => !charged.has(quota.metadata.name));
      if (attributes.dryRun) return;
      try {
        for (const { quota, used } of charges) {
          await this.#write({ ...(quota as ResourceQuota), status: { ...(quota.status as ResourceQuota['status']), used } });
          charged.add(quota.metadata.name);
        }
        return;
      } catch (error) {
        if (!hasReason(error, 'Conflict')) throw error;
        // Another server's write may not have come here yet.
        await this.#objects().caughtUp();
        if (attempt === TRIES) throw conflict({ group: '', resource: 'resourcequotas' }, charges[0]?.quota.metadata.name ?? '', 'the object has been modified; please apply your changes to the latest version and try again');
      }
    }
  }

  /** What each quota that counts the object is to say. Throws a refusal when it is too much for one. */
  #chargesOf(attributes: AdmissionAttributes): { quota: DeepReadonly<ResourceQuota>; used: Record<string, string> }[] {
    const object = attributes.object as DeepReadonly<KubeObject>;
    const { oldObject } = attributes;
    const after = quotaUsage(attributes, object, this.#clock.now());
    const before: Usage = oldObject ? quotaUsage(attributes, oldObject, this.#clock.now()) : new Map();
    const quotas = this.#objects().list(refs.resourceQuotas, attributes.namespace);
    const concerned = quotas.filter((quota) => isInScope(quota, attributes, object));
    for (const quota of concerned) requireSense(attributes, quota);
    if (this.#limited.length > 0) requireQuotas(this.#limited, attributes, { quotas, before, after });
    return concerned.flatMap((quota) => {
      const hard = quota.status?.hard ?? {};
      const wasCounted = oldObject !== undefined && isInScope(quota, attributes, oldObject);
      const delta = new Map<string, Quantity>();
      for (const [name, amount] of after) {
        const more = subtractQuantities(amount, (wasCounted ? before.get(name) : undefined) ?? zeroQuantity);
        if (hard[name] !== undefined && more.nanos > 0n) delta.set(name, more);
      }
      return delta.size === 0 ? [] : [{ quota, used: usedWith(attributes, quota, delta) }];
    });
  }
}

/** Before anything is counted: containers say what a quota asks for, and it is known how much is used of all that it counts. Throws a refusal. */
function requireSense(attributes: AdmissionAttributes, quota: DeepReadonly<ResourceQuota>): void {
  const { hard = {}, used = {} } = quota.status ?? {};
  const { group, resource } = attributes;
  const counted = Object.keys(hard).filter((name) => countedResource(name) === `${resource}${group && `.${group}`}`).sort();
  if (resource === 'pods' && group === '') requireAmounts(attributes, quota, counted);
  if (counted.some((name) => used[name] === undefined)) throw refusal(attributes, `status unknown for quota: ${quota.metadata.name}, resources: ${counted.join(',')}`);
}

function usedWith(attributes: AdmissionAttributes, quota: DeepReadonly<ResourceQuota>, delta: Usage): Record<string, string> {
  const { hard = {}, used = {} } = quota.status ?? {};
  const sums = new Map([...delta].map(([name, more]) => [name, addQuantities(parseQuantity(used[name] ?? '0'), more)]));
  const exceeded = [...sums].filter(([name, sum]) => compareQuantities(sum, parseQuantity(hard[name] ?? '0')) > 0).map(([name]) => name).sort();
  if (exceeded.length > 0) {
    const list = (valueOf: (name: string) => string): string => exceeded.map((name) => `${name}=${valueOf(name)}`).join(',');
    const requested = list((name) => formatQuantity(delta.get(name) ?? zeroQuantity));
    throw refusal(attributes, `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${list((name) => String(used[name]))}, limited: ${list((name) => String(hard[name]))}`);
  }
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(used)) texts[name] = String(value);
  for (const [name, sum] of sums) texts[name] = formatQuantity(sum);
  return texts;
}

/** A quota on an amount makes every container say it, unless the pod says any for all of them. */
function requireAmounts(attributes: AdmissionAttributes, quota: DeepReadonly<ResourceQuota>, counted: readonly string[]): void {
  const pod = attributes.object as DeepReadonly<Pod>;
  if (hasPodLevelResources(pod)) return;
  const { spec } = pod;
  const missing: string[] = [];
  for (const name of counted.filter((one) => REQUIRED.includes(one)).sort()) {
    const [kind, resource] = name.startsWith('limits.') ? (['limits', name.slice('limits.'.length)] as const) : (['requests', name.replace('requests.', '')] as const);
    const without = [...spec.containers, ...(spec.initContainers ?? [])].filter((one) => one.resources?.[kind]?.[resource] === undefined).map((one) => one.name);
    if (without.length > 0) missing.push(`${name} for: ${without.sort().join(',')}`);
  }
  if (missing.length > 0) throw refusal(attributes, `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
}
