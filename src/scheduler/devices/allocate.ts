import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatQuantity } from '../../apimachinery/quantity.ts';
import type { NodeSelector } from '../../api/generated/core-v1.ts';
import type { AllocationResult, DeviceAllocationConfiguration, DeviceClass, DeviceConstraint, DeviceRequest, DeviceRequestAllocationResult, DeviceToleration, ExactDeviceRequest, ResourceClaim } from '../../api/generated/resource-v1.ts';
import { toleratesTaint } from '../../component-helpers/tolerations.ts';
import { AllocationError } from './allocation-error.ts';
import { afterConsuming, type Amounts, amountsOf } from './capacity.ts';
import { afterTaking } from './counters.ts';
import type { InUse } from './in-use.ts';
import { attributesOf, deviceId, type KnownDevice } from './inventory.ts';
import { isSelected } from './selectors.ts';

export interface AllocationInput {
  readonly nodeName: string;
  readonly claims: readonly DeepReadonly<ResourceClaim>[];
  /** Those that the node can use. */
  readonly devices: readonly KnownDevice[];
  /** Pools (`driver/pool`) of which the node could use devices, but that are not whole: their driver is changing them. */
  readonly changing: readonly string[];
  readonly inUse: InUse;
  readonly deviceClass: (name: string) => DeepReadonly<DeviceClass> | undefined;
  /** Names a part of a device that several claims share. */
  readonly newShare: () => string;
}

/** One request of a claim, or one alternative of it. */
interface Wanted {
  readonly claim: DeepReadonly<ResourceClaim>;
  /** As the allocation calls it: `request`, or `request/alternative`. */
  readonly name: string;
  readonly request: string;
  readonly spec: DeepReadonly<ExactDeviceRequest>;
  readonly deviceClass: DeepReadonly<DeviceClass>;
  /** Whether its selectors take a device, once that was asked. */
  readonly selected: Map<KnownDevice, boolean>;
}

/** A device for a request; with what is taken of it where it is shared. */
interface Chosen {
  readonly known: KnownDevice;
  readonly amounts: Amounts | undefined;
}

/** So many devices a claim can have. Source: AllocationResultsMaxSize. */
const MAX_RESULTS = 32;

interface Pick {
  readonly wanted: Wanted;
  readonly chosen: readonly Chosen[];
}

/**
 * Devices of one node for all claims at once, by the claims' uids; undefined when they cannot all have theirs. The first that fit are taken, in the order
 * of the slices; selectors are asked of no more devices than need be. Throws AllocationError for a claim that cannot be worked out.
 * Source: KEP-4381, "Structured parameters"; k8s.io/dynamic-resource-allocation, structured.
 */
export function allocate(input: AllocationInput): Map<string, AllocationResult> | undefined {
  const tasks = input.claims.flatMap((claim) => (claim.spec.devices.requests ?? []).map((request) => alternativesOf(claim, request, input)));
  for (const claim of input.claims) checkSize(claim, tasks, input);
  const picks = assign(tasks, 0, [], input.inUse, input);
  if (!picks) return undefined;
  return new Map(input.claims.map((claim) => [claim.metadata.uid, resultOf(claim, picks.filter(({ wanted }) => wanted.claim === claim), input)]));
}

function alternativesOf(claim: DeepReadonly<ResourceClaim>, request: DeepReadonly<DeviceRequest>, { deviceClass }: AllocationInput): Wanted[] {
  const options = request.exactly ? [{ name: request.name, spec: request.exactly }] : (request.firstAvailable ?? []).map((one) => ({ name: `${request.name}/${one.name}`, spec: one }));
  return options.flatMap(({ name, spec }) => {
    const found = deviceClass(spec.deviceClassName);
    return found ? [{ claim, name, request: request.name, spec, deviceClass: found, selected: new Map<KnownDevice, boolean>() }] : [];
  });
}

/** Throws AllocationError for a claim that asks for more devices than a claim can have, whichever alternatives it gets. */
function checkSize(claim: DeepReadonly<ResourceClaim>, tasks: readonly (readonly Wanted[])[], { devices }: AllocationInput): void {
  const countOf = (wanted: Wanted): number => (wanted.spec.allocationMode === 'All' ? devices.filter((known) => selects(wanted, known)).length : (wanted.spec.count ?? 1));
  const least = tasks.filter(([first]) => first?.claim === claim).reduce((sum, task) => sum + Math.min(...task.map(countOf)), 0);
  if (least > MAX_RESULTS) throw new AllocationError(`claim ${claim.metadata.namespace}/${claim.metadata.name}: number of requested devices ${least} exceeds the claim limit of ${MAX_RESULTS}`);
}

