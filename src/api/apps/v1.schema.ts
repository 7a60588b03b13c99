import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `apps.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const appsV1Schema: SchemaPackage = definePackage('apps.v1', 'io.k8s.api.apps.v1', {
  ControllerRevision: `
    metadata 1 meta.v1.ObjectMeta default={}
    data 2 RawExtension
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
    lastTransitionTime 3 Time
    reason 4 string
    message 5 string`,
  DaemonSetList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []DaemonSet required`,
  DaemonSetSpec: `
    selector 1 meta.v1.LabelSelector required
    template 2 core.v1.PodTemplateSpec required default={}
    updateStrategy 3 DaemonSetUpdateStrategy default={}
    minReadySeconds 4 int32
    revisionHistoryLimit 6 int32`,
  DaemonSetStatus: `
    currentNumberScheduled 1 int32 required default=0
    numberMisscheduled 2 int32 required default=0
    desiredNumberScheduled 3 int32 required default=0
    numberReady 4 int32 required default=0
    observedGeneration 5 int64
    updatedNumberScheduled 6 int32
    numberAvailable 7 int32
    numberUnavailable 8 int32
    collisionCount 9 int32
    conditions 10 []DaemonSetCondition list=map:type patch=merge:type`,
  DaemonSetUpdateStrategy: `
    type 1 string
    rollingUpdate 2 RollingUpdateDaemonSet`,
  Deployment: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 DeploymentSpec default={}
    status 3 DeploymentStatus default={}`,
  DeploymentCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastUpdateTime 6 Time
    lastTransitionTime 7 Time
    reason 4 string
    message 5 string`,
  DeploymentList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Deployment required`,
  DeploymentSpec: `
    replicas 1 int32
    selector 2 meta.v1.LabelSelector required
    template 3 core.v1.PodTemplateSpec required default={}
    strategy 4 DeploymentStrategy default={} patch=retainKeys
    minReadySeconds 5 int32
    revisionHistoryLimit 6 int32
    paused 7 bool
    progressDeadlineSeconds 9 int32`,
  DeploymentStatus: `
    observedGeneration 1 int64
    replicas 2 int32
    updatedReplicas 3 int32
    readyReplicas 7 int32
    availableReplicas 4 int32
    unavailableReplicas 5 int32
    terminatingReplicas 9 int32
    conditions 6 []DeploymentCondition list=map:type patch=merge:type
    collisionCount 8 int32`,
  DeploymentStrategy: `
    type 1 string
    rollingUpdate 2 RollingUpdateDeployment`,
  ReplicaSet: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ReplicaSetSpec default={}
    status 3 ReplicaSetStatus default={}`,
  ReplicaSetCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time
    reason 4 string
    message 5 string`,
  ReplicaSetList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ReplicaSet required`,
  ReplicaSetSpec: `
    replicas 1 int32
    minReadySeconds 4 int32
    selector 2 meta.v1.LabelSelector required
    template 3 core.v1.PodTemplateSpec default={}`,
  ReplicaSetStatus: `
    replicas 1 int32 required default=0
    fullyLabeledReplicas 2 int32
    readyReplicas 4 int32
    availableReplicas 5 int32
    terminatingReplicas 7 int32
    observedGeneration 3 int64
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
    lastTransitionTime 3 Time
    reason 4 string
    message 5 string`,
  StatefulSetList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []StatefulSet required`,
  StatefulSetOrdinals: `
    start 1 int32 default=0`,
  StatefulSetPersistentVolumeClaimRetentionPolicy: `
    whenDeleted 1 string
    whenScaled 2 string`,
  StatefulSetSpec: `
    replicas 1 int32
    selector 2 meta.v1.LabelSelector required
    template 3 core.v1.PodTemplateSpec required default={}
    volumeClaimTemplates 4 []core.v1.PersistentVolumeClaim list=atomic
    serviceName 5 string default=""
    podManagementPolicy 6 string
    updateStrategy 7 StatefulSetUpdateStrategy default={}
    revisionHistoryLimit 8 int32
    minReadySeconds 9 int32
    persistentVolumeClaimRetentionPolicy 10 StatefulSetPersistentVolumeClaimRetentionPolicy
    ordinals 11 StatefulSetOrdinals`,
  StatefulSetStatus: `
    observedGeneration 1 int64
    replicas 2 int32 required default=0
    readyReplicas 3 int32
    currentReplicas 4 int32
    updatedReplicas 5 int32
    currentRevision 6 string
    updateRevision 7 string
    collisionCount 9 int32
    conditions 10 []StatefulSetCondition list=map:type patch=merge:type
    availableReplicas 11 int32 default=0`,
  StatefulSetUpdateStrategy: `
    type 1 string
    rollingUpdate 2 RollingUpdateStatefulSetStrategy`,
});
