import { resourceClaims } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import type { ResourceClaim } from '../../api/generated/resource-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../client/index.ts';
import type { Plugin, PluginHandler } from '../plugins/plugin.ts';
import type { ClaimState, PreparedClaim } from './claim-state.ts';
import { DeviceDriver, type PreparedDevice } from './driver.ts';

/** The devices of a pod are not ready; the message goes into the event `FailedPrepareDynamicResources`. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
}

/** The devices of claims for the pods of this node: asks their drivers to make them ready, and to take them back. Source: KEP-4381; pkg/kubelet/cm/dra. */
export class DeviceManager implements PluginHandler {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #state: ClaimState;
  readonly #drivers = new Map<string, DeviceDriver>();
  /** Pods that went while this kubelet was away, and whose drivers were not there to take devices back. */
  readonly #orphans = new Set<string>();

  constructor(options: { client: Client; clock: Clock; state: ClaimState }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#state = options.state;
  }

  async register(plugin: Plugin, signal: AbortSignal): Promise<void> {
    this.#drivers.set(plugin.name, new DeviceDriver(plugin, this.#clock));
    await this.#releaseOrphans(signal);
  }

  async deregister(plugin: Plugin): Promise<void> {
    this.#drivers.delete(plugin.name);
  }

  /** Gives back what is held by pods that are none of these any more, now or when its drivers are there. */
  async keepOnly(podUids: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (const uid of [...this.#state.claims.values()].flatMap(({ pods }) => pods)) if (!podUids.has(uid)) this.#orphans.add(uid);
    await this.#releaseOrphans(signal);
  }

  async #releaseOrphans(signal: AbortSignal): Promise<void> {
    for (const uid of this.#orphans) {
      try {
        await this.release(uid, signal);
        this.#orphans.delete(uid);
      } catch (error) {
        if (signal.aborted) throw error;
      }
    }
  }

  /** Safe to repeat: what is ready is not asked for again. Throws `DeviceError`. */
  async prepare(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    const { resourceClaimName: extended } = pod.status?.extendedResourceClaimStatus ?? {};
    for (const name of [...claimNames(pod).values(), ...(extended ? [extended] : [])]) await this.#prepareOne(pod, name, signal);
  }

  async #prepareOne(pod: DeepReadonly<Pod>, name: string, signal: AbortSignal): Promise<void> {
    const { uid, namespace = '' } = pod.metadata;
    const isReady = (claim: PreparedClaim): boolean => claim.pods.includes(uid) && claim.drivers.every((driver) => claim.devices[driver]);
    if ([...this.#state.claims.values()].some((claim) => claim.name === name && claim.namespace === namespace && isReady(claim))) return;
    const claim = await this.#usableClaim(pod, name, signal);
    const known = this.#state.claims.get(claim.metadata.uid);
    const drivers = [...new Set(claim.status?.allocation?.devices?.results?.map(({ driver }) => driver))];
    let current: PreparedClaim = { namespace, name, uid: claim.metadata.uid, pods: [...new Set([...(known?.pods ?? []), uid])], drivers, devices: { ...known?.devices } };
    const keep = (next: PreparedClaim): Promise<void> => {
      current = next;
      this.#state.claims.set(next.uid, next);
      return this.#state.save();
    };
    // Who asks a driver is kept in mind before it acts: a crash must not leave devices behind that nobody gives back.
    await keep(current);
    for (const driver of drivers) {
      if (current.devices[driver]) continue;
      const devices = await this.#ask(driver, current, signal);
      await keep({ ...current, devices: { ...current.devices, [driver]: devices } });
    }
  }

  async #ask(driver: string, { namespace, name, uid }: PreparedClaim, signal: AbortSignal): Promise<readonly PreparedDevice[]> {
    try {
      return await this.#driver(driver).prepare({ namespace, name, uid }, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new DeviceError((error as Error).message, { cause: error });
    }
  }

  async #usableClaim(pod: DeepReadonly<Pod>, name: string, signal: AbortSignal): Promise<DeepReadonly<ResourceClaim>> {
    const { uid, namespace = '' } = pod.metadata;
    const claim = await this.#claim(namespace, name, signal);
    if (!claim.status?.allocation) throw new DeviceError(`ResourceClaim ${name}: not allocated`);
    if (!claim.status.reservedFor?.some((user) => user.uid === uid && user.resource === 'pods')) throw new DeviceError(`pod ${pod.metadata.name}(${uid}) is not allowed to use ResourceClaim ${name}(${claim.metadata.uid})`);
    return claim;
  }

