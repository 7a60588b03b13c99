import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `core.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const coreV1Schema: SchemaPackage = definePackage('core.v1', 'io.k8s.api.core.v1', {
  AWSElasticBlockStoreVolumeSource: `
    volumeID 1 string required default=""
    fsType 2 string omitzero
    partition 3 int32 omitzero
    readOnly 4 bool omitzero`,
  Affinity: `
    nodeAffinity 1 NodeAffinity
    podAffinity 2 PodAffinity
    podAntiAffinity 3 PodAntiAffinity`,
  AppArmorProfile: `
    @union {"discriminator":"type","fields-to-discriminateBy":{"localhostProfile":"LocalhostProfile"}}
    type 1 string required default="" enum=Localhost|RuntimeDefault|Unconfined
    localhostProfile 2 string`,
  AttachedVolume: `
    name 1 string required default=""
    devicePath 2 string required default=""`,
  AzureDiskVolumeSource: `
    diskName 1 string required default=""
    diskURI 2 string required default=""
    cachingMode 3 string default="ReadWrite" enum=None|ReadOnly|ReadWrite
    fsType 4 string default="ext4"
    readOnly 5 bool default=false
    kind 6 string default="Shared" enum=Dedicated|Managed|Shared`,
  AzureFilePersistentVolumeSource: `
    secretName 1 string required default=""
    shareName 2 string required default=""
    readOnly 3 bool omitzero
    secretNamespace 4 string`,
  AzureFileVolumeSource: `
    secretName 1 string required default=""
    shareName 2 string required default=""
    readOnly 3 bool omitzero`,
  Binding: `
    metadata 1 meta.v1.ObjectMeta default={}
    target 2 ObjectReference required default={}`,
  CSIPersistentVolumeSource: `
    driver 1 string required default=""
    volumeHandle 2 string required default=""
    readOnly 3 bool omitzero
    fsType 4 string omitzero
    volumeAttributes 5 {}string
    controllerPublishSecretRef 6 SecretReference
    nodeStageSecretRef 7 SecretReference
    nodePublishSecretRef 8 SecretReference
    controllerExpandSecretRef 9 SecretReference
    nodeExpandSecretRef 10 SecretReference`,
  CSIVolumeSource: `
    driver 1 string required default=""
    readOnly 2 bool
    fsType 3 string
    volumeAttributes 4 {}string
    nodePublishSecretRef 5 LocalObjectReference`,
  Capabilities: `
    add 1 []string list=atomic
    drop 2 []string list=atomic`,
  CephFSPersistentVolumeSource: `
    monitors 1 []string required list=atomic
    path 2 string omitzero
    user 3 string omitzero
    secretFile 4 string omitzero
    secretRef 5 SecretReference
    readOnly 6 bool omitzero`,
  CephFSVolumeSource: `
    monitors 1 []string required list=atomic
    path 2 string omitzero
    user 3 string omitzero
    secretFile 4 string omitzero
    secretRef 5 LocalObjectReference
    readOnly 6 bool omitzero`,
  CinderPersistentVolumeSource: `
    volumeID 1 string required default=""
    fsType 2 string omitzero
    readOnly 3 bool omitzero
    secretRef 4 SecretReference`,
  CinderVolumeSource: `
    volumeID 1 string required default=""
    fsType 2 string omitzero
    readOnly 3 bool omitzero
    secretRef 4 LocalObjectReference`,
  ClientIPConfig: `
    timeoutSeconds 1 int32`,
  ClusterTrustBundleProjection: `
    name 1 string
    signerName 2 string
    labelSelector 3 meta.v1.LabelSelector
    optional 5 bool
    path 4 string required default=""`,
  ComponentCondition: `
    type 1 string required default=""
    status 2 string required default=""
    message 3 string omitzero
    error 4 string omitzero`,
  ComponentStatus: `
    metadata 1 meta.v1.ObjectMeta default={}
    conditions 2 []ComponentCondition list=map:type patch=merge:type`,
  ComponentStatusList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ComponentStatus required`,
  ConfigMap: `
    metadata 1 meta.v1.ObjectMeta default={}
    immutable 4 bool
    data 2 {}string
    binaryData 3 {}bytes`,
  ConfigMapEnvSource: `
    name 1.1 string omitzero default=""
    optional 2 bool`,
  ConfigMapKeySelector: `
    @map atomic
    name 1.1 string omitzero default=""
    key 2 string required default=""
    optional 3 bool`,
  ConfigMapList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ConfigMap required`,
  ConfigMapNodeConfigSource: `
    namespace 1 string required default=""
    name 2 string required default=""
    uid 3 string omitzero
    resourceVersion 4 string omitzero
    kubeletConfigKey 5 string required default=""`,
  ConfigMapProjection: `
    name 1.1 string omitzero default=""
    items 2 []KeyToPath list=atomic
    optional 4 bool`,
  ConfigMapVolumeSource: `
    name 1.1 string omitzero default=""
    items 2 []KeyToPath list=atomic
    defaultMode 3 int32
    optional 4 bool`,
  Container: `
    name 1 string required default=""
    image 2 string omitzero
    command 3 []string list=atomic
    args 4 []string list=atomic
    workingDir 5 string omitzero
    ports 6 []ContainerPort list=map:containerPort,protocol patch=merge:containerPort
    envFrom 19 []EnvFromSource list=atomic
    env 7 []EnvVar list=map:name patch=merge:name
    resources 8 ResourceRequirements default={}
    resizePolicy 23 []ContainerResizePolicy list=atomic
    restartPolicy 24 string
    restartPolicyRules 25 []ContainerRestartRule list=atomic
    volumeMounts 9 []VolumeMount list=map:mountPath patch=merge:mountPath
    volumeDevices 21 []VolumeDevice list=map:devicePath patch=merge:devicePath
    livenessProbe 10 Probe
    readinessProbe 11 Probe
    startupProbe 22 Probe
    lifecycle 12 Lifecycle
    terminationMessagePath 13 string omitzero
    terminationMessagePolicy 20 string omitzero enum=FallbackToLogsOnError|File
    imagePullPolicy 14 string omitzero enum=Always|IfNotPresent|Never
    securityContext 15 SecurityContext
    stdin 16 bool omitzero
    stdinOnce 17 bool omitzero
    tty 18 bool omitzero`,
  ContainerExtendedResourceRequest: `
    containerName 1 string required default=""
    resourceName 2 string required default=""
    requestName 3 string required default=""`,
  ContainerImage: `
    names 1 []string list=atomic
    sizeBytes 2 int64 omitzero`,
  ContainerPort: `
    name 1 string omitzero
    hostPort 2 int32 omitzero
    containerPort 3 int32 required default=0
    protocol 4 string omitzero default="TCP" enum=SCTP|TCP|UDP
    hostIP 5 string omitzero`,
  ContainerResizePolicy: `
    resourceName 1 string required default=""
    restartPolicy 2 string required default=""`,
  ContainerRestartRule: `
    action 1 string required
    exitCodes 2 ContainerRestartRuleOnExitCodes`,
  ContainerRestartRuleOnExitCodes: `
    operator 1 string required
    values 2 []int32 list=set`,
  ContainerState: `
    waiting 1 ContainerStateWaiting
    running 2 ContainerStateRunning
    terminated 3 ContainerStateTerminated`,
  ContainerStateRunning: `
    startedAt 1 Time null`,
  ContainerStateTerminated: `
    exitCode 1 int32 required default=0
    signal 2 int32 omitzero
    reason 3 string omitzero
    message 4 string omitzero
    startedAt 5 Time null
    finishedAt 6 Time null
    containerID 7 string omitzero`,
  ContainerStateWaiting: `
    reason 1 string omitzero
    message 2 string omitzero`,
  ContainerStatus: `
    name 1 string required default=""
    state 2 ContainerState default={}
    lastState 3 ContainerState default={}
    ready 4 bool required default=false
    restartCount 5 int32 required default=0
    image 6 string required default=""
    imageID 7 string required default=""
    containerID 8 string omitzero
    started 9 bool
    allocatedResources 10 {}Quantity milli
    resources 11 ResourceRequirements
    volumeMounts 12 []VolumeMountStatus list=map:mountPath patch=merge:mountPath
    user 13 ContainerUser
    allocatedResourcesStatus 14 []ResourceStatus list=map:name patch=merge:name
    stopSignal 15 string`,
  ContainerUser: `
    linux 1 LinuxContainerUser`,
  DaemonEndpoint: `
    Port 1 int32 required default=0`,
  DownwardAPIProjection: `
    items 1 []DownwardAPIVolumeFile list=atomic`,
  DownwardAPIVolumeFile: `
    path 1 string required default=""
    fieldRef 2 ObjectFieldSelector
    resourceFieldRef 3 ResourceFieldSelector
    mode 4 int32`,
  DownwardAPIVolumeSource: `
    items 1 []DownwardAPIVolumeFile list=atomic
    defaultMode 2 int32`,
  EmptyDirVolumeSource: `
    medium 1 string omitzero
    sizeLimit 2 Quantity`,
  EndpointAddress: `
    @map atomic
    ip 1 string required default=""
    hostname 3 string omitzero
    nodeName 4 string
    targetRef 2 ObjectReference`,
  EndpointPort: `
    @map atomic
    name 1 string omitzero
    port 2 int32 required default=0
    protocol 3 string omitzero enum=SCTP|TCP|UDP
    appProtocol 4 string`,
  EndpointSubset: `
    addresses 1 []EndpointAddress list=atomic
    notReadyAddresses 2 []EndpointAddress list=atomic
    ports 3 []EndpointPort list=atomic`,
  Endpoints: `
    metadata 1 meta.v1.ObjectMeta default={}
    subsets 2 []EndpointSubset list=atomic`,
  EndpointsList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Endpoints required`,
  EnvFromSource: `
    prefix 1 string omitzero
    configMapRef 2 ConfigMapEnvSource
    secretRef 3 SecretEnvSource`,
  EnvVar: `
    name 1 string required default=""
    value 2 string omitzero
    valueFrom 3 EnvVarSource`,
  EnvVarSource: `
    fieldRef 1 ObjectFieldSelector
    resourceFieldRef 2 ResourceFieldSelector
    configMapKeyRef 3 ConfigMapKeySelector
    secretKeyRef 4 SecretKeySelector
    fileKeyRef 5 FileKeySelector`,
  EphemeralContainer: `
    name 1.1 string required default=""
    image 1.2 string omitzero
    command 1.3 []string list=atomic
    args 1.4 []string list=atomic
    workingDir 1.5 string omitzero
    ports 1.6 []ContainerPort list=map:containerPort,protocol patch=merge:containerPort
    envFrom 1.19 []EnvFromSource list=atomic
    env 1.7 []EnvVar list=map:name patch=merge:name
    resources 1.8 ResourceRequirements default={}
    resizePolicy 1.23 []ContainerResizePolicy list=atomic
    restartPolicy 1.24 string
    restartPolicyRules 1.25 []ContainerRestartRule list=atomic
    volumeMounts 1.9 []VolumeMount list=map:mountPath patch=merge:mountPath
    volumeDevices 1.21 []VolumeDevice list=map:devicePath patch=merge:devicePath
    livenessProbe 1.10 Probe
    readinessProbe 1.11 Probe
    startupProbe 1.22 Probe
    lifecycle 1.12 Lifecycle
    terminationMessagePath 1.13 string omitzero
    terminationMessagePolicy 1.20 string omitzero enum=FallbackToLogsOnError|File
    imagePullPolicy 1.14 string omitzero enum=Always|IfNotPresent|Never
    securityContext 1.15 SecurityContext
    stdin 1.16 bool omitzero
    stdinOnce 1.17 bool omitzero
    tty 1.18 bool omitzero
    targetContainerName 2 string omitzero`,
  EphemeralVolumeSource: `
    volumeClaimTemplate 1 PersistentVolumeClaimTemplate`,
  Event: `
    metadata 1 meta.v1.ObjectMeta required default={}
    involvedObject 2 ObjectReference required default={}
    reason 3 string omitzero
    message 4 string omitzero
    source 5 EventSource default={}
    firstTimestamp 6 Time null
    lastTimestamp 7 Time null
    count 8 int32 omitzero
    type 9 string omitzero
    eventTime 10 MicroTime null
    series 11 EventSeries
    action 12 string omitzero
    related 13 ObjectReference
    reportingComponent 14 string default=""
    reportingInstance 15 string default=""`,
  EventList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Event required`,
  EventSeries: `
    count 1 int32 omitzero
    lastObservedTime 2 MicroTime null`,
  EventSource: `
    component 1 string omitzero
    host 2 string omitzero`,
  ExecAction: `
    command 1 []string list=atomic`,
  FCVolumeSource: `
    targetWWNs 1 []string list=atomic
    lun 2 int32
    fsType 3 string omitzero
    readOnly 4 bool omitzero
    wwids 5 []string list=atomic`,
  FileKeySelector: `
    @map atomic
    volumeName 1 string required default=""
    path 2 string required default=""
    key 3 string required default=""
    optional 4 bool default=false`,
  FlexPersistentVolumeSource: `
    driver 1 string required default=""
    fsType 2 string omitzero
    secretRef 3 SecretReference
    readOnly 4 bool omitzero
    options 5 {}string`,
  FlexVolumeSource: `
    driver 1 string required default=""
    fsType 2 string omitzero
    secretRef 3 LocalObjectReference
    readOnly 4 bool omitzero
    options 5 {}string`,
  FlockerVolumeSource: `
    datasetName 1 string omitzero
    datasetUUID 2 string omitzero`,
  GCEPersistentDiskVolumeSource: `
    pdName 1 string required default=""
    fsType 2 string omitzero
    partition 3 int32 omitzero
    readOnly 4 bool omitzero`,
  GRPCAction: `
    port 1 int32 required default=0
    service 2 string default=""`,
  GitRepoVolumeSource: `
    repository 1 string required default=""
    revision 2 string omitzero
    directory 3 string omitzero`,
  GlusterfsPersistentVolumeSource: `
    endpoints 1 string required default=""
    path 2 string required default=""
    readOnly 3 bool omitzero
    endpointsNamespace 4 string`,
  GlusterfsVolumeSource: `
    endpoints 1 string required default=""
    path 2 string required default=""
    readOnly 3 bool omitzero`,
  HTTPGetAction: `
    path 1 string omitzero
    port 2 IntOrString required
    host 3 string omitzero
    scheme 4 string omitzero enum=HTTP|HTTPS
    httpHeaders 5 []HTTPHeader list=atomic`,
  HTTPHeader: `
    name 1 string required default=""
    value 2 string required default=""`,
  HostAlias: `
    ip 1 string required default=""
    hostnames 2 []string list=atomic`,
  HostIP: `
    ip 1 string required default=""`,
  HostPathVolumeSource: `
    path 1 string required default=""
    type 2 string enum=|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket`,
  ISCSIPersistentVolumeSource: `
    targetPortal 1 string required default=""
    iqn 2 string required default=""
    lun 3 int32 required default=0
    iscsiInterface 4 string omitzero default="default"
    fsType 5 string omitzero
    readOnly 6 bool omitzero
    portals 7 []string list=atomic
    chapAuthDiscovery 8 bool omitzero
    chapAuthSession 11 bool omitzero
    secretRef 10 SecretReference
    initiatorName 12 string`,
  ISCSIVolumeSource: `
    targetPortal 1 string required default=""
    iqn 2 string required default=""
    lun 3 int32 required default=0
    iscsiInterface 4 string omitzero default="default"
    fsType 5 string omitzero
    readOnly 6 bool omitzero
    portals 7 []string list=atomic
    chapAuthDiscovery 8 bool omitzero
    chapAuthSession 11 bool omitzero
    secretRef 10 LocalObjectReference
    initiatorName 12 string`,
  ImageVolumeSource: `
    reference 1 string omitzero
    pullPolicy 2 string omitzero`,
  ImageVolumeStatus: `
    imageRef 1 string required`,
  KeyToPath: `
    key 1 string required default=""
    path 2 string required default=""
    mode 3 int32`,
  Lifecycle: `
    postStart 1 LifecycleHandler
    preStop 2 LifecycleHandler
    stopSignal 3 string`,
  LifecycleHandler: `
    exec 1 ExecAction
    httpGet 2 HTTPGetAction
    tcpSocket 3 TCPSocketAction
    sleep 4 SleepAction`,
  LimitRange: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 LimitRangeSpec default={}`,
  LimitRangeItem: `
    type 1 string required default=""
    max 2 {}Quantity milli
    min 3 {}Quantity milli
    default 4 {}Quantity milli
    defaultRequest 5 {}Quantity milli
    maxLimitRequestRatio 6 {}Quantity milli`,
  LimitRangeList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []LimitRange required`,
  LimitRangeSpec: `
    limits 1 []LimitRangeItem required list=atomic`,
  LinuxContainerUser: `
    uid 1 int64 required default=0
    gid 2 int64 required default=0
    supplementalGroups 3 []int64 list=atomic`,
  LoadBalancerIngress: `
    ip 1 string omitzero
    hostname 2 string omitzero
    ipMode 3 string
    ports 4 []PortStatus list=atomic`,
  LoadBalancerStatus: `
    ingress 1 []LoadBalancerIngress list=atomic`,
  LocalObjectReference: `
    @map atomic
    name 1 string omitzero default=""`,
  LocalVolumeSource: `
    path 1 string required default=""
    fsType 2 string`,
  ModifyVolumeStatus: `
    targetVolumeAttributesClassName 1 string omitzero
    status 2 string required default=""`,
  NFSVolumeSource: `
    server 1 string required default=""
    path 2 string required default=""
    readOnly 3 bool omitzero`,
  Namespace: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 NamespaceSpec default={}
    status 3 NamespaceStatus default={}`,
  NamespaceCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 4 Time null
    reason 5 string omitzero
    message 6 string omitzero`,
  NamespaceList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Namespace required`,
  NamespaceSpec: `
    finalizers 1 []string list=atomic`,
  NamespaceStatus: `
    phase 1 string omitzero enum=Active|Terminating
    conditions 2 []NamespaceCondition list=map:type patch=merge:type`,
  Node: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 NodeSpec default={}
    status 3 NodeStatus default={}`,
  NodeAddress: `
    type 1 string required default=""
    address 2 string required default=""`,
  NodeAffinity: `
    requiredDuringSchedulingIgnoredDuringExecution 1 NodeSelector
    preferredDuringSchedulingIgnoredDuringExecution 2 []PreferredSchedulingTerm list=atomic`,
  NodeAllocatableResourceClaimStatus: `
    resourceClaimName 1 string required default=""
    containers 2 []string list=set
    resources 3 {}Quantity required milli`,
  NodeCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastHeartbeatTime 3 Time null
    lastTransitionTime 4 Time null
    reason 5 string omitzero
    message 6 string omitzero`,
  NodeConfigSource: `
    configMap 2 ConfigMapNodeConfigSource`,
  NodeConfigStatus: `
    assigned 1 NodeConfigSource
    active 2 NodeConfigSource
    lastKnownGood 3 NodeConfigSource
    error 4 string omitzero`,
  NodeDaemonEndpoints: `
    kubeletEndpoint 1 DaemonEndpoint default={}`,
  NodeFeatures: `
    supplementalGroupsPolicy 1 bool`,
  NodeList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Node required`,
  NodeRuntimeHandler: `
    name 1 string omitzero default=""
    features 2 NodeRuntimeHandlerFeatures`,
  NodeRuntimeHandlerFeatures: `
    recursiveReadOnlyMounts 1 bool
    userNamespaces 2 bool`,
  NodeSelector: `
    @map atomic
    nodeSelectorTerms 1 []NodeSelectorTerm required list=atomic`,
  NodeSelectorRequirement: `
    key 1 string required default=""
    operator 2 string required default="" enum=DoesNotExist|Exists|Gt|In|Lt|NotIn
    values 3 []string list=atomic`,
  NodeSelectorTerm: `
    @map atomic
    matchExpressions 1 []NodeSelectorRequirement list=atomic
    matchFields 2 []NodeSelectorRequirement list=atomic`,
  NodeSpec: `
    podCIDR 1 string omitzero
    podCIDRs 7 []string list=set patch=merge
    providerID 3 string omitzero
    unschedulable 4 bool omitzero
    taints 5 []Taint list=atomic
    configSource 6 NodeConfigSource
    externalID 2 string omitzero`,
  NodeStatus: `
    capacity 1 {}Quantity milli
    allocatable 2 {}Quantity milli
    phase 3 string omitzero enum=Pending|Running|Terminated
    conditions 4 []NodeCondition list=map:type patch=merge:type
    addresses 5 []NodeAddress list=map:type patch=merge:type
    daemonEndpoints 6 NodeDaemonEndpoints default={}
    nodeInfo 7 NodeSystemInfo default={}
    images 8 []ContainerImage list=atomic
    volumesInUse 9 []string list=atomic
    volumesAttached 10 []AttachedVolume list=atomic
    config 11 NodeConfigStatus
    runtimeHandlers 12 []NodeRuntimeHandler list=atomic
    features 13 NodeFeatures
    declaredFeatures 14 []string list=atomic`,
  NodeSwapStatus: `
    capacity 1 int64`,
  NodeSystemInfo: `
    machineID 1 string required default=""
    systemUUID 2 string required default=""
    bootID 3 string required default=""
    kernelVersion 4 string required default=""
    osImage 5 string required default=""
    containerRuntimeVersion 6 string required default=""
    kubeletVersion 7 string required default=""
    kubeProxyVersion 8 string required default=""
    operatingSystem 9 string required default=""
    architecture 10 string required default=""
    swap 11 NodeSwapStatus`,
  ObjectFieldSelector: `
    @map atomic
    apiVersion 1 string omitzero
    fieldPath 2 string required default=""`,
  ObjectReference: `
    @map atomic
    kind 1 string omitzero
    namespace 2 string omitzero
    name 3 string omitzero
    uid 4 string omitzero
    apiVersion 5 string omitzero
    resourceVersion 6 string omitzero
    fieldPath 7 string omitzero`,
  PersistentVolume: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 PersistentVolumeSpec default={}
    status 3 PersistentVolumeStatus default={}`,
  PersistentVolumeClaim: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 PersistentVolumeClaimSpec default={}
    status 3 PersistentVolumeClaimStatus default={}`,
  PersistentVolumeClaimCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastProbeTime 3 Time null
    lastTransitionTime 4 Time null
    reason 5 string omitzero
    message 6 string omitzero`,
  PersistentVolumeClaimList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []PersistentVolumeClaim required`,
  PersistentVolumeClaimSpec: `
    accessModes 1 []string list=atomic
    selector 4 meta.v1.LabelSelector
    resources 2 VolumeResourceRequirements default={}
    volumeName 3 string omitzero
    storageClassName 5 string
    volumeMode 6 string enum=Block|Filesystem
    dataSource 7 TypedLocalObjectReference
    dataSourceRef 8 TypedObjectReference
    volumeAttributesClassName 9 string`,
  PersistentVolumeClaimStatus: `
    phase 1 string omitzero enum=Bound|Lost|Pending
    accessModes 2 []string list=atomic
    capacity 3 {}Quantity milli
    conditions 4 []PersistentVolumeClaimCondition list=map:type patch=merge:type
    allocatedResources 5 {}Quantity milli
    allocatedResourceStatuses 7 {}string map=granular
    currentVolumeAttributesClassName 8 string
    modifyVolumeStatus 9 ModifyVolumeStatus`,
  PersistentVolumeClaimTemplate: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 PersistentVolumeClaimSpec required default={}`,
  PersistentVolumeClaimVolumeSource: `
    claimName 1 string required default=""
    readOnly 2 bool omitzero`,
  PersistentVolumeList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []PersistentVolume required`,
  PersistentVolumeSpec: `
    capacity 1 {}Quantity milli
    gcePersistentDisk 2.1 GCEPersistentDiskVolumeSource
    awsElasticBlockStore 2.2 AWSElasticBlockStoreVolumeSource
    hostPath 2.3 HostPathVolumeSource
    glusterfs 2.4 GlusterfsPersistentVolumeSource
    nfs 2.5 NFSVolumeSource
    rbd 2.6 RBDPersistentVolumeSource
    iscsi 2.7 ISCSIPersistentVolumeSource
    cinder 2.8 CinderPersistentVolumeSource
    cephfs 2.9 CephFSPersistentVolumeSource
    fc 2.10 FCVolumeSource
    flocker 2.11 FlockerVolumeSource
    flexVolume 2.12 FlexPersistentVolumeSource
    azureFile 2.13 AzureFilePersistentVolumeSource
    vsphereVolume 2.14 VsphereVirtualDiskVolumeSource
    quobyte 2.15 QuobyteVolumeSource
    azureDisk 2.16 AzureDiskVolumeSource
    photonPersistentDisk 2.17 PhotonPersistentDiskVolumeSource
    portworxVolume 2.18 PortworxVolumeSource
    scaleIO 2.19 ScaleIOPersistentVolumeSource
    local 2.20 LocalVolumeSource
    storageos 2.21 StorageOSPersistentVolumeSource
    csi 2.22 CSIPersistentVolumeSource
    accessModes 3 []string list=atomic
    claimRef 4 ObjectReference map=granular
    persistentVolumeReclaimPolicy 5 string omitzero enum=Delete|Recycle|Retain
    storageClassName 6 string omitzero
    mountOptions 7 []string list=atomic
    volumeMode 8 string enum=Block|Filesystem
    nodeAffinity 9 VolumeNodeAffinity
    volumeAttributesClassName 10 string`,
  PersistentVolumeStatus: `
    phase 1 string omitzero enum=Available|Bound|Failed|Pending|Released
    message 2 string omitzero
    reason 3 string omitzero
    lastPhaseTransitionTime 4 Time`,
  PhotonPersistentDiskVolumeSource: `
    pdID 1 string required default=""
    fsType 2 string omitzero`,
  Pod: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 PodSpec default={}
    status 3 PodStatus default={}`,
  PodAffinity: `
    requiredDuringSchedulingIgnoredDuringExecution 1 []PodAffinityTerm list=atomic
    preferredDuringSchedulingIgnoredDuringExecution 2 []WeightedPodAffinityTerm list=atomic`,
  PodAffinityTerm: `
    labelSelector 1 meta.v1.LabelSelector
    namespaces 2 []string list=atomic
    topologyKey 3 string required default=""
    namespaceSelector 4 meta.v1.LabelSelector
    matchLabelKeys 5 []string list=atomic
    mismatchLabelKeys 6 []string list=atomic`,
  PodAntiAffinity: `
    requiredDuringSchedulingIgnoredDuringExecution 1 []PodAffinityTerm list=atomic
    preferredDuringSchedulingIgnoredDuringExecution 2 []WeightedPodAffinityTerm list=atomic`,
  PodCertificateProjection: `
    signerName 1 string required
    keyType 2 string required
    maxExpirationSeconds 3 int32
    credentialBundlePath 4 string omitzero
    keyPath 5 string omitzero
    certificateChainPath 6 string omitzero
    userAnnotations 7 {}string`,
  PodCondition: `
    type 1 string required default=""
    observedGeneration 7 int64 omitzero
    status 2 string required default=""
    lastProbeTime 3 Time null
    lastTransitionTime 4 Time null
    reason 5 string omitzero
    message 6 string omitzero`,
  PodDNSConfig: `
    nameservers 1 []string list=atomic
    searches 2 []string list=atomic
    options 3 []PodDNSConfigOption list=atomic`,
  PodDNSConfigOption: `
    name 1 string omitzero
    value 2 string`,
  PodExtendedResourceClaimStatus: `
    requestMappings 1 []ContainerExtendedResourceRequest required list=atomic
    resourceClaimName 2 string required default=""`,
  PodIP: `
    ip 1 string required default=""`,
  PodList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Pod required`,
  PodOS: `
    name 1 string required default=""`,
  PodReadinessGate: `
    conditionType 1 string required default=""`,
  PodResourceClaim: `
    name 1 string required default=""
    resourceClaimName 3 string
    resourceClaimTemplateName 4 string`,
  PodResourceClaimStatus: `
    name 1 string required default=""
    resourceClaimName 2 string`,
  PodSchedulingGate: `
    name 1 string required default=""`,
  PodSchedulingGroup: `
    @union {"fields-to-discriminateBy":{"podGroupName":"PodGroupName"}}
    podGroupName 1 string`,
  PodSecurityContext: `
    seLinuxOptions 1 SELinuxOptions
    windowsOptions 8 WindowsSecurityContextOptions
    runAsUser 2 int64
    runAsGroup 6 int64
    runAsNonRoot 3 bool
    supplementalGroups 4 []int64 list=atomic
    supplementalGroupsPolicy 12 string enum=Merge|Strict
    fsGroup 5 int64
    sysctls 7 []Sysctl list=atomic
    fsGroupChangePolicy 9 string enum=Always|OnRootMismatch
    seccompProfile 10 SeccompProfile
    appArmorProfile 11 AppArmorProfile
    seLinuxChangePolicy 13 string`,
  PodSpec: `
    volumes 1 []Volume list=map:name patch=merge,retainKeys:name
    initContainers 20 []Container list=map:name patch=merge:name
    containers 2 []Container required list=map:name patch=merge:name
    ephemeralContainers 34 []EphemeralContainer list=map:name patch=merge:name
    restartPolicy 3 string omitzero enum=Always|Never|OnFailure
    terminationGracePeriodSeconds 4 int64
    activeDeadlineSeconds 5 int64
    dnsPolicy 6 string omitzero enum=ClusterFirst|ClusterFirstWithHostNet|Default|None
    nodeSelector 7 {}string map=atomic
    serviceAccountName 8 string omitzero
    serviceAccount 9 string omitzero
    automountServiceAccountToken 21 bool
    nodeName 10 string omitzero
    hostNetwork 11 bool omitzero
    hostPID 12 bool omitzero
    hostIPC 13 bool omitzero
    shareProcessNamespace 27 bool
    securityContext 14 PodSecurityContext
    imagePullSecrets 15 []LocalObjectReference list=map:name patch=merge:name
    hostname 16 string omitzero
    subdomain 17 string omitzero
    affinity 18 Affinity
    schedulerName 19 string omitzero
    tolerations 22 []Toleration list=atomic
    hostAliases 23 []HostAlias list=map:ip patch=merge:ip
    priorityClassName 24 string omitzero
    priority 25 int32
    dnsConfig 26 PodDNSConfig
    readinessGates 28 []PodReadinessGate list=atomic
    runtimeClassName 29 string
    enableServiceLinks 30 bool
    preemptionPolicy 31 string enum=Never|PreemptLowerPriority
    overhead 32 {}Quantity milli
    topologySpreadConstraints 33 []TopologySpreadConstraint list=map:topologyKey,whenUnsatisfiable patch=merge:topologyKey
    setHostnameAsFQDN 35 bool
    os 36 PodOS
    hostUsers 37 bool
    schedulingGates 38 []PodSchedulingGate list=map:name patch=merge:name
    resourceClaims 39 []PodResourceClaim list=map:name patch=merge,retainKeys:name
    resources 40 ResourceRequirements
    hostnameOverride 41 string
    schedulingGroup 43 PodSchedulingGroup`,
  PodStatus: `
    observedGeneration 17 int64 omitzero
    phase 1 string omitzero enum=Failed|Pending|Running|Succeeded|Unknown
    conditions 2 []PodCondition list=map:type patch=merge:type
    message 3 string omitzero
    reason 4 string omitzero
    nominatedNodeName 11 string omitzero
    hostIP 5 string omitzero
    hostIPs 16 []HostIP list=atomic patch=merge:ip
    podIP 6 string omitzero
    podIPs 12 []PodIP list=map:ip patch=merge:ip
    startTime 7 Time
    initContainerStatuses 10 []ContainerStatus list=atomic
    containerStatuses 8 []ContainerStatus list=atomic
    qosClass 9 string omitzero enum=BestEffort|Burstable|Guaranteed
    ephemeralContainerStatuses 13 []ContainerStatus list=atomic
    resize 14 string omitzero
    resourceClaimStatuses 15 []PodResourceClaimStatus list=map:name patch=merge,retainKeys:name
    extendedResourceClaimStatus 18 PodExtendedResourceClaimStatus
    allocatedResources 19 {}Quantity milli
    resources 20 ResourceRequirements
    nodeAllocatableResourceClaimStatuses 21 []NodeAllocatableResourceClaimStatus list=atomic`,
  PodTemplate: `
    metadata 1 meta.v1.ObjectMeta default={}
    template 2 PodTemplateSpec default={}`,
  PodTemplateList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []PodTemplate required`,
  PodTemplateSpec: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 PodSpec default={}`,
  PortStatus: `
    port 1 int32 required default=0
    protocol 2 string required default="" enum=SCTP|TCP|UDP
    error 3 string`,
  PortworxVolumeSource: `
    volumeID 1 string required default=""
    fsType 2 string omitzero
    readOnly 3 bool omitzero`,
  PreferredSchedulingTerm: `
    weight 1 int32 required default=0
    preference 2 NodeSelectorTerm required default={}`,
  Probe: `
    exec 1.1 ExecAction
    httpGet 1.2 HTTPGetAction
    tcpSocket 1.3 TCPSocketAction
    grpc 1.4 GRPCAction
    initialDelaySeconds 2 int32 omitzero
    timeoutSeconds 3 int32 omitzero
    periodSeconds 4 int32 omitzero
    successThreshold 5 int32 omitzero
    failureThreshold 6 int32 omitzero
    terminationGracePeriodSeconds 7 int64`,
  ProjectedVolumeSource: `
    sources 1 []VolumeProjection list=atomic
    defaultMode 2 int32`,
  QuobyteVolumeSource: `
    registry 1 string required default=""
    volume 2 string required default=""
    readOnly 3 bool omitzero
    user 4 string omitzero
    group 5 string omitzero
    tenant 6 string omitzero`,
  RBDPersistentVolumeSource: `
    monitors 1 []string required list=atomic
    image 2 string required default=""
    fsType 3 string omitzero
    pool 4 string omitzero default="rbd"
    user 5 string omitzero default="admin"
    keyring 6 string omitzero default="/etc/ceph/keyring"
    secretRef 7 SecretReference
    readOnly 8 bool omitzero`,
  RBDVolumeSource: `
    monitors 1 []string required list=atomic
    image 2 string required default=""
    fsType 3 string omitzero
    pool 4 string omitzero default="rbd"
    user 5 string omitzero default="admin"
    keyring 6 string omitzero default="/etc/ceph/keyring"
    secretRef 7 LocalObjectReference
    readOnly 8 bool omitzero`,
  ReplicationController: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ReplicationControllerSpec default={}
    status 3 ReplicationControllerStatus default={}`,
  ReplicationControllerCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  ReplicationControllerList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ReplicationController required`,
  ReplicationControllerSpec: `
    replicas 1 int32 default=1
    minReadySeconds 4 int32 omitzero default=0
    selector 2 {}string map=atomic
    template 3 PodTemplateSpec`,
  ReplicationControllerStatus: `
    replicas 1 int32 required default=0
    fullyLabeledReplicas 2 int32 omitzero
    readyReplicas 4 int32 omitzero
    availableReplicas 5 int32 omitzero
    observedGeneration 3 int64 omitzero
    conditions 6 []ReplicationControllerCondition list=map:type patch=merge:type`,
  ResourceClaim: `
    name 1 string required default=""
    request 2 string omitzero`,
  ResourceFieldSelector: `
    @map atomic
    containerName 1 string omitzero
    resource 2 string required default=""
    divisor 3 Quantity`,
  ResourceHealth: `
    resourceID 1 string required default=""
    health 2 string omitzero
    message 6 string`,
  ResourceQuota: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ResourceQuotaSpec default={}
    status 3 ResourceQuotaStatus default={}`,
  ResourceQuotaList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ResourceQuota required`,
  ResourceQuotaSpec: `
    hard 1 {}Quantity milli
    scopes 2 []string list=atomic
    scopeSelector 3 ScopeSelector`,
  ResourceQuotaStatus: `
    hard 1 {}Quantity milli
    used 2 {}Quantity milli`,
  ResourceRequirements: `
    limits 1 {}Quantity milli
    requests 2 {}Quantity milli
    claims 3 []ResourceClaim list=map:name`,
  ResourceStatus: `
    name 1 string required default=""
    resources 2 []ResourceHealth list=map:resourceID`,
  SELinuxOptions: `
    user 1 string omitzero
    role 2 string omitzero
    type 3 string omitzero
    level 4 string omitzero`,
  ScaleIOPersistentVolumeSource: `
    gateway 1 string required default=""
    system 2 string required default=""
    secretRef 3 SecretReference required
    sslEnabled 4 bool omitzero
    protectionDomain 5 string omitzero
    storagePool 6 string omitzero
    storageMode 7 string omitzero default="ThinProvisioned"
    volumeName 8 string omitzero
    fsType 9 string omitzero default="xfs"
    readOnly 10 bool omitzero`,
  ScaleIOVolumeSource: `
    gateway 1 string required default=""
    system 2 string required default=""
    secretRef 3 LocalObjectReference required
    sslEnabled 4 bool omitzero
    protectionDomain 5 string omitzero
    storagePool 6 string omitzero
    storageMode 7 string omitzero default="ThinProvisioned"
    volumeName 8 string omitzero
    fsType 9 string omitzero default="xfs"
    readOnly 10 bool omitzero`,
  ScopeSelector: `
    @map atomic
    matchExpressions 1 []ScopedResourceSelectorRequirement list=atomic`,
  ScopedResourceSelectorRequirement: `
    scopeName 1 string required default="" enum=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass
    operator 2 string required default="" enum=DoesNotExist|Exists|In|NotIn
    values 3 []string list=atomic`,
  SeccompProfile: `
    @union {"discriminator":"type","fields-to-discriminateBy":{"localhostProfile":"LocalhostProfile"}}
    type 1 string required default="" enum=Localhost|RuntimeDefault|Unconfined
    localhostProfile 2 string`,
  Secret: `
    metadata 1 meta.v1.ObjectMeta default={}
    immutable 5 bool
    data 2 {}bytes
    stringData 4 {}string
    type 3 string omitzero`,
  SecretEnvSource: `
    name 1.1 string omitzero default=""
    optional 2 bool`,
  SecretKeySelector: `
    @map atomic
    name 1.1 string omitzero default=""
    key 2 string required default=""
    optional 3 bool`,
  SecretList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Secret required`,
  SecretProjection: `
    name 1.1 string omitzero default=""
    items 2 []KeyToPath list=atomic
    optional 4 bool`,
  SecretReference: `
    @map atomic
    name 1 string omitzero
    namespace 2 string omitzero`,
  SecretVolumeSource: `
    secretName 1 string omitzero
    items 2 []KeyToPath list=atomic
    defaultMode 3 int32
    optional 4 bool`,
  SecurityContext: `
    capabilities 1 Capabilities
    privileged 2 bool
    seLinuxOptions 3 SELinuxOptions
    windowsOptions 10 WindowsSecurityContextOptions
    runAsUser 4 int64
    runAsGroup 8 int64
    runAsNonRoot 5 bool
    readOnlyRootFilesystem 6 bool
    allowPrivilegeEscalation 7 bool
    procMount 9 string enum=Default|Unmasked
    seccompProfile 11 SeccompProfile
    appArmorProfile 12 AppArmorProfile`,
  Service: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ServiceSpec default={}
    status 3 ServiceStatus default={}`,
  ServiceAccount: `
    metadata 1 meta.v1.ObjectMeta default={}
    secrets 2 []ObjectReference list=map:name patch=merge:name
    imagePullSecrets 3 []LocalObjectReference list=atomic
    automountServiceAccountToken 4 bool`,
  ServiceAccountList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ServiceAccount required`,
  ServiceAccountTokenProjection: `
    audience 1 string omitzero
    expirationSeconds 2 int64
    path 3 string required default=""`,
  ServiceList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Service required`,
  ServicePort: `
    name 1 string omitzero
    protocol 2 string omitzero default="TCP" enum=SCTP|TCP|UDP
    appProtocol 6 string
    port 3 int32 required default=0
    targetPort 4 IntOrString
    nodePort 5 int32 omitzero`,
  ServiceSpec: `
    ports 1 []ServicePort list=map:port,protocol patch=merge:port
    selector 2 {}string map=atomic
    clusterIP 3 string omitzero
    clusterIPs 18 []string list=atomic
    type 4 string omitzero enum=ClusterIP|ExternalName|LoadBalancer|NodePort
    externalIPs 5 []string list=atomic
    sessionAffinity 7 string omitzero enum=ClientIP|None
    loadBalancerIP 8 string omitzero
    loadBalancerSourceRanges 9 []string list=atomic
    externalName 10 string omitzero
    externalTrafficPolicy 11 string omitzero enum=Cluster|Local
    healthCheckNodePort 12 int32 omitzero
    publishNotReadyAddresses 13 bool omitzero
    sessionAffinityConfig 14 SessionAffinityConfig
    ipFamilies 19 []string list=atomic
    ipFamilyPolicy 17 string enum=PreferDualStack|RequireDualStack|SingleStack
    allocateLoadBalancerNodePorts 20 bool
    loadBalancerClass 21 string
    internalTrafficPolicy 22 string enum=Cluster|Local
    trafficDistribution 23 string`,
  ServiceStatus: `
    loadBalancer 1 LoadBalancerStatus default={}
    conditions 2 []meta.v1.Condition list=map:type patch=merge:type`,
  SessionAffinityConfig: `
    clientIP 1 ClientIPConfig`,
  SleepAction: `
    seconds 1 int64 required default=0`,
  StorageOSPersistentVolumeSource: `
    volumeName 1 string omitzero
    volumeNamespace 2 string omitzero
    fsType 3 string omitzero
    readOnly 4 bool omitzero
    secretRef 5 ObjectReference`,
  StorageOSVolumeSource: `
    volumeName 1 string omitzero
    volumeNamespace 2 string omitzero
    fsType 3 string omitzero
    readOnly 4 bool omitzero
    secretRef 5 LocalObjectReference`,
  Sysctl: `
    name 1 string required default=""
    value 2 string required default=""`,
  TCPSocketAction: `
    port 1 IntOrString required
    host 2 string omitzero`,
  Taint: `
    key 1 string required default=""
    value 2 string omitzero
    effect 3 string required default="" enum=NoExecute|NoSchedule|PreferNoSchedule
    timeAdded 4 Time`,
  Toleration: `
    key 1 string omitzero
    operator 2 string omitzero enum=Equal|Exists|Gt|Lt
    value 3 string omitzero
    effect 4 string omitzero enum=NoExecute|NoSchedule|PreferNoSchedule
    tolerationSeconds 5 int64`,
  TopologySelectorLabelRequirement: `
    key 1 string required default=""
    values 2 []string required list=atomic`,
  TopologySelectorTerm: `
    @map atomic
    matchLabelExpressions 1 []TopologySelectorLabelRequirement list=atomic`,
  TopologySpreadConstraint: `
    maxSkew 1 int32 required default=0
    topologyKey 2 string required default=""
    whenUnsatisfiable 3 string required default="" enum=DoNotSchedule|ScheduleAnyway
    labelSelector 4 meta.v1.LabelSelector
    minDomains 5 int32
    nodeAffinityPolicy 6 string enum=Honor|Ignore
    nodeTaintsPolicy 7 string enum=Honor|Ignore
    matchLabelKeys 8 []string list=atomic`,
  TypedLocalObjectReference: `
    @map atomic
    apiGroup 1 string null
    kind 2 string required default=""
    name 3 string required default=""`,
  TypedObjectReference: `
    apiGroup 1 string null
    kind 2 string required default=""
    name 3 string required default=""
    namespace 4 string`,
  Volume: `
    name 1 string required default=""
    hostPath 2.1 HostPathVolumeSource
    emptyDir 2.2 EmptyDirVolumeSource
    gcePersistentDisk 2.3 GCEPersistentDiskVolumeSource
    awsElasticBlockStore 2.4 AWSElasticBlockStoreVolumeSource
    gitRepo 2.5 GitRepoVolumeSource
    secret 2.6 SecretVolumeSource
    nfs 2.7 NFSVolumeSource
    iscsi 2.8 ISCSIVolumeSource
    glusterfs 2.9 GlusterfsVolumeSource
    persistentVolumeClaim 2.10 PersistentVolumeClaimVolumeSource
    rbd 2.11 RBDVolumeSource
    flexVolume 2.12 FlexVolumeSource
    cinder 2.13 CinderVolumeSource
    cephfs 2.14 CephFSVolumeSource
    flocker 2.15 FlockerVolumeSource
    downwardAPI 2.16 DownwardAPIVolumeSource
    fc 2.17 FCVolumeSource
    azureFile 2.18 AzureFileVolumeSource
    configMap 2.19 ConfigMapVolumeSource
    vsphereVolume 2.20 VsphereVirtualDiskVolumeSource
    quobyte 2.21 QuobyteVolumeSource
    azureDisk 2.22 AzureDiskVolumeSource
    photonPersistentDisk 2.23 PhotonPersistentDiskVolumeSource
    projected 2.26 ProjectedVolumeSource
    portworxVolume 2.24 PortworxVolumeSource
    scaleIO 2.25 ScaleIOVolumeSource
    storageos 2.27 StorageOSVolumeSource
    csi 2.28 CSIVolumeSource
    ephemeral 2.29 EphemeralVolumeSource
    image 2.30 ImageVolumeSource`,
  VolumeDevice: `
    name 1 string required default=""
    devicePath 2 string required default=""`,
  VolumeMount: `
    name 1 string required default=""
    readOnly 2 bool omitzero
    recursiveReadOnly 7 string
    mountPath 3 string required default=""
    subPath 4 string omitzero
    mountPropagation 5 string enum=Bidirectional|HostToContainer|None
    subPathExpr 6 string omitzero`,
  VolumeMountStatus: `
    name 1 string required default=""
    mountPath 2 string required default=""
    readOnly 3 bool omitzero
    recursiveReadOnly 4 string
    volumeStatus 5 VolumeStatus`,
  VolumeNodeAffinity: `
    required 1 NodeSelector`,
  VolumeProjection: `
    secret 1 SecretProjection
    downwardAPI 2 DownwardAPIProjection
    configMap 3 ConfigMapProjection
    serviceAccountToken 4 ServiceAccountTokenProjection
    clusterTrustBundle 5 ClusterTrustBundleProjection
    podCertificate 6 PodCertificateProjection`,
  VolumeResourceRequirements: `
    limits 1 {}Quantity milli
    requests 2 {}Quantity milli`,
  VolumeStatus: `
    image 1 ImageVolumeStatus`,
  VsphereVirtualDiskVolumeSource: `
    volumePath 1 string required default=""
    fsType 2 string omitzero
    storagePolicyName 3 string omitzero
    storagePolicyID 4 string omitzero`,
  WeightedPodAffinityTerm: `
    weight 1 int32 required default=0
    podAffinityTerm 2 PodAffinityTerm required default={}`,
  WindowsSecurityContextOptions: `
    gmsaCredentialSpecName 1 string
    gmsaCredentialSpec 2 string
    runAsUserName 3 string
    hostProcess 4 bool`,
});
