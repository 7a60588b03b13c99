import * as refs from '../../api/refs.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { AllocationResult, DeviceRequestAllocationResult, ResourceClaim } from '../../api/generated/resource-v1.ts';
import { keyOf, type DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client, Informer } from '../../client/index.ts';
import type { NodeInfo } from '../node-info.ts';
import type { ExtendedClaim, GivenDevices } from './device-cycle.ts';
import type { DeviceState } from './device-state.ts';
import { newClaim } from './extended-resources.ts';

/** Keeps an allocated claim from going while somebody uses its devices. */
const FINALIZER = 'resource.kubernetes.io/delete-protection';
/** So long drivers have to make devices ready that say what they need for it. Source: DynamicResourcesArgs.bindingTimeout. */
const BINDING_TIMEOUT_MS = 600_000;

/** The devices of a pod were not made ready: it has to get others. The message goes into the pod's condition and event. */
export class BindingFailed extends Error {
  override readonly name = 'BindingFailed';
}

type Claim = DeepReadonly<ResourceClaim>;

/** Writes into claims what pods were given, and takes it out again. Source: kube-scheduler's DynamicResources, PreBind, PostFilter and Unreserve. */
export class DeviceBinder {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #claims: Informer<ResourceClaim>;
  readonly #state: DeviceState;

  constructor(options: { client: Client; clock: Clock; claims: Informer<ResourceClaim>; state: DeviceState }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#claims = options.claims;
    this.#state = options.state;
  }

