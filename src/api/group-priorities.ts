/** The order in which groups and versions are named, in discovery and as APIServices. Source: kubernetes pkg/controlplane/apiserver/aggregator.go. */
export interface Priority {
  /** Higher first; groups of equal priority by name. */
  readonly group: number;
  readonly version: number;
}

const GROUPS: Readonly<Record<string, number>> = {
  '': 18_000, 'apiregistration.k8s.io': 18_000, apps: 17_800, 'events.k8s.io': 17_750, 'authentication.k8s.io': 17_700, 'authorization.k8s.io': 17_600, autoscaling: 17_500, batch: 17_400,
  'certificates.k8s.io': 17_300, 'networking.k8s.io': 17_200, policy: 17_100, 'rbac.authorization.k8s.io': 17_000, 'storage.k8s.io': 16_800,
  'admissionregistration.k8s.io': 16_700, 'apiextensions.k8s.io': 16_700, 'scheduling.k8s.io': 16_600, 'coordination.k8s.io': 16_500, 'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200, 'resource.k8s.io': 16_200, 'flowcontrol.apiserver.k8s.io': 16_100,
};
const VERSIONS: Readonly<Record<string, number>> = { '/v1': 1, 'autoscaling/v2': 30, 'resource.k8s.io/v1': 21, 'flowcontrol.apiserver.k8s.io/v1': 21 };
const VERSION = 15;

/** Of custom resources. */
export const CUSTOM_PRIORITY: Priority = { group: 1000, version: 100 };

export function builtInPriority(group: string, version: string): Priority {
  return { group: GROUPS[group] ?? CUSTOM_PRIORITY.group, version: VERSIONS[`${group}/${version}`] ?? VERSION };
}
