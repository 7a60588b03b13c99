/** The names of the controllers alone: a server that runs none of them, or is not ready yet, does not load them. */

/** Those that `--controllers=*` means. */
const ENABLED = [
  'replicaset-controller', 'deployment-controller', 'serviceaccount-controller', 'root-ca-certificate-publisher-controller', 'namespace-controller',
  'endpointslice-controller', 'endpoints-controller', 'node-lifecycle-controller', 'taint-eviction-controller', 'device-taint-eviction-controller', 'node-ipam-controller',
  'ttl-controller', 'garbage-collector-controller', 'daemonset-controller', 'pod-garbage-collector-controller',
  'certificatesigningrequest-approving-controller', 'certificatesigningrequest-signing-controller', 'certificatesigningrequest-cleaner-controller',
  'clusterrole-aggregation-controller', 'disruption-controller', 'horizontal-pod-autoscaler-controller', 'job-controller',
  'ttl-after-finished-controller', 'statefulset-controller', 'cronjob-controller', 'resourcequota-controller', 'serviceaccount-token-controller',
  'legacy-serviceaccount-token-cleaner-controller', 'replicationcontroller-controller', 'endpointslice-mirroring-controller',
  'persistentvolume-binder-controller', 'persistentvolume-attach-detach-controller', 'persistentvolume-expander-controller', 'persistentvolumeclaim-protection-controller',
  'persistentvolume-protection-controller', 'volumeattributesclass-protection-controller', 'ephemeral-volume-controller', 'resourceclaim-controller',
  'service-cidr-controller', 'validatingadmissionpolicy-status-controller',
] as const;
/** Those that are asked for by name. */
const DISABLED = ['bootstrap-signer-controller', 'token-cleaner-controller'] as const;

export type ControllerName = (typeof ENABLED)[number] | (typeof DISABLED)[number];

export interface NamedController {
  readonly name: string;
  readonly enabledByDefault: boolean;
}

/** By the names that `--controllers` takes. */
export const controllerNames: readonly (NamedController & { readonly name: ControllerName })[] = [
  ...ENABLED.map((name) => ({ name, enabledByDefault: true })), ...DISABLED.map((name) => ({ name, enabledByDefault: false })),
];
