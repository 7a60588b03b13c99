import { namespaceHooks } from './namespaces.ts';
import { ServiceAllocation, type ServiceRanges } from './services/service-hooks.ts';
import type { ResourceHooks } from './write-context.ts';

/** What is special about storing some resources, by `group/resource`. */
export function resourceHooks(services: ServiceRanges): Map<string, ResourceHooks> {
  return new Map<string, ResourceHooks>([['/namespaces', namespaceHooks], ['/services', new ServiceAllocation(services)]]);
}
