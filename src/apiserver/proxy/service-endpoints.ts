import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { notFound, serviceUnavailable } from '../../apimachinery/status.ts';
import type { ServicePort } from '../../api/generated/core-v1.ts';
import * as refs from '../../api/refs.ts';
import type { Random } from '../../base/random.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the ready endpoints of a service's port (by the port's name) are reached: at the pods, not at the service's address. */
export function readyAddresses(objects: CachedObjects, service: { readonly namespace: string; readonly name: string; readonly portName: string }): Address[] {
  const found: Address[] = [];
  for (const slice of objects.list(refs.endpointSlices, service.namespace)) {
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== service.name) continue;
    const port = slice.ports?.find((one) => (one.name ?? '') === service.portName)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const [host] = endpoint.addresses;
      if (host !== undefined && endpoint.conditions?.ready !== false) found.push({ host, port });
    }
  }
  return found;
}

/** One ready endpoint of a service, by the service's port. Throws StatusError 404 or 503. Source: apiserver pkg/util/proxy, ResolveEndpoint. */
export function resolveEndpoint(objects: CachedObjects, random: Random, service: { readonly namespace: string; readonly name: string; readonly port: number }): Address {
  const { namespace, name } = service;
  const candidates = readyAddresses(objects, { namespace, name, portName: servicePort(objects, service).name ?? '' });
  const chosen = candidates[random.below(Math.max(candidates.length, 1))];
  if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

function servicePort(objects: CachedObjects, { namespace, name, port }: { readonly namespace: string; readonly name: string; readonly port: number }): DeepReadonly<ServicePort> {
  const service = objects.get(refs.services, name, namespace);
  // As Go names it here: by the kind, not by the resource.
  if (!service) throw notFound({ group: '', resource: 'service' }, name);
  if (service.spec.type === 'ExternalName') throw serviceUnavailable(`unsupported service type ${JSON.stringify(service.spec.type)}`);
  const found = service.spec.ports?.find((one) => one.port === port);
  if (!found) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return found;
}
