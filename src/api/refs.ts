import type { KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import type * as core from './generated/core-v1.ts';
import type * as admissionregistration from './generated/admissionregistration-v1.ts';
import type * as apiextensions from './generated/apiextensions-v1.ts';
import type * as apiregistration from './generated/apiregistration-v1.ts';
import type * as apps from './generated/apps-v1.ts';
import type * as autoscaling from './generated/autoscaling-v2.ts';
import type * as batch from './generated/batch-v1.ts';
import type * as certificates from './generated/certificates-v1.ts';
import type * as coordination from './generated/coordination-v1.ts';
import type * as discovery from './generated/discovery-v1.ts';
import type * as flowcontrol from './generated/flowcontrol-v1.ts';
import type * as networking from './generated/networking-v1.ts';
import type * as node from './generated/node-v1.ts';
import type * as policy from './generated/policy-v1.ts';
import type * as rbac from './generated/rbac-v1.ts';
import type * as resource from './generated/resource-v1.ts';
import type * as scheduling from './generated/scheduling-v1.ts';
import type * as storage from './generated/storage-v1.ts';
import type * as eventsK8s from './generated/events-v1.ts';

/** How every built-in resource is named in requests: what a client, an informer or a lister is asked for. Subresources go by their parents. */
function ref<T extends KubeObject>(group: string, version: string, resource: string, kind: string, scope: 'cluster' | 'namespaced'): ResourceRef<T> {
  return { group, version, resource, kind, namespaced: scope === 'namespaced' };
}

export const componentStatuses: ResourceRef<core.ComponentStatus> = ref('', 'v1', 'componentstatuses', 'ComponentStatus', 'cluster');
export const configMaps: ResourceRef<core.ConfigMap> = ref('', 'v1', 'configmaps', 'ConfigMap', 'namespaced');
export const endpoints: ResourceRef<core.Endpoints> = ref('', 'v1', 'endpoints', 'Endpoints', 'namespaced');
export const events: ResourceRef<core.Event> = ref('', 'v1', 'events', 'Event', 'namespaced');
export const limitRanges: ResourceRef<core.LimitRange> = ref('', 'v1', 'limitranges', 'LimitRange', 'namespaced');
export const namespaces: ResourceRef<core.Namespace> = ref('', 'v1', 'namespaces', 'Namespace', 'cluster');
export const nodes: ResourceRef<core.Node> = ref('', 'v1', 'nodes', 'Node', 'cluster');
export const persistentVolumeClaims: ResourceRef<core.PersistentVolumeClaim> = ref('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', 'namespaced');
export const persistentVolumes: ResourceRef<core.PersistentVolume> = ref('', 'v1', 'persistentvolumes', 'PersistentVolume', 'cluster');
export const pods: ResourceRef<core.Pod> = ref('', 'v1', 'pods', 'Pod', 'namespaced');
export const podTemplates: ResourceRef<core.PodTemplate> = ref('', 'v1', 'podtemplates', 'PodTemplate', 'namespaced');
export const replicationControllers: ResourceRef<core.ReplicationController> = ref('', 'v1', 'replicationcontrollers', 'ReplicationController', 'namespaced');
export const resourceQuotas: ResourceRef<core.ResourceQuota> = ref('', 'v1', 'resourcequotas', 'ResourceQuota', 'namespaced');
export const secrets: ResourceRef<core.Secret> = ref('', 'v1', 'secrets', 'Secret', 'namespaced');
export const serviceAccounts: ResourceRef<core.ServiceAccount> = ref('', 'v1', 'serviceaccounts', 'ServiceAccount', 'namespaced');
export const services: ResourceRef<core.Service> = ref('', 'v1', 'services', 'Service', 'namespaced');

export const mutatingAdmissionPolicies: ResourceRef<admissionregistration.MutatingAdmissionPolicy> = ref('admissionregistration.k8s.io', 'v1', 'mutatingadmissionpolicies', 'MutatingAdmissionPolicy', 'cluster');
export const mutatingAdmissionPolicyBindings: ResourceRef<admissionregistration.MutatingAdmissionPolicyBinding> = ref('admissionregistration.k8s.io', 'v1', 'mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', 'cluster');
export const mutatingWebhookConfigurations: ResourceRef<admissionregistration.MutatingWebhookConfiguration> = ref('admissionregistration.k8s.io', 'v1', 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', 'cluster');
export const validatingAdmissionPolicies: ResourceRef<admissionregistration.ValidatingAdmissionPolicy> = ref('admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'cluster');
export const validatingAdmissionPolicyBindings: ResourceRef<admissionregistration.ValidatingAdmissionPolicyBinding> = ref('admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', 'cluster');
export const validatingWebhookConfigurations: ResourceRef<admissionregistration.ValidatingWebhookConfiguration> = ref('admissionregistration.k8s.io', 'v1', 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', 'cluster');

export const customResourceDefinitions: ResourceRef<apiextensions.CustomResourceDefinition> = ref('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', 'cluster');

export const apiServices: ResourceRef<apiregistration.APIService> = ref('apiregistration.k8s.io', 'v1', 'apiservices', 'APIService', 'cluster');

export const controllerRevisions: ResourceRef<apps.ControllerRevision> = ref('apps', 'v1', 'controllerrevisions', 'ControllerRevision', 'namespaced');
export const daemonSets: ResourceRef<apps.DaemonSet> = ref('apps', 'v1', 'daemonsets', 'DaemonSet', 'namespaced');
export const deployments: ResourceRef<apps.Deployment> = ref('apps', 'v1', 'deployments', 'Deployment', 'namespaced');
export const replicaSets: ResourceRef<apps.ReplicaSet> = ref('apps', 'v1', 'replicasets', 'ReplicaSet', 'namespaced');
export const statefulSets: ResourceRef<apps.StatefulSet> = ref('apps', 'v1', 'statefulsets', 'StatefulSet', 'namespaced');

export const horizontalPodAutoscalers: ResourceRef<autoscaling.HorizontalPodAutoscaler> = ref('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'namespaced');

export const cronJobs: ResourceRef<batch.CronJob> = ref('batch', 'v1', 'cronjobs', 'CronJob', 'namespaced');
export const jobs: ResourceRef<batch.Job> = ref('batch', 'v1', 'jobs', 'Job', 'namespaced');

export const certificateSigningRequests: ResourceRef<certificates.CertificateSigningRequest> = ref('certificates.k8s.io', 'v1', 'certificatesigningrequests', 'CertificateSigningRequest', 'cluster');

export const leases: ResourceRef<coordination.Lease> = ref('coordination.k8s.io', 'v1', 'leases', 'Lease', 'namespaced');

export const endpointSlices: ResourceRef<discovery.EndpointSlice> = ref('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice', 'namespaced');

export const flowSchemas: ResourceRef<flowcontrol.FlowSchema> = ref('flowcontrol.apiserver.k8s.io', 'v1', 'flowschemas', 'FlowSchema', 'cluster');
export const priorityLevelConfigurations: ResourceRef<flowcontrol.PriorityLevelConfiguration> = ref('flowcontrol.apiserver.k8s.io', 'v1', 'prioritylevelconfigurations', 'PriorityLevelConfiguration', 'cluster');

export const ingressClasses: ResourceRef<networking.IngressClass> = ref('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass', 'cluster');
export const ingresses: ResourceRef<networking.Ingress> = ref('networking.k8s.io', 'v1', 'ingresses', 'Ingress', 'namespaced');
export const ipAddresses: ResourceRef<networking.IPAddress> = ref('networking.k8s.io', 'v1', 'ipaddresses', 'IPAddress', 'cluster');
export const networkPolicies: ResourceRef<networking.NetworkPolicy> = ref('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', 'namespaced');
export const serviceCIDRs: ResourceRef<networking.ServiceCIDR> = ref('networking.k8s.io', 'v1', 'servicecidrs', 'ServiceCIDR', 'cluster');

export const runtimeClasses: ResourceRef<node.RuntimeClass> = ref('node.k8s.io', 'v1', 'runtimeclasses', 'RuntimeClass', 'cluster');

export const podDisruptionBudgets: ResourceRef<policy.PodDisruptionBudget> = ref('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget', 'namespaced');

export const clusterRoleBindings: ResourceRef<rbac.ClusterRoleBinding> = ref('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'ClusterRoleBinding', 'cluster');
export const clusterRoles: ResourceRef<rbac.ClusterRole> = ref('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', 'cluster');
export const roleBindings: ResourceRef<rbac.RoleBinding> = ref('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding', 'namespaced');
export const roles: ResourceRef<rbac.Role> = ref('rbac.authorization.k8s.io', 'v1', 'roles', 'Role', 'namespaced');

export const deviceClasses: ResourceRef<resource.DeviceClass> = ref('resource.k8s.io', 'v1', 'deviceclasses', 'DeviceClass', 'cluster');
export const resourceClaims: ResourceRef<resource.ResourceClaim> = ref('resource.k8s.io', 'v1', 'resourceclaims', 'ResourceClaim', 'namespaced');
export const resourceClaimTemplates: ResourceRef<resource.ResourceClaimTemplate> = ref('resource.k8s.io', 'v1', 'resourceclaimtemplates', 'ResourceClaimTemplate', 'namespaced');
export const resourceSlices: ResourceRef<resource.ResourceSlice> = ref('resource.k8s.io', 'v1', 'resourceslices', 'ResourceSlice', 'cluster');

export const priorityClasses: ResourceRef<scheduling.PriorityClass> = ref('scheduling.k8s.io', 'v1', 'priorityclasses', 'PriorityClass', 'cluster');

export const csiDrivers: ResourceRef<storage.CSIDriver> = ref('storage.k8s.io', 'v1', 'csidrivers', 'CSIDriver', 'cluster');
export const csiNodes: ResourceRef<storage.CSINode> = ref('storage.k8s.io', 'v1', 'csinodes', 'CSINode', 'cluster');
export const csiStorageCapacities: ResourceRef<storage.CSIStorageCapacity> = ref('storage.k8s.io', 'v1', 'csistoragecapacities', 'CSIStorageCapacity', 'namespaced');
export const storageClasses: ResourceRef<storage.StorageClass> = ref('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', 'cluster');
export const volumeAttachments: ResourceRef<storage.VolumeAttachment> = ref('storage.k8s.io', 'v1', 'volumeattachments', 'VolumeAttachment', 'cluster');
export const volumeAttributesClasses: ResourceRef<storage.VolumeAttributesClass> = ref('storage.k8s.io', 'v1', 'volumeattributesclasses', 'VolumeAttributesClass', 'cluster');

/** Events under their newer name; the same objects as `events`. */
export const eventsV1: ResourceRef<eventsK8s.Event> = ref('events.k8s.io', 'v1', 'events', 'Event', 'namespaced');
