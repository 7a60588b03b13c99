import type { ResourceHooks } from './write-context.ts';
import { namespaceHooks } from './namespaces.ts';

/** What is special about storing some resources, by `group/resource`. */
export function resourceHooks(): Map<string, ResourceHooks> {
  return new Map([['/namespaces', namespaceHooks]]);
}
