import type { Draft } from '../../apimachinery/meta.ts';
import type { PriorityClass } from '../generated/scheduling-v1.ts';

/** Names and values above these are the system's own. */
export const HIGHEST_USER_PRIORITY = 1_000_000_000;
export const SYSTEM_PREFIX = 'system-';
export const NODE_CRITICAL = 'system-node-critical';
/** That of `system-cluster-critical`: pods from it on are critical. */
export const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

/** The classes that every cluster has; the server creates them and puts them back. Source: pkg/apis/scheduling/helpers.go. */
export const systemPriorityClasses: readonly Draft<PriorityClass>[] = [
  {
    metadata: { name: NODE_CRITICAL },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: SYSTEM_CRITICAL_PRIORITY,
    description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
];
