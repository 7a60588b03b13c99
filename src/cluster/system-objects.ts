import type { ConfigMap, Endpoints, Namespace } from '../api/generated/core-v1.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import type { PriorityClass } from '../api/generated/scheduling-v1.ts';
import { systemPriorityClasses } from '../api/scheduling/system-classes.ts';
import * as refs from '../api/refs.ts';
import type { DeepReadonly, Draft, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import { cidrAddress, ipFamilyOf } from '../apimachinery/validation/ip.ts';
import type { Clock } from '../base/clock.ts';
import type { Client } from '../client/client.ts';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Makes an object unless it is there. */
async function ensure<T extends KubeObject>(client: Client, ref: ResourceRef<T>, draft: Draft<T>, signal: AbortSignal): Promise<DeepReadonly<T> | undefined> {
  const { name = '', namespace } = draft.metadata;
  const resource = client.resource(ref, namespace);
  try {
    return await resource.get(name, { signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
  try {
    return await resource.create(draft, { signal });
  } catch (error) {
    // Another server may have made it meanwhile.
    if (!hasReason(error, 'AlreadyExists')) throw error;
    return await resource.get(name, { signal });
  }
}

export async function ensureSystemNamespaces(client: Client, signal: AbortSignal): Promise<void> {
  await Promise.all(SYSTEM_NAMESPACES.map((name) => ensure<Namespace>(client, refs.namespaces, { metadata: { name } } as Draft<Namespace>, signal)));
}

export async function ensureSystemPriorityClasses(client: Client, signal: AbortSignal): Promise<void> {
  await Promise.all(systemPriorityClasses.map((one) => ensure<PriorityClass>(client, refs.priorityClasses, one, signal)));
}

/** The first address of the first range of services is the API's: Service `default/kubernetes`. */
export function apiServiceAddress([range = '']: readonly string[]): string {
  return cidrAddress(range, 1);
}

/** The tenth is cluster DNS's. */
export function dnsServiceAddress([range = '']: readonly string[]): string {
  return cidrAddress(range, 10);
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/**
 * Writes the addresses of all API servers as the endpoints of `default/kubernetes`. They have one port in common, as upstream: of servers with
 * different ones those count that have the port of the first by address. A server that only its own machine reaches is no endpoint: pods could not reach it.
 */
export async function publishMasters(client: Client, masters: readonly { readonly address: string; readonly port: number }[], signal: AbortSignal): Promise<void> {
  const [first, ...rest] = masters.filter((one) => !isLoopback(one.address)).toSorted((a, b) => (a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1));
  if (!first) return;
  const addresses = [...new Set([first, ...rest].filter((one) => one.port === first.port).map((one) => one.address))];
  const ports = [{ name: 'https', port: first.port, protocol: 'TCP' }];
  const slice = {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: ipFamilyOf(first.address) ?? 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports,
  };
  const endpoints = {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
  };
  const [oldSlice, oldEndpoints] = await Promise.all([
    ensure<EndpointSlice>(client, refs.endpointSlices, slice as unknown as Draft<EndpointSlice>, signal),
    ensure<Endpoints>(client, refs.endpoints, endpoints as unknown as Draft<Endpoints>, signal),
  ]);
  const wanted = `${addresses.join(' ')} ${first.port}`;
  if (oldSlice && `${(oldSlice.endpoints ?? []).flatMap((one) => one.addresses).join(' ')} ${oldSlice.ports?.[0]?.port}` !== wanted) {
    await client.resource(refs.endpointSlices, 'default').patch('kubernetes', { type: 'merge', patch: { endpoints: slice.endpoints, ports } }, { signal });
  }
  const subset = oldEndpoints?.subsets?.[0];
  if (oldEndpoints && `${(subset?.addresses ?? []).map((one) => one.ip).join(' ')} ${subset?.ports?.[0]?.port}` !== wanted) {
    await client.resource(refs.endpoints, 'default').patch('kubernetes', { type: 'merge', patch: { subsets: endpoints.subsets } }, { signal });
  }
}

/** Since when uses of tokens of service accounts that live in Secrets are told. Source: KEP-2799; pkg/controlplane/controller/legacytokentracking. */
export async function ensureLegacyTokenTracking(client: Client, clock: Clock, signal: AbortSignal): Promise<void> {
  const metadata = { name: 'kube-apiserver-legacy-service-account-token-tracking', namespace: 'kube-system' };
  await ensure<ConfigMap>(client, refs.configMaps, { metadata, data: { since: new Date(clock.now()).toISOString().slice(0, 10) } }, signal);
}
