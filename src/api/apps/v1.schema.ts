import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `apps.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const appsV1Schema: SchemaPackage = definePackage('apps.v1', 'io.k8s.api.apps.v1', {
  ControllerRevision: `
    metadata 1 meta.v1.ObjectMeta default={}
    data 2 RawExtension null
    revision 3 int64 required default=0`,
  ControllerRevisionList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ControllerRevision required`,
  DaemonSet: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 DaemonSetSpec default={}
    status 3 DaemonSetStatus default={}`,
  DaemonSetCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  DaemonSetList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []DaemonSet required`,
  DaemonSetSpec: `
    selector 1 meta.v1.LabelSelector required
    template 2 core.v1.PodTemplateSpec required default={}
    updateStrategy 3 DaemonSetUpdateStrategy default={}
    minReadySeconds 4 int32 omitzero
    revisionHistoryLimit 6 int32`,
  DaemonSetStatus: `
    currentNumberScheduled 1 int32 required default=0
    numberMisscheduled 2 int32 required default=0
    desiredNumberScheduled 3 int32 required default=0
    numberReady 4 int32 required default=0
    observedGeneration 5 int64 omitzero
    updatedNumberScheduled 6 int32 omitzero
    numberAvailable 7 int32 omitzero
    numberUnavailable 8 int32 omitzero
    collisionCount 9 int32
    conditions 10 []DaemonSetCondition list=map:type patch=merge:type`,
  DaemonSetUpdateStrategy: `
    type 1 string omitzero enum=OnDelete|RollingUpdate
    rollingUpdate 2 RollingUpdateDaemonSet`,
  Deployment: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 DeploymentSpec default={}
    status 3 DeploymentStatus default={}`,
  DeploymentCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastUpdateTime 6 Time null
    lastTransitionTime 7 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  DeploymentList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Deployment required`,
  DeploymentSpec: `
    replicas 1 int32
    selector 2 meta.v1.LabelSelector required
    template 3 core.v1.PodTemplateSpec required default={}
    strategy 4 DeploymentStrategy default={} patch=retainKeys
    minReadySeconds 5 int32 omitzero
    revisionHistoryLimit 6 int32
    paused 7 bool omitzero
    progressDeadlineSeconds 9 int32`,
  DeploymentStatus: `
    observedGeneration 1 int64 omitzero
    replicas 2 int32 omitzero
    updatedReplicas 3 int32 omitzero
    readyReplicas 7 int32 omitzero
    availableReplicas 4 int32 omitzero
    unavailableReplicas 5 int32 omitzero
    terminatingReplicas 9 int32
    conditions 6 []DeploymentCondition list=map:type patch=merge:type
    collisionCount 8 int32`,
  DeploymentStrategy: `
    type 1 string omitzero enum=Recreate|RollingUpdate
    rollingUpdate 2 RollingUpdateDeployment`,
  ReplicaSet: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ReplicaSetSpec default={}
    status 3 ReplicaSetStatus default={}`,
  ReplicaSetCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  ReplicaSetList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ReplicaSet required`,
  ReplicaSetSpec: `
    replicas 1 int32
    minReadySeconds 4 int32 omitzero
    selector 2 meta.v1.LabelSelector required
    template 3 core.v1.PodTemplateSpec default={}`,
  ReplicaSetStatus: `
    replicas 1 int32 required default=0
    fullyLabeledReplicas 2 int32 omitzero
    readyReplicas 4 int32 omitzero
    availableReplicas 5 int32 omitzero
    terminatingReplicas 7 int32
    observedGeneration 3 int64 omitzero
    conditions 6 []ReplicaSetCondition list=map:type patch=merge:type`,
  RollingUpdateDaemonSet: `
    maxUnavailable 1 IntOrString
    maxSurge 2 IntOrString`,
  RollingUpdateDeployment: `
    maxUnavailable 1 IntOrString
    maxSurge 2 IntOrString`,
  RollingUpdateStatefulSetStrategy: `
    partition 1 int32
    maxUnavailable 2 IntOrString`,
  StatefulSet: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 StatefulSetSpec default={}
    status 3 StatefulSetStatus default={}`,
  StatefulSetCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  StatefulSetList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []StatefulSet required`,
  StatefulSetOrdinals: `
    start 1 int32 default=0`,
  StatefulSetPersistentVolumeClaimRetentionPolicy: `
    whenDeleted 1 string omitzero
    whenScaled 2 string omitzero`,
  StatefulSetSpec: `
    replicas 1 int32
    selector 2 meta.v1.LabelSelector required
    template 3 core.v1.PodTemplateSpec required default={}
    volumeClaimTemplates 4 []core.v1.PersistentVolumeClaim list=atomic
    serviceName 5 string default=""
    podManagementPolicy 6 string omitzero enum=OrderedReady|Parallel
    updateStrategy 7 StatefulSetUpdateStrategy default={}
    revisionHistoryLimit 8 int32
    minReadySeconds 9 int32 omitzero
    persistentVolumeClaimRetentionPolicy 10 StatefulSetPersistentVolumeClaimRetentionPolicy
    ordinals 11 StatefulSetOrdinals`,
  StatefulSetStatus: `
    observedGeneration 1 int64 omitzero
    replicas 2 int32 required default=0
    readyReplicas 3 int32 omitzero
    currentReplicas 4 int32 omitzero
    updatedReplicas 5 int32 omitzero
    currentRevision 6 string omitzero
    updateRevision 7 string omitzero
    collisionCount 9 int32
    conditions 10 []StatefulSetCondition list=map:type patch=merge:type
    availableReplicas 11 int32 default=0`,
  StatefulSetUpdateStrategy: `
    type 1 string omitzero enum=OnDelete|RollingUpdate
    rollingUpdate 2 RollingUpdateStatefulSetStrategy`,
});
