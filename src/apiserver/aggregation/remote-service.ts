import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { APIService, ServiceReference } from '../../api/generated/apiregistration-v1.ts';

/** An APIService that another server stands behind. */
export type RemoteService = DeepReadonly<APIService> & { readonly spec: { readonly service: ServiceReference } };

export function isRemote(service: DeepReadonly<APIService>): service is RemoteService {
  return service.spec.service !== undefined && service.spec.service !== null;
}

export function isAvailable({ status }: DeepReadonly<APIService>): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Available' && value === 'True') ?? false;
}
