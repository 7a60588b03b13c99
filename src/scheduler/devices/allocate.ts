import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { AllocationResult, DeviceAllocationConfiguration, DeviceClass, DeviceConstraint, DeviceRequest, DeviceRequestAllocationResult, DeviceToleration, ExactDeviceRequest, ResourceClaim } from '../../api/generated/resource-v1.ts';
import { afterTaking, type Counters } from './counters.ts';
import { attributesOf, deviceId, type KnownDevice } from './inventory.ts';
import { isSelected } from './selectors.ts';

export interface AllocationInput {
  readonly nodeName: string;
  readonly claims: readonly DeepReadonly<ResourceClaim>[];
  /** Those that the node can use. */
  readonly devices: readonly KnownDevice[];
  /** Ids of devices that other claims have. */
  readonly taken: ReadonlySet<string>;
  /** Of what devices share. */
  readonly counters: Counters;
  readonly deviceClass: (name: string) => DeepReadonly<DeviceClass> | undefined;
}

/** One request of a claim, or one alternative of it. */
interface Wanted {
  /** As the allocation calls it: `request`, or `request/alternative`. */
  readonly name: string;
  readonly request: string;
  readonly spec: DeepReadonly<ExactDeviceRequest>;
  readonly candidates: readonly KnownDevice[];
}

interface Pick {
  readonly claim: DeepReadonly<ResourceClaim>;
  readonly wanted: Wanted;
  readonly devices: readonly KnownDevice[];
}

/** What nobody has yet. */
type Left = Readonly<{ taken: ReadonlySet<string>; counters: Counters }>;

/**
 * Devices of one node for all claims at once, by the claims' uids; undefined when they cannot all have theirs. The first that fit are taken, in the order
 * of the slices. Source: KEP-4381, "Structured parameters"; k8s.io/dynamic-resource-allocation, structured.
 */
export function allocate(input: AllocationInput): Map<string, AllocationResult> | undefined {
  const tasks = input.claims.flatMap((claim) => (claim.spec.devices.requests ?? []).map((request) => ({ claim, alternatives: alternativesOf(request, input) })));
  const picks = assign(tasks, 0, [], input);
  if (!picks) return undefined;
  return new Map(input.claims.map((claim) => [claim.metadata.uid, resultOf(claim, picks.filter((pick) => pick.claim === claim), input)]));
}

function alternativesOf(request: DeepReadonly<DeviceRequest>, { devices, deviceClass }: AllocationInput): Wanted[] {
  const options = request.exactly ? [{ name: request.name, spec: request.exactly }] : (request.firstAvailable ?? []).map((one) => ({ name: `${request.name}/${one.name}`, spec: one }));
  return options.flatMap(({ name, spec }) => {
    const found = deviceClass(spec.deviceClassName);
    if (!found) return [];
    const selectors = [...(found.spec.selectors ?? []), ...(spec.selectors ?? [])];
    return [{ name, request: request.name, spec, candidates: devices.filter((device) => isTolerated(device, spec.tolerations) && isSelected(device, selectors)) }];
  });
}

function isTolerated({ device }: KnownDevice, tolerations: readonly DeepReadonly<DeviceToleration>[] = []): boolean {
  return (device.taints ?? []).every((taint) => taint.effect === 'None' || tolerations.some(({ key, operator = 'Equal', value = '', effect }) => (
    (!effect || effect === taint.effect) && (!key ? operator === 'Exists' : key === taint.key) && (operator === 'Exists' || value === (taint.value ?? '')))));
}

/** Goes through the requests, each with its alternatives in order, and takes steps back where what follows cannot be served. */
function assign(tasks: readonly { claim: DeepReadonly<ResourceClaim>; alternatives: readonly Wanted[] }[], at: number, picks: readonly Pick[], { taken, counters }: Left): readonly Pick[] | undefined {
  const task = tasks[at];
  if (!task) return picks;
  for (const wanted of task.alternatives) {
    const isShared = wanted.spec.adminAccess === true;
    const free = wanted.candidates.filter((one) => isShared || !taken.has(idOf(one)));
    const isAll = wanted.spec.allocationMode === 'All';
    if (isAll && (free.length === 0 || free.length < wanted.candidates.length)) continue;
    for (const devices of isAll ? [free] : combinations(free, wanted.spec.count ?? 1)) {
      const next = [...picks, { claim: task.claim, wanted, devices }];
      const left = isShared ? counters : afterTaking(counters, devices);
      if (!left || !holds(task.claim, next)) continue;
      const found = assign(tasks, at + 1, next, { taken: isShared ? taken : new Set([...taken, ...devices.map(idOf)]), counters: left });
      if (found) return found;
    }
  }
  return undefined;
}

const idOf = ({ driver, pool, device }: KnownDevice): string => deviceId({ driver, pool, device: device.name });

/** All choices of `count` of them, those of the first ones first. */
function* combinations(from: readonly KnownDevice[], count: number, start = 0): Generator<KnownDevice[]> {
  if (count === 0) yield [];
  else for (let index = start; index <= from.length - count; index++) for (const rest of combinations(from, count - 1, index + 1)) yield [from[index] as KnownDevice, ...rest];
}

function holds(claim: DeepReadonly<ResourceClaim>, picks: readonly Pick[]): boolean {
  return (claim.spec.devices.constraints ?? []).every((constraint) => constraintHolds(constraint, picks.filter((pick) => pick.claim === claim)));
}

function constraintHolds({ requests = [], matchAttribute, distinctAttribute }: DeepReadonly<DeviceConstraint>, picks: readonly Pick[]): boolean {
  const attribute = matchAttribute ?? distinctAttribute;
  if (attribute === undefined) return true;
  const devices = picks.filter(({ wanted }) => requests.length === 0 || requests.includes(wanted.request) || requests.includes(wanted.name)).flatMap((pick) => pick.devices);
  const values = devices.map((device) => attributesOf(device).get(attribute));
  if (values.some((value) => value === undefined)) return false;
  return matchAttribute !== undefined ? new Set(values).size <= 1 : new Set(values).size === values.length;
}

function resultOf(claim: DeepReadonly<ResourceClaim>, picks: readonly Pick[], { nodeName, deviceClass }: AllocationInput): AllocationResult {
  const results = picks.flatMap(({ wanted, devices }) => devices.map(({ driver, pool, device }): DeviceRequestAllocationResult => (
    { request: wanted.name, driver, pool, device: device.name, ...(wanted.spec.adminAccess && { adminAccess: true }), ...(wanted.spec.tolerations && { tolerations: structuredClone(wanted.spec.tolerations) as DeviceToleration[] }) })));
  const fromClasses = picks.flatMap(({ wanted }) => (deviceClass(wanted.spec.deviceClassName)?.spec.config ?? []).map(({ opaque }) => ({ source: 'FromClass', requests: [wanted.name], ...(opaque && { opaque: structuredClone(opaque) }) })));
  const fromClaim = (claim.spec.devices.config ?? []).map(({ requests, opaque }) => ({ source: 'FromClaim', ...(requests && { requests: [...requests] }), ...(opaque && { opaque: structuredClone(opaque) }) }));
  const config = [...fromClasses, ...fromClaim] as DeviceAllocationConfiguration[];
  const isEverywhere = picks.every(({ devices }) => devices.every(({ slice, device }) => (slice.spec.perDeviceNodeSelection ? device.allNodes : slice.spec.allNodes) === true));
  return {
    devices: { results, ...(config.length > 0 && { config }) },
    ...(!isEverywhere && { nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }] } }),
  };
}
