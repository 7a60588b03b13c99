import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { EndpointSlice } from '../../api/generated/discovery-v1.ts';
import type { Service } from '../../api/generated/core-v1.ts';
import type { RemoteService } from './remote-service.ts';

/** The condition `Available` of an APIService, without its time. */
export interface Availability {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export const PASSED: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

function not(reason: string, message: string): Availability {
  return { status: 'False', reason, message };
}

/**
 * Why the server behind an APIService cannot be reached, as far as the cluster's objects tell; undefined: it is to be asked.
 * Source: kube-aggregator pkg/controllers/status/remote.
 */
export function unreachable(
  { spec: { service: ref } }: RemoteService, service: DeepReadonly<Service> | undefined, slices: readonly DeepReadonly<EndpointSlice>[],
): Availability | undefined {
  const what = `service/${ref.name} in ${JSON.stringify(ref.namespace)}`;
  const wanted = ref.port ?? 443;
  if (!service) return not('ServiceNotFound', `${what} is not present`);
  if ((service.spec.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const port = service.spec.ports?.find((one) => one.port === wanted);
  if (!port) return not('ServicePortError', `${what} is not listening on port ${wanted}`);
  if (slices.length === 0) return not('EndpointsNotFound', `cannot find endpointslices for ${what}`);
  const name = port.name ?? '';
  const isServed = slices.some(({ endpoints, ports }) => ports?.some((one) => (one.name ?? '') === name) && endpoints?.some(({ conditions }) => conditions?.ready !== false));
  return isServed ? undefined : not('MissingEndpoints', `endpointslices for ${what} have no addresses with port name ${JSON.stringify(name)}`);
}

/** The server was asked, and did not say what it serves. */
export function failedDiscovery(url: string, why: string): Availability {
  return not('FailedDiscoveryCheck', `failing or missing response from ${url}: ${why}`);
}