  async #claim(namespace: string, name: string, signal: AbortSignal): Promise<DeepReadonly<ResourceClaim>> {
    try {
      return await this.#client.resource(resourceClaims, namespace).get(name, { signal });
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      throw new DeviceError(`failed to fetch ResourceClaim ${name} referenced by pod: ${error.message}`, { cause: error });
    }
  }

  #driver(name: string): DeviceDriver {
    const driver = this.#drivers.get(name);
    if (!driver) throw new Error(`DRA driver ${name} is not registered`);
    return driver;
  }

  /** The devices that a container asks for, by their CDI names. */
  devicesOf(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): string[] {
    const names = claimNames(pod);
    const found = (container.resources?.claims ?? []).flatMap(({ name, request }) => {
      const claim = [...this.#state.claims.values()].find((one) => one.name === names.get(name) && one.pods.includes(pod.metadata.uid));
      return idsFor(claim, request);
    });
    return [...new Set([...found, ...this.#extendedDevicesOf(pod, container)])];
  }

  /** Those that the scheduler has chosen for the container's extended resources. */
  #extendedDevicesOf(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): string[] {
    const { resourceClaimName, requestMappings = [] } = pod.status?.extendedResourceClaimStatus ?? {};
    const claim = [...this.#state.claims.values()].find((one) => one.name === resourceClaimName && one.pods.includes(pod.metadata.uid));
    return requestMappings.filter(({ containerName }) => containerName === container.name).flatMap(({ requestName }) => idsFor(claim, requestName));
  }

  /** The pod has ended: what no other pod of this node has is given back. Rejects when a driver does not take it; what it has not taken is kept in mind. */
  async release(podUid: string, signal: AbortSignal): Promise<void> {
    for (const claim of this.#state.claims.values()) {
      if (!claim.pods.includes(podUid)) continue;
      const pods = claim.pods.filter((uid) => uid !== podUid);
      if (pods.length === 0) {
        for (const driver of claim.drivers) await this.#driver(driver).unprepare({ namespace: claim.namespace, name: claim.name, uid: claim.uid }, signal);
        this.#state.claims.delete(claim.uid);
      } else this.#state.claims.set(claim.uid, { ...claim, pods });
      await this.#state.save();
    }
  }
}

function idsFor(claim: PreparedClaim | undefined, request: string | undefined): readonly string[] {
  return Object.values(claim?.devices ?? {}).flat().filter(({ requestNames }) => isFor(requestNames, request)).flatMap(({ cdiDeviceIds }) => cdiDeviceIds);
}

/** A request with alternatives is `request/alternative`. */
function isFor(requestNames: readonly string[], request: string | undefined): boolean {
  return request === undefined || request === '' || requestNames.length === 0 || requestNames.some((name) => name === request || name.startsWith(`${request}/`));
}

/** The claims of a pod by the names that its containers use. One that was found not to be needed has none. */
function claimNames({ spec, status }: DeepReadonly<Pod>): Map<string, string> {
  const made = (name: string): string | undefined => status?.resourceClaimStatuses?.find((one) => one.name === name)?.resourceClaimName;
  return new Map((spec.resourceClaims ?? []).flatMap(({ name, resourceClaimName }): [string, string][] => {
    const claim = resourceClaimName ?? made(name);
    return claim === undefined ? [] : [[name, claim]];
  }));
}
