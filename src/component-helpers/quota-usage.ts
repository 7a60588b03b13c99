import type { PersistentVolumeClaim, Pod, Service } from '../api/generated/core-v1.ts';
import type { ResourceClaim } from '../api/generated/resource-v1.ts';
import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';
import { compareQuantities, type Quantity, parseQuantity, quantityOf, quantityOfMillis } from '../apimachinery/quantity.ts';
import { isPodTerminal } from './pod-state.ts';
import { occupiedLimits, occupiedRequests } from './resized-requests.ts';
import { classNameOf } from './storage-class.ts';

/** What an object takes of a quota, by the names that `spec.hard` uses. Source: pkg/quota/v1/evaluator/core, "Resource Quotas". */
export type Usage = ReadonlyMap<string, Quantity>;

const ONE = quantityOf(1);
/** Resources of the core group that quotas count under their plain name too. */
const PLAIN_COUNTS: ReadonlySet<string> = new Set(['configmaps', 'persistentvolumeclaims', 'replicationcontrollers', 'resourcequotas', 'secrets', 'services']);
const DEVICES_SUFFIX = '.deviceclass.resource.k8s.io/devices';
/** A request for all devices may get as many as a claim can have. Source: AllocationResultsMaxSize. */
const MAX_DEVICES = 32;
const STORAGE_CLASS_SUFFIX = '.storageclass.storage.k8s.io/';

/** `nowMs`: a pod that should have been gone by then takes nothing any more. */
export function quotaUsage(ref: { readonly group: string; readonly resource: string }, object: DeepReadonly<KubeObject>, nowMs: number): Usage {
  const usage = new Map<string, Quantity>([[`count/${ref.resource}${ref.group && `.${ref.group}`}`, ONE]]);
  if (ref.group === 'resource.k8s.io' && ref.resource === 'resourceclaims') addDevices(usage, object as DeepReadonly<ResourceClaim>);
  if (ref.group !== '') return usage;
  if (PLAIN_COUNTS.has(ref.resource)) usage.set(ref.resource, ONE);
  if (ref.resource === 'pods') addPod(usage, object as DeepReadonly<Pod>, nowMs);
  else if (ref.resource === 'services') addService(usage, object as DeepReadonly<Service>);
  else if (ref.resource === 'persistentvolumeclaims') addClaim(usage, object as DeepReadonly<PersistentVolumeClaim>);
  return usage;
}

/** The resource that a name of `spec.hard` counts: `pods` for `requests.cpu`, `deployments.apps` for `count/deployments.apps`. */
export function countedResource(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (name === 'requests.storage' || name.includes(STORAGE_CLASS_SUFFIX)) return 'persistentvolumeclaims';
  if (name.endsWith(DEVICES_SUFFIX)) return 'resourceclaims.resource.k8s.io';
  if (name.startsWith('services.')) return 'services';
  return PLAIN_COUNTS.has(name) ? name : 'pods';
}

function addPod(usage: Map<string, Quantity>, pod: DeepReadonly<Pod>, nowMs: number): void {
  if (isPodTerminal(pod) || isOverdue(pod, nowMs)) return;
  usage.set('pods', ONE);
  const { milliCpu, memory, ephemeralStorage, others } = occupiedRequests(pod);
  const request = (name: string, amount: Quantity): void => {
    if (!name.includes('/')) usage.set(name, amount);
    usage.set(`requests.${name}`, amount);
  };
  request('cpu', quantityOfMillis(milliCpu));
  request('memory', quantityOf(memory, 'BinarySI'));
  request('ephemeral-storage', quantityOf(ephemeralStorage, 'BinarySI'));
  for (const [name, amount] of others) request(name, quantityOf(amount, name.startsWith('hugepages-') ? 'BinarySI' : 'DecimalSI'));
  for (const [name, amount] of occupiedLimits(pod)) usage.set(`limits.${name}`, name === 'cpu' ? quantityOfMillis(amount) : quantityOf(amount, 'BinarySI'));
}

function isOverdue({ metadata }: DeepReadonly<Pod>, nowMs: number): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds !== undefined && Date.parse(metadata.deletionTimestamp) + metadata.deletionGracePeriodSeconds * 1000 < nowMs;
}

function addService(usage: Map<string, Quantity>, { spec }: DeepReadonly<Service>): void {
  const ports = spec.ports ?? [];
  if (spec.type === 'NodePort') usage.set('services.nodeports', quantityOf(ports.length));
  if (spec.type !== 'LoadBalancer') return;
  usage.set('services.loadbalancers', ONE);
  usage.set('services.nodeports', quantityOf(spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length));
}

function addClaim(usage: Map<string, Quantity>, claim: DeepReadonly<PersistentVolumeClaim>): void {
  const amount = storageOf(claim);
  if (amount) usage.set('requests.storage', amount);
  const className = classNameOf(claim);
  if (className === '') return;
  usage.set(`${className}${STORAGE_CLASS_SUFFIX}persistentvolumeclaims`, ONE);
  if (amount) usage.set(`${className}${STORAGE_CLASS_SUFFIX}requests.storage`, amount);
}

/** What the claim asks for or, while it asks for less than it was about to grow to, what is set aside for it; whole bytes. Source: pkg/quota/v1/evaluator/core/persistent_volume_claims.go, getStorageUsage. */
function storageOf({ spec, status }: DeepReadonly<PersistentVolumeClaim>): Quantity | undefined {
  const { storage } = spec.resources?.requests ?? {};
  if (storage === undefined) return undefined;
  const [asked, allocated] = [storage, status?.allocatedResources?.['storage'] ?? '0'].map(parseQuantity) as [Quantity, Quantity];
  return roundedUp(compareQuantities(allocated, asked) > 0 ? allocated : asked);
}

function roundedUp({ nanos, format }: Quantity): Quantity {
  const rest = nanos % ONE.nanos;
  return { nanos: rest > 0n ? nanos - rest + ONE.nanos : nanos, format };
}

/** The devices that a claim may get, by their classes; of alternatives the most of each class counts. Source: pkg/quota/v1/evaluator/core/resource_claims.go. */
function addDevices(usage: Map<string, Quantity>, { spec }: DeepReadonly<ResourceClaim>): void {
  const sums = new Map<string, number>();
  for (const { exactly, firstAvailable = [] } of spec.devices.requests ?? []) {
    const most = new Map<string, number>();
    for (const { deviceClassName, allocationMode = 'ExactCount', count = 1 } of exactly ? [exactly] : firstAvailable) {
      const devices = allocationMode === 'All' ? MAX_DEVICES : allocationMode === 'ExactCount' ? count : 0;
      most.set(deviceClassName, Math.max(most.get(deviceClassName) ?? 0, devices));
    }
    for (const [name, devices] of most) sums.set(name, (sums.get(name) ?? 0) + devices);
  }
  for (const [name, devices] of sums) usage.set(`${name}${DEVICES_SUFFIX}`, quantityOf(devices));
}
