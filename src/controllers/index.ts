/** The controllers of kube-controller-manager: each makes one kind of object come true. `cluster/` starts any subset of `controllers`. */
import type { ControllerContext, ControllerDefinition } from './context.ts';
import { BootstrapSigner } from './bootstrap-signer/controller.ts';
import { CertificateCleaner } from './certificates/cleaner.ts';
import { CertificateApprover } from './certificates/approving.ts';
import { CertificateSigningController } from './certificates/signing.ts';
import { DeploymentController } from './deployment/controller.ts';
import { ClusterRoleAggregationController } from './clusterrole-aggregation/controller.ts';
import { CronJobController } from './cronjob/controller.ts';
import { DaemonSetController } from './daemonset/controller.ts';
import { DisruptionController } from './disruption/controller.ts';
import { EndpointsController } from './endpoints/controller.ts';
import { EndpointSliceController } from './endpointslice/controller.ts';
import { EndpointSliceMirroringController } from './endpointslice-mirroring/controller.ts';
import { EphemeralVolumeController } from './ephemeral-volume/controller.ts';
import { GarbageCollector } from './garbage-collector/controller.ts';
import { HorizontalPodAutoscalerController } from './horizontal-pod-autoscaler/controller.ts';
import { JobController } from './job/controller.ts';
import { LegacyTokenCleaner } from './legacy-token-cleaner/controller.ts';
import { NamespaceController } from './namespace/controller.ts';
import { NodeIpamController } from './node-ipam/controller.ts';
import { NodeLifecycleController } from './node-lifecycle/controller.ts';
import { NodeTtlController } from './node-ttl/controller.ts';
import { PersistentVolumeBinder } from './persistentvolume-binder/controller.ts';
import { PodGarbageCollector } from './pod-gc/controller.ts';
import { ReplicaSetController } from './replicaset/controller.ts';
import { replicationControllerKind } from './replicationcontroller/controller.ts';
import { ResourceQuotaController } from './resourcequota/controller.ts';
import { RootCAPublisher } from './root-ca-publisher/controller.ts';
import { ServiceAccountTokenController } from './serviceaccount-token/controller.ts';
import { ServiceAccountController } from './serviceaccount/controller.ts';
import { ServiceCIDRController } from './service-cidrs/controller.ts';
import { StatefulSetController } from './statefulset/controller.ts';
import { DeviceTaintEvictionController } from './device-taint-eviction/controller.ts';
import { TaintEvictionController } from './taint-eviction/controller.ts';
import { TokenCleaner } from './token-cleaner/controller.ts';
import { TTLAfterFinishedController } from './ttl-after-finished/controller.ts';
import { ValidatingAdmissionPolicyStatus } from './validatingadmissionpolicy-status/controller.ts';
import { ResourceClaimController } from './resourceclaim/controller.ts';
import { AttachDetachController } from './attachdetach/controller.ts';
import { VolumeExpandController } from './volume-expand/controller.ts';
import { AttributesClassProtectionController } from './volume-protection/attributes-class-protection.ts';
import { ClaimProtectionController } from './volume-protection/claim-protection.ts';
import { VolumeProtectionController } from './volume-protection/volume-protection.ts';
import type { Component } from '../base/lifecycle.ts';
import { Controller } from '../client/controller.ts';
import type { ControllerName } from './names.ts';

export type { CertificateRequest, CertificateSigner, ControllerContext, ControllerDefinition, ControllerOptions } from './context.ts';
export { defaultControllerOptions } from './options.ts';

function define(name: ControllerName, serviceAccount: string, create: (context: ControllerContext) => Component): ControllerDefinition {
  return { name, serviceAccount, create: (context) => withSyncs(create(context), context.options.concurrentSyncs[name]) };
}

/** As many workers as `--concurrent-<name>-syncs` says; undefined: as the controller has by itself. */
function withSyncs(component: Component, syncs: number | undefined): Component {
  if (syncs !== undefined && component instanceof Controller) component.workers = syncs;
  return component;
}

