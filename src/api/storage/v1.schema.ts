import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `storage.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const storageV1Schema: SchemaPackage = definePackage('storage.v1', 'io.k8s.api.storage.v1', {
  CSIDriver: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 CSIDriverSpec required default={}`,
  CSIDriverList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []CSIDriver required`,
  CSIDriverSpec: `
    attachRequired 1 bool
    podInfoOnMount 2 bool
    volumeLifecycleModes 3 []string list=set
    storageCapacity 4 bool
    fsGroupPolicy 5 string
    tokenRequests 6 []TokenRequest list=atomic
    requiresRepublish 7 bool
    seLinuxMount 8 bool
    nodeAllocatableUpdatePeriodSeconds 9 int64
    serviceAccountTokenInSecrets 10 bool
    preventPodSchedulingIfMissing 11 bool`,
  CSINode: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 CSINodeSpec required default={}`,
  CSINodeDriver: `
    name 1 string required default=""
    nodeID 2 string required default=""
    topologyKeys 3 []string list=atomic
    allocatable 4 VolumeNodeResources`,
  CSINodeList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []CSINode required`,
  CSINodeSpec: `
    drivers 1 []CSINodeDriver required list=map:name patch=merge:name`,
  CSIStorageCapacity: `
    metadata 1 meta.v1.ObjectMeta default={}
    nodeTopology 2 meta.v1.LabelSelector
    storageClassName 3 string required default=""
    capacity 4 Quantity
    maximumVolumeSize 5 Quantity`,
  CSIStorageCapacityList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []CSIStorageCapacity required`,
  StorageClass: `
    metadata 1 meta.v1.ObjectMeta default={}
    provisioner 2 string required default=""
    parameters 3 {}string
    reclaimPolicy 4 string enum=Delete|Recycle|Retain
    mountOptions 5 []string list=atomic
    allowVolumeExpansion 6 bool
    volumeBindingMode 7 string enum=Immediate|WaitForFirstConsumer
    allowedTopologies 8 []core.v1.TopologySelectorTerm list=atomic`,
  StorageClassList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []StorageClass required`,
  TokenRequest: `
    audience 1 string required default=""
    expirationSeconds 2 int64`,
  VolumeAttachment: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 VolumeAttachmentSpec required default={}
    status 3 VolumeAttachmentStatus default={}`,
  VolumeAttachmentList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []VolumeAttachment required`,
  VolumeAttachmentSource: `
    persistentVolumeName 1 string
    inlineVolumeSpec 2 core.v1.PersistentVolumeSpec`,
  VolumeAttachmentSpec: `
    attacher 1 string required default=""
    source 2 VolumeAttachmentSource required default={}
    nodeName 3 string required default=""`,
  VolumeAttachmentStatus: `
    attached 1 bool required default=false
    attachmentMetadata 2 {}string
    attachError 3 VolumeError
    detachError 4 VolumeError`,
  VolumeAttributesClass: `
    metadata 1 meta.v1.ObjectMeta default={}
    driverName 2 string required default=""
    parameters 3 {}string`,
  VolumeAttributesClassList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []VolumeAttributesClass required`,
  VolumeError: `
    time 1 Time null
    message 2 string omitzero
    errorCode 3 int32`,
  VolumeNodeResources: `
    count 1 int32`,
});