function isWithinSize(claim: DeepReadonly<ResourceClaim>, picks: readonly Pick[]): boolean {
  return picks.reduce((sum, { wanted, chosen }) => (wanted.claim === claim ? sum + chosen.length : sum), 0) <= MAX_RESULTS;
}

/** Goes through the requests, each with its alternatives in order, and takes steps back where what follows cannot be served. */
function assign(tasks: readonly (readonly Wanted[])[], at: number, picks: readonly Pick[], left: InUse, input: AllocationInput): readonly Pick[] | undefined {
  const task = tasks[at];
  if (!task) return picks;
  for (const wanted of task) {
    for (const { chosen, left: rest } of wanted.spec.allocationMode === 'All' ? allOf(wanted, left, input) : choices(wanted, wanted.spec.count ?? 1, left, input.devices)) {
      const next = [...picks, { wanted, chosen }];
      if (!isWithinSize(wanted.claim, next) || !holds(wanted.claim, next)) continue;
      const found = assign(tasks, at + 1, next, rest, input);
      if (found) return found;
    }
  }
  return undefined;
}

interface Choice {
  readonly chosen: readonly Chosen[];
  readonly left: InUse;
}

/** All choices of `count` of the devices, those of the first ones first. One that may be shared may be chosen again. */
function* choices(wanted: Wanted, count: number, left: InUse, from: readonly KnownDevice[], start = 0): Generator<Choice> {
  if (count === 0) yield { chosen: [], left };
  else for (let index = start; index < from.length; index++) {
    const known = from[index] as KnownDevice;
    const taken = take(wanted, known, left);
    if (!taken) continue;
    for (const rest of choices(wanted, count - 1, taken.left, from, known.device.allowMultipleAllocations ? index : index + 1)) yield { chosen: [...taken.chosen, ...rest.chosen], left: rest.left };
  }
}

/** Every device that the selectors take, as long as all of them can be had. */
function* allOf(wanted: Wanted, left: InUse, { devices, changing }: AllocationInput): Generator<Choice> {
  const { claim, name } = wanted;
  if (changing[0] !== undefined) throw new AllocationError(`claim ${claim.metadata.namespace}/${claim.metadata.name}, request ${name}: asks for all devices, but resource pool ${changing[0]} is currently being updated`);
  let whole: Choice = { chosen: [], left };
  for (const known of devices) {
    if (!selects(wanted, known)) continue;
    const taken = take(wanted, known, whole.left);
    if (!taken) return;
    whole = { chosen: [...whole.chosen, ...taken.chosen], left: taken.left };
  }
  if (whole.chosen.length > 0) yield whole;
}

/** The device for the request, and what is left then; undefined when the request cannot have it. */
function take(wanted: Wanted, known: KnownDevice, left: InUse): Choice | undefined {
  const id = idOf(known);
  const { adminAccess, tolerations, capacity } = wanted.spec;
  const isShared = known.device.allowMultipleAllocations === true;
  if (!adminAccess && !isShared && left.taken.has(id)) return undefined;
  if (!selects(wanted, known) || !isTolerated(known, tolerations)) return undefined;
  const amounts = amountsOf(known, capacity?.requests);
  if (!amounts) return undefined;
  const chosen = [{ known, amounts: isShared ? amounts : undefined }];
  if (adminAccess) return { chosen, left };
  const counters = left.consumed.has(id) ? left.counters : afterTaking(left.counters, [known]);
  if (!counters) return undefined;
  if (!isShared) return { chosen, left: { ...left, taken: new Set([...left.taken, id]), counters } };
  const consumed = afterConsuming(left.consumed.get(id), amounts, known);
  return consumed && { chosen, left: { ...left, consumed: new Map([...left.consumed, [id, consumed]]), counters } };
}

function selects({ selected, claim, deviceClass, spec }: Wanted, known: KnownDevice): boolean {
  const before = selected.get(known);
  if (before !== undefined) return before;
  const found = isSelected(known, `class ${deviceClass.metadata.name}`, deviceClass.spec.selectors) && isSelected(known, `claim ${claim.metadata.namespace}/${claim.metadata.name}`, spec.selectors);
  selected.set(known, found);
  return found;
}

