/** What Go's scheme of the built-in kinds can read: those served, what belongs to requests, and versions that are not served any more. Source: kubernetes pkg/api/legacyscheme. */
import { kinds } from '../../api/kinds.ts';

/** Those who are served by servers with schemes of their own, which know their own group only: where each scheme is made, and versions that it still reads. Source: apiextensions-apiserver pkg/apiserver, kube-aggregator pkg/apiserver/scheme. */
interface OwnScheme {
  readonly source: string;
  readonly kinds: readonly string[];
  readonly old: readonly string[];
}

const OWN_SCHEMES: ReadonlyMap<string, OwnScheme> = new Map(Object.entries({
  'apiextensions.k8s.io': { source: 'k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:54', kinds: ['CustomResourceDefinition', 'CustomResourceDefinitionList', 'ConversionReview'], old: ['v1beta1'] },
  'apiregistration.k8s.io': { source: 'k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:32', kinds: ['APIService', 'APIServiceList'], old: ['v1beta1'] },
}));
const SOURCE = 'pkg/api/legacyscheme/scheme.go:30';
const OPTIONS = ['WatchEvent', 'ListOptions', 'GetOptions', 'DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions'];
/** Every scheme knows them, as kinds of v1. */
const UNVERSIONED = ['Status', 'APIVersions', 'APIGroup', 'APIGroupList', 'APIResourceList'];
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  v1: [
    'List', ...UNVERSIONED, 'PodAttachOptions', 'PodExecOptions', 'PodLogOptions', 'PodPortForwardOptions', 'PodProxyOptions', 'NodeProxyOptions',
    'ServiceProxyOptions', 'PodStatusResult', 'RangeAllocation', 'SerializedReference', 'ComponentStatusList',
  ],
  'policy/v1': ['Eviction'], 'autoscaling/v1': ['Scale'], 'authentication.k8s.io/v1': ['TokenRequest'],
};
/** Versions that are not served, each with its kinds; lists follow by themselves. */
const OLD: Readonly<Record<string, string>> = {
  'apps/v1beta1': 'ControllerRevision Deployment DeploymentRollback Scale StatefulSet',
  'apps/v1beta2': 'ControllerRevision DaemonSet Deployment ReplicaSet Scale StatefulSet',
  'extensions/v1beta1': 'DaemonSet Deployment DeploymentRollback Ingress NetworkPolicy ReplicaSet Scale',
  'autoscaling/v2beta1': 'HorizontalPodAutoscaler', 'autoscaling/v2beta2': 'HorizontalPodAutoscaler', 'batch/v1beta1': 'CronJob', 'policy/v1beta1': 'Eviction PodDisruptionBudget',
  'admission.k8s.io/v1': 'AdmissionReview', 'admission.k8s.io/v1beta1': 'AdmissionReview', 'imagepolicy.k8s.io/v1alpha1': 'ImageReview',
  'admissionregistration.k8s.io/v1alpha1': 'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/v1beta1':
    'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration',
  'authentication.k8s.io/v1alpha1': 'SelfSubjectReview', 'authentication.k8s.io/v1beta1': 'SelfSubjectReview TokenReview',
  'authorization.k8s.io/v1beta1': 'LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview',
  'certificates.k8s.io/v1alpha1': 'ClusterTrustBundle', 'certificates.k8s.io/v1beta1': 'CertificateSigningRequest ClusterTrustBundle PodCertificateRequest',
  'coordination.k8s.io/v1alpha2': 'LeaseCandidate', 'coordination.k8s.io/v1beta1': 'Lease LeaseCandidate', 'discovery.k8s.io/v1beta1': 'EndpointSlice', 'events.k8s.io/v1beta1': 'Event',
  'flowcontrol.apiserver.k8s.io/v1beta1': 'FlowSchema PriorityLevelConfiguration', 'flowcontrol.apiserver.k8s.io/v1beta2': 'FlowSchema PriorityLevelConfiguration',
  'flowcontrol.apiserver.k8s.io/v1beta3': 'FlowSchema PriorityLevelConfiguration', 'internal.apiserver.k8s.io/v1alpha1': 'StorageVersion',
  'networking.k8s.io/v1beta1': 'IPAddress Ingress IngressClass ServiceCIDR', 'node.k8s.io/v1alpha1': 'RuntimeClass', 'node.k8s.io/v1beta1': 'RuntimeClass',
  'rbac.authorization.k8s.io/v1alpha1': 'ClusterRole ClusterRoleBinding Role RoleBinding', 'rbac.authorization.k8s.io/v1beta1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  'resource.k8s.io/v1alpha3': 'DeviceTaintRule', 'resource.k8s.io/v1beta1': 'DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice',
  'resource.k8s.io/v1beta2': 'DeviceClass DeviceTaintRule ResourceClaim ResourceClaimTemplate ResourceSlice',
  'scheduling.k8s.io/v1alpha1': 'PriorityClass', 'scheduling.k8s.io/v1alpha2': 'PodGroup Workload', 'scheduling.k8s.io/v1beta1': 'PriorityClass',
  'storage.k8s.io/v1alpha1': 'CSIStorageCapacity VolumeAttachment VolumeAttributesClass', 'storage.k8s.io/v1beta1': 'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass',
  'storagemigration.k8s.io/v1beta1': 'StorageVersionMigration',
};

let registered: ReadonlySet<string> | undefined;

function registeredKinds(): ReadonlySet<string> {
  const all = new Set<string>();
  const add = (apiVersion: string, names: readonly string[]): void => {
    for (const name of [...names, ...OPTIONS]) all.add(`${apiVersion} ${name}`);
  };
  for (const { group, kind, versions } of kinds) {
    if (OWN_SCHEMES.has(group)) continue;
    for (const { version, group: own = group } of versions) add(own === '' ? version : `${own}/${version}`, [kind, `${kind}List`]);
  }
  for (const [apiVersion, names] of Object.entries(OLD)) add(apiVersion, names.split(' ').flatMap((name) => [name, `${name}List`]));
  for (const [apiVersion, names] of Object.entries(OTHERS)) add(apiVersion, names);
  return all;
}

/** Why Go cannot even make an object to read into; undefined if it can. `target`: the version of the kind that is served. */
export function unregistered(apiVersion: string, kind: string, target: string): string | undefined {
  const own = OWN_SCHEMES.get(target.split('/')[0] ?? '');
  const isKnown = own ? ownKnows(own, target, apiVersion, kind) : legacyKnows(apiVersion, kind);
  return isKnown ? undefined : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "${own?.source ?? SOURCE}"`;
}

function legacyKnows(apiVersion: string, kind: string): boolean {
  registered ??= registeredKinds();
  return registered.has(`${apiVersion} ${kind}`);
}

function ownKnows(own: OwnScheme, target: string, apiVersion: string, kind: string): boolean {
  if (apiVersion === 'v1') return UNVERSIONED.includes(kind) || OPTIONS.includes(kind);
  const [group = ''] = target.split('/');
  return (apiVersion === target || own.old.some((version) => apiVersion === `${group}/${version}`)) && (own.kinds.includes(kind) || OPTIONS.includes(kind));
}
