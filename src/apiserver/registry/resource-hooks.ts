import { namespaceHooks } from './namespaces.ts';
import type { ResourceHooks } from './write-context.ts';

/** What is special about storing some resources, by `group/resource`. */
export function resourceHooks(services: ResourceHooks): Map<string, ResourceHooks> {
  return new Map<string, ResourceHooks>([['/namespaces', namespaceHooks], ['/services', services]]);
}