  /** Rejects with Conflict when somebody else was there first. Resolves with the claims that wait until their devices are ready. */
  async reserve(pod: DeepReadonly<Pod>, { claims, extended }: GivenDevices, signal: AbortSignal): Promise<readonly Claim[]> {
    const written: Claim[] = [];
    for (const { claim, allocation } of claims) written.push(await this.#write(claim, pod, allocation, signal));
    if (extended) written.push(await this.#make(pod, extended, signal));
    return written.filter((claim) => claim.status?.allocation?.devices.results?.some(({ bindingConditions }) => bindingConditions?.length));
  }

  /** What was given, if it was now, and that the pod uses it. */
  async #write(claim: Claim, pod: DeepReadonly<Pod>, allocation: AllocationResult | undefined, signal: AbortSignal): Promise<Claim> {
    const { uid, name } = pod.metadata;
    if (claim.status?.reservedFor?.some((user) => user.uid === uid)) return claim;
    const resource = this.#client.resource(refs.resourceClaims, claim.metadata.namespace);
    const finalizers = claim.metadata.finalizers ?? [];
    const isGiven = allocation !== undefined;
    const held = isGiven && !finalizers.includes(FINALIZER) ? await resource.update({ ...claim, metadata: { ...claim.metadata, finalizers: [...finalizers, FINALIZER] } }, { signal }) : claim;
    const reservedFor = [...(held.status?.reservedFor ?? []), { resource: 'pods', name, uid }];
    return resource.update({ ...held, status: { ...held.status, ...(isGiven && { allocation: this.#timed(allocation) }), reservedFor } }, { signal }, 'status');
  }

  /** Drivers that take their time can see when it began. */
  #timed(allocation: AllocationResult): AllocationResult {
    const waits = allocation.devices.results?.some(({ bindingConditions }) => bindingConditions?.length) ?? false;
    return waits ? { ...allocation, allocationTimestamp: new Date(this.#clock.now()).toISOString().replace(/\.\d+/, '') } : allocation;
  }

  /** The claim for the pod's extended resources; what cannot be finished goes again. */
  async #make(pod: DeepReadonly<Pod>, { claim, mappings, allocation }: ExtendedClaim & { readonly allocation: AllocationResult }, signal: AbortSignal): Promise<Claim> {
    const { name, namespace, uid } = pod.metadata;
    const made = await this.#client.resource(refs.resourceClaims, namespace).create(newClaim(claim), { signal });
    this.#state.assume(made.metadata.uid, allocation);
    this.#state.forget(claim.metadata.uid);
    try {
      const written = await this.#write(made, pod, allocation, signal);
      const status = { extendedResourceClaimStatus: { requestMappings: mappings, resourceClaimName: made.metadata.name } };
      await this.#client.resource(refs.pods, namespace).patchStatus(name, { type: 'strategic', patch: { metadata: { uid }, status } }, { signal });
      return written;
    } catch (error) {
      await this.#delete(made, signal);
      throw error;
    }
  }

  /** Resolves once the devices are ready. Throws BindingFailed when their driver cannot make them so, or takes too long. */
  async ready(claims: readonly Claim[], signal: AbortSignal): Promise<void> {
    let changed = Promise.withResolvers<void>();
    let isLate = false;
    using _watched = this.#claims.onChange(() => changed.resolve());
    using _late = this.#clock.after(BINDING_TIMEOUT_MS, () => {
      isLate = true;
      changed.resolve();
    });
    signal.addEventListener('abort', () => changed.resolve(), { once: true });
    for (const claim of claims) {
      while (!isReady(this.#claims.lister.get(keyOf(claim)), claim.metadata.uid)) {
        if (isLate) throw new BindingFailed('device binding timeout');
        await changed.promise;
        signal.throwIfAborted();
        changed = Promise.withResolvers<void>();
      }
    }
  }

  /** After BindingFailed: the claims are free again, those that nobody else uses. */
  async takeBack(claims: readonly Claim[], pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    for (const { metadata } of claims) await this.#deallocate(await this.#client.resource(refs.resourceClaims, metadata.namespace).get(metadata.name, { signal }), pod, signal);
  }

  /**
   * Of a pod that no node can take: a claim whose devices are where the pod cannot go, and that nobody else uses, is freed; so is what an earlier try has made for its
   * extended resources. Tells what was done, in the words of kube-scheduler; undefined: nothing.
   */
  async release(pod: DeepReadonly<Pod>, nodes: readonly NodeInfo[], signal: AbortSignal): Promise<string | undefined> {
    const stale = this.#state.extendedResources(pod).size > 0 ? this.#state.staleClaimOf(pod) : undefined;
    if (stale) {
      await this.#delete(stale, signal);
      return 'deletion of ResourceClaim completed';
    }
    const cycle = this.#state.cycleFor(pod);
    const claim = cycle && nodes.flatMap((node) => cycle.unusableOn(node)).find((one) => one.status?.allocation && isOnlyOf(one, pod));
    if (!claim) return undefined;
    await this.#deallocate(claim, pod, signal);
    return 'deallocation of ResourceClaim completed';
  }

  async #deallocate(claim: Claim, pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    if (!isOnlyOf(claim, pod)) return;
    const { allocation: _allocation, reservedFor: _users, devices: _devices, ...status } = claim.status ?? {};
    await ignoring(['NotFound', 'Conflict'], this.#client.resource(refs.resourceClaims, claim.metadata.namespace).update({ ...claim, status }, { signal }, 'status'));
  }

  async #delete({ metadata: { name, namespace, uid } }: Claim, signal: AbortSignal): Promise<void> {
    const resource = this.#client.resource(refs.resourceClaims, namespace);
    await ignoring(['NotFound', 'Conflict'], resource.patch(name, { type: 'merge', patch: { metadata: { uid, finalizers: null } } }, { signal }));
    await ignoring(['NotFound', 'Conflict'], resource.delete(name, { signal, preconditions: { uid } }));
  }
}

async function ignoring(reasons: readonly string[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!hasReason(error, ...reasons)) throw error;
  }
}

function isOnlyOf({ status }: Claim, { metadata }: DeepReadonly<Pod>): boolean {
  return (status?.reservedFor ?? []).every(({ uid }) => uid === metadata.uid);
}

/** Whether every device has the conditions that it was given under. Throws BindingFailed for one that has failed. Source: KEP-5007. */
function isReady(claim: Claim | undefined, uid: string): boolean {
  if (claim?.metadata.uid !== uid || !claim.status?.allocation) return false;
  return (claim.status.allocation.devices.results ?? []).filter(({ bindingConditions }) => bindingConditions?.length).every((result) => isDeviceReady(claim, result));
}

function isDeviceReady(claim: Claim, { driver, pool, device, shareID, bindingConditions = [], bindingFailureConditions = [] }: DeepReadonly<DeviceRequestAllocationResult>): boolean {
  const known = claim.status?.devices?.find((one) => one.driver === driver && one.pool === pool && one.device === device && one.shareID === shareID)?.conditions ?? [];
  const failed = known.find(({ type, status }) => status === 'True' && bindingFailureConditions.includes(type));
  if (failed) throw new BindingFailed(`claim ${claim.metadata.name} binding failed: reason=${failed.reason}, message=${JSON.stringify(failed.message)}`);
  return bindingConditions.every((wanted) => known.some(({ type, status }) => type === wanted && status === 'True'));
}