/** By their names (`names.ts`), with the service account in kube-system as which each acts. */
export const controllers: readonly ControllerDefinition[] = [
  define('replicaset-controller', 'replicaset-controller', (context) => new ReplicaSetController(context)),
  define('deployment-controller', 'deployment-controller', (context) => new DeploymentController(context)),
  define('serviceaccount-controller', 'service-account-controller', (context) => new ServiceAccountController(context)),
  define('root-ca-certificate-publisher-controller', 'root-ca-cert-publisher', (context) => new RootCAPublisher(context)),
  define('namespace-controller', 'namespace-controller', (context) => new NamespaceController(context)),
  define('endpointslice-controller', 'endpointslice-controller', (context) => new EndpointSliceController(context)),
  define('endpoints-controller', 'endpoint-controller', (context) => new EndpointsController(context)),
  define('node-lifecycle-controller', 'node-controller', (context) => new NodeLifecycleController(context)),
  define('taint-eviction-controller', 'node-controller', (context) => new TaintEvictionController(context)),
  define('device-taint-eviction-controller', 'device-taint-eviction-controller', (context) => new DeviceTaintEvictionController(context)),
  define('node-ipam-controller', 'node-controller', (context) => new NodeIpamController(context)),
  define('ttl-controller', 'ttl-controller', (context) => new NodeTtlController(context)),
  define('garbage-collector-controller', 'generic-garbage-collector', (context) => new GarbageCollector(context)),
  define('daemonset-controller', 'daemon-set-controller', (context) => new DaemonSetController(context)),
  define('pod-garbage-collector-controller', 'pod-garbage-collector', (context) => new PodGarbageCollector(context)),
  define('certificatesigningrequest-approving-controller', 'certificate-controller', (context) => new CertificateApprover(context)),
  define('certificatesigningrequest-signing-controller', 'certificate-controller', (context) => new CertificateSigningController(context)),
  define('certificatesigningrequest-cleaner-controller', 'certificate-controller', (context) => new CertificateCleaner(context)),
  define('clusterrole-aggregation-controller', 'clusterrole-aggregation-controller', (context) => new ClusterRoleAggregationController(context)),
  define('disruption-controller', 'disruption-controller', (context) => new DisruptionController(context)),
  define('horizontal-pod-autoscaler-controller', 'horizontal-pod-autoscaler', (context) => new HorizontalPodAutoscalerController(context)),
  define('job-controller', 'job-controller', (context) => new JobController(context)),
  define('ttl-after-finished-controller', 'ttl-after-finished-controller', (context) => new TTLAfterFinishedController(context)),
  define('statefulset-controller', 'statefulset-controller', (context) => new StatefulSetController(context)),
  define('cronjob-controller', 'cronjob-controller', (context) => new CronJobController(context)),
  define('resourcequota-controller', 'resourcequota-controller', (context) => new ResourceQuotaController(context)),
  define('serviceaccount-token-controller', 'tokens-controller', (context) => new ServiceAccountTokenController(context)),
  define('legacy-serviceaccount-token-cleaner-controller', 'legacy-service-account-token-cleaner', (context) => new LegacyTokenCleaner(context)),
  define('replicationcontroller-controller', 'replication-controller', (context) => new ReplicaSetController(context, replicationControllerKind)),
  define('endpointslice-mirroring-controller', 'endpointslicemirroring-controller', (context) => new EndpointSliceMirroringController(context)),
  define('persistentvolume-binder-controller', 'persistent-volume-binder', (context) => new PersistentVolumeBinder(context)),
  define('persistentvolume-attach-detach-controller', 'attachdetach-controller', (context) => new AttachDetachController(context)),
  define('persistentvolume-expander-controller', 'expand-controller', (context) => new VolumeExpandController(context)),
  define('persistentvolumeclaim-protection-controller', 'pvc-protection-controller', (context) => new ClaimProtectionController(context)),
  define('persistentvolume-protection-controller', 'pv-protection-controller', (context) => new VolumeProtectionController(context)),
  define('volumeattributesclass-protection-controller', 'volumeattributesclass-protection-controller', (context) => new AttributesClassProtectionController(context)),
  define('ephemeral-volume-controller', 'ephemeral-volume-controller', (context) => new EphemeralVolumeController(context)),
  define('resourceclaim-controller', 'resource-claim-controller', (context) => new ResourceClaimController(context)),
  define('service-cidr-controller', 'service-cidrs-controller', (context) => new ServiceCIDRController(context)),
  define('validatingadmissionpolicy-status-controller', 'validatingadmissionpolicy-status-controller', (context) => new ValidatingAdmissionPolicyStatus(context)),
  define('bootstrap-signer-controller', 'bootstrap-signer', (context) => new BootstrapSigner(context)),
  define('token-cleaner-controller', 'token-cleaner', (context) => new TokenCleaner(context)),
];
