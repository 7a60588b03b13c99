import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolumeClaim, Pod, ResourceQuota, ResourceQuotaStatus } from '../../api/generated/core-v1.ts';
import { persistentVolumeClaims, pods, resourceClaims, resourceQuotas, services } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { keyOf, splitKey } from '../../apimachinery/meta.ts';
import { addQuantities, canonicalQuantity, formatQuantity, type Quantity, zeroQuantity } from '../../apimachinery/quantity.ts';
import { untilAborted } from '../../base/lifecycle.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import type { InformerFactory } from '../../client/informer-factory.ts';
import type { Lister } from '../../client/lister.ts';
import { attributesClassesOf, isInScope } from '../../component-helpers/quota-scopes.ts';
import { countedResource, quotaUsage } from '../../component-helpers/quota-usage.ts';
import { runsAsAsked } from '../../component-helpers/resized-requests.ts';
import type { ControllerContext } from '../context.ts';
import { canAll, discoverPreferred } from '../discovery.ts';

/** Counted anew now and then: a pod that is overdue takes nothing any more, and nobody says so. */
const RESYNC_MS = 300_000;
/** Resources of which quotas look at more than the number. */
const MEASURED: ReadonlyMap<string, ResourceRef> = new Map(([pods, services, persistentVolumeClaims, resourceClaims] as readonly ResourceRef[]).map((ref) => [nameOf(ref), ref]));

type StatusChange = (before: DeepReadonly<KubeObject>, after: DeepReadonly<KubeObject>) => boolean;

/** Of which resources the status counts too: pods while they are resized, the classes that a claim has left, and what is set aside for it. */
const STATUS_COUNTS: ReadonlyMap<string, StatusChange> = new Map<string, StatusChange>([
  ['pods', (before, after) => !runsAsAsked(before as DeepReadonly<Pod>) || !runsAsAsked(after as DeepReadonly<Pod>)],
  ['persistentvolumeclaims', (before, after) => {
    const said = (claim: DeepReadonly<PersistentVolumeClaim>): string => [...attributesClassesOf(claim), claim.status?.allocatedResources?.['storage']].join();
    return said(before as DeepReadonly<PersistentVolumeClaim>) !== said(after as DeepReadonly<PersistentVolumeClaim>);
  }],
]);

interface Counted {
  readonly ref: ResourceRef;
  readonly informer: Informer<KubeObject>;
}

/** Tells every ResourceQuota what its namespace has used; refusing what is too much is admission's. */
export class ResourceQuotaController extends Controller {
  readonly #client: Client;
  readonly #informers: InformerFactory;
  readonly #quotas: Lister<ResourceQuota>;
  readonly #counted = new Map<string, Counted>();
  readonly #subscriptions: Disposable[] = [];

  constructor(context: ControllerContext) {
    super({ name: 'resourcequota-controller', clock: context.clock, logger: context.logger });
    this.#client = context.client;
    this.#informers = context.informers;
    this.#quotas = this.watch(context.informers.informer(resourceQuotas), (quota, { before, after }) => (before && after && isDeepStrictEqual(before.spec, after.spec) && isDeepStrictEqual(after.spec.hard, after.status?.hard) ? [] : [keyOf(quota)])).lister;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    for (const subscription of this.#subscriptions.splice(0)) subscription[Symbol.dispose]();
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const quota = this.#quotas.get(key);
    if (!quota) return;
    const hard = quota.spec.hard ?? {};
    const used = new Map<string, Quantity>(Object.keys(hard).map((name) => [name, zeroQuantity]));
    const names = new Set(Object.keys(hard).map(countedResource));
    for (const name of names) {
      const counted = await this.#count(name, signal);
      if (counted) this.#addUp(quota, counted, used);
    }
    const status: ResourceQuotaStatus = { hard: { ...hard }, used: Object.fromEntries([...used].map(([name, amount]) => [name, formatQuantity(amount)])) };
    if (!isDeepStrictEqual(canonical(quota.status), canonical(status))) await this.#client.resource(resourceQuotas, quota.metadata.namespace).updateStatus({ ...quota, status }, { signal });
    return { afterMs: RESYNC_MS };
  }

  #addUp(quota: DeepReadonly<ResourceQuota>, { ref, informer }: Counted, used: Map<string, Quantity>): void {
    const nowMs = this.clock.now();
    const resource = nameOf(ref);
    for (const object of informer.lister.inNamespace(quota.metadata.namespace ?? '')) {
      if (!isInScope(quota, ref, object)) continue;
      for (const [name, amount] of quotaUsage(ref, object, nowMs)) {
        const before = used.get(name);
        if (before && countedResource(name) === resource) used.set(name, before === zeroQuantity ? amount : addQuantities(before, amount));
      }
    }
  }

  /** The cache of a resource, `deployments.apps`; undefined when nothing serves it. */
  async #count(name: string, signal: AbortSignal): Promise<Counted | undefined> {
    let counted = this.#counted.get(name);
    if (!counted) {
      const ref = MEASURED.get(name) ?? (await this.#find(name, signal));
      if (!ref) return undefined;
      const informer = this.#informers.existing(ref) ?? this.#informers.informer(ref, MEASURED.has(name) ? {} : { metadataOnly: true });
      counted = { ref, informer };
      this.#counted.set(name, counted);
      await untilAborted(informer.synced(), signal);
      const hasOtherStatus = STATUS_COUNTS.get(name);
      this.#subscriptions.push(informer.onChange(({ key, before, after }) => this.#see(key, before, after, hasOtherStatus)));
    }
    await untilAborted(counted.informer.synced(), signal);
    return counted;
  }

  async #find(name: string, signal: AbortSignal): Promise<ResourceRef | undefined> {
    const { resources } = await discoverPreferred(this.#client, signal);
    return resources.find((ref) => nameOf(ref) === name && ref.namespaced && canAll(ref, 'list', 'watch'));
  }

  /**
   * Heartbeats of pods change no usage; going and ending do, and so does a new size. What comes was counted by admission before it was stored: counting
   * it again here would forget what is on its way. For the same reason what admission writes into the status of a quota is no reason to count.
   */
  #see(key: string, before: DeepReadonly<KubeObject> | undefined, after: DeepReadonly<KubeObject> | undefined, hasOtherStatus: StatusChange | undefined): void {
    if (!before) return;
    const isSame = after && before.metadata.generation === after.metadata.generation && phaseOf(before) === phaseOf(after);
    if (isSame && hasOtherStatus?.(before, after) !== true) return;
    for (const quota of this.#quotas.inNamespace(splitKey(key).namespace)) this.queue.add(keyOf(quota));
  }
}

/** `pods`, `deployments.apps` */
function nameOf({ resource, group }: Pick<ResourceRef, 'resource' | 'group'>): string {
  return `${resource}${group && `.${group}`}`;
}

function phaseOf(object: DeepReadonly<KubeObject>): string | undefined {
  return (object as { readonly status?: { readonly phase?: string } }).status?.phase;
}

function canonical(status: DeepReadonly<ResourceQuotaStatus> | undefined): unknown {
  const list = (amounts: Readonly<Record<string, string | number>> = {}): object => Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, canonicalQuantity(amount)]));
  return { hard: list(status?.hard), used: list(status?.used) };
}