function isTolerated({ device }: KnownDevice, tolerations: readonly DeepReadonly<DeviceToleration>[] = []): boolean {
  return (device.taints ?? []).every((taint) => taint.effect === 'None' || toleratesTaint(tolerations, taint));
}

const idOf = ({ driver, pool, device }: KnownDevice): string => deviceId({ driver, pool, device: device.name });

function holds(claim: DeepReadonly<ResourceClaim>, picks: readonly Pick[]): boolean {
  return (claim.spec.devices.constraints ?? []).every((constraint) => constraintHolds(constraint, picks.filter(({ wanted }) => wanted.claim === claim)));
}

function constraintHolds({ requests = [], matchAttribute, distinctAttribute }: DeepReadonly<DeviceConstraint>, picks: readonly Pick[]): boolean {
  const attribute = matchAttribute ?? distinctAttribute;
  if (attribute === undefined) return true;
  const devices = picks.filter(({ wanted }) => requests.length === 0 || requests.includes(wanted.request) || requests.includes(wanted.name)).flatMap(({ chosen }) => chosen.map(({ known }) => known));
  const values = devices.map((device) => attributesOf(device).get(attribute));
  if (values.some((value) => value === undefined)) return false;
  return matchAttribute !== undefined ? new Set(values).size <= 1 : new Set(values).size === values.length;
}

function resultOf(claim: DeepReadonly<ResourceClaim>, picks: readonly Pick[], { nodeName, newShare }: AllocationInput): AllocationResult {
  const results = picks.flatMap(({ wanted, chosen }) => chosen.map((one) => deviceResult(wanted, one, newShare)));
  const fromClasses = picks.flatMap(({ wanted }) => (wanted.deviceClass.spec.config ?? []).map(({ opaque }) => ({ source: 'FromClass', requests: [wanted.name], ...(opaque && { opaque: structuredClone(opaque) }) })));
  const fromClaim = (claim.spec.devices.config ?? []).map(({ requests, opaque }) => ({ source: 'FromClaim', ...(requests && { requests: [...requests] }), ...(opaque && { opaque: structuredClone(opaque) }) }));
  const config = [...fromClasses, ...fromClaim] as DeviceAllocationConfiguration[];
  const nodeSelector = selectorFor(picks.flatMap(({ chosen }) => chosen.map(({ known }) => known)), nodeName);
  return { devices: { results, ...(config.length > 0 && { config }) }, ...(nodeSelector && { nodeSelector }) };
}

function deviceResult({ name, spec: { adminAccess, tolerations } }: Wanted, { known: { driver, pool, device }, amounts }: Chosen, newShare: () => string): DeviceRequestAllocationResult {
  const { bindingConditions, bindingFailureConditions } = device;
  return {
    request: name, driver, pool, device: device.name, ...(adminAccess && { adminAccess: true }), ...(tolerations && { tolerations: structuredClone(tolerations) as DeviceToleration[] }),
    ...(bindingConditions?.length && { bindingConditions: [...bindingConditions] }), ...(bindingFailureConditions?.length && { bindingFailureConditions: [...bindingFailureConditions] }),
    ...(amounts && { shareID: newShare(), ...(amounts.size > 0 && { consumedCapacity: Object.fromEntries([...amounts].map(([capacity, amount]) => [capacity, formatQuantity(amount)])) }) }),
  };
}

/** Where all of the devices can be used: on one node, as soon as one of them is that node's or is bound to it; undefined: everywhere. */
function selectorFor(devices: readonly KnownDevice[], nodeName: string): NodeSelector | undefined {
  const places = devices.map(({ slice, device }) => ({ place: slice.spec.perDeviceNodeSelection ? device : slice.spec, isBound: device.bindsToNode === true }));
  if (places.some(({ place, isBound }) => isBound || place.nodeName !== undefined)) return { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }] };
  const terms = places.flatMap(({ place }) => place.nodeSelector?.nodeSelectorTerms ?? []);
  const [matchFields, matchExpressions] = [unique(terms.flatMap((term) => term.matchFields ?? [])), unique(terms.flatMap((term) => term.matchExpressions ?? []))];
  if (matchFields.length + matchExpressions.length === 0) return undefined;
  return { nodeSelectorTerms: [{ ...(matchFields.length > 0 && { matchFields }), ...(matchExpressions.length > 0 && { matchExpressions }) }] } as NodeSelector;
}

function unique<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), structuredClone(one)])).values()];
}
