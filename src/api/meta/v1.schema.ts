import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `meta.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const metaV1Schema: SchemaPackage = definePackage('meta.v1', 'io.k8s.apimachinery.pkg.apis.meta.v1', {
  APIGroup: `
    name 1 string required default=""
    versions 2 []GroupVersionForDiscovery required list=atomic
    preferredVersion 3 GroupVersionForDiscovery default={}
    serverAddressByClientCIDRs 4 []ServerAddressByClientCIDR list=atomic`,
  APIGroupList: `
    groups 1 []APIGroup required list=atomic`,
  APIResource: `
    name 1 string required default=""
    singularName 6 string required default=""
    namespaced 2 bool required default=false
    group 8 string omitzero
    version 9 string omitzero
    kind 3 string required default=""
    verbs 4 []string required
    shortNames 5 []string list=atomic
    categories 7 []string list=atomic
    storageVersionHash 10 string omitzero`,
  APIResourceList: `
    groupVersion 1 string required default=""
    resources 2 []APIResource required list=atomic`,
  APIVersions: `
    versions 1 []string required list=atomic
    serverAddressByClientCIDRs 2 []ServerAddressByClientCIDR required list=atomic`,
  Condition: `
    type 1 string required default=""
    status 2 string required default=""
    observedGeneration 3 int64 omitzero
    lastTransitionTime 4 Time required null
    reason 5 string required default=""
    message 6 string required default=""`,
  DeleteOptions: `
    gracePeriodSeconds 1 int64
    preconditions 2 Preconditions
    orphanDependents 3 bool
    propagationPolicy 4 string
    dryRun 5 []string list=atomic
    ignoreStoreReadErrorWithClusterBreakingPotential 6 bool`,
  FieldSelectorRequirement: `
    key 1 string required default=""
    operator 2 string required default=""
    values 3 []string list=atomic`,
  GroupResource: `
    group 1 string required default=""
    resource 2 string required default=""`,
  GroupVersionForDiscovery: `
    groupVersion 1 string required default=""
    version 2 string required default=""`,
  LabelSelector: `
    @map atomic
    matchLabels 1 {}string
    matchExpressions 2 []LabelSelectorRequirement list=atomic`,
  LabelSelectorRequirement: `
    key 1 string required default=""
    operator 2 string required default=""
    values 3 []string list=atomic`,
  ListMeta: `
    selfLink 1 string omitzero
    resourceVersion 2 string omitzero
    continue 3 string omitzero
    remainingItemCount 4 int64
    shardInfo 5 ShardInfo`,
  ManagedFieldsEntry: `
    manager 1 string omitzero
    operation 2 string omitzero
    apiVersion 3 string omitzero
    time 4 Time
    fieldsType 6 string omitzero
    fieldsV1 7 FieldsV1
    subresource 8 string omitzero`,
  ObjectMeta: `
    name 1 string omitzero
    generateName 2 string omitzero
    namespace 3 string omitzero
    selfLink 4 string omitzero
    uid 5 string omitzero
    resourceVersion 6 string omitzero
    generation 7 int64 omitzero
    creationTimestamp 8 Time
    deletionTimestamp 9 Time
    deletionGracePeriodSeconds 10 int64
    labels 11 {}string
    annotations 12 {}string
    ownerReferences 13 []OwnerReference list=map:uid patch=merge:uid
    finalizers 14 []string list=set patch=merge
    managedFields 17 []ManagedFieldsEntry list=atomic`,
  OwnerReference: `
    @map atomic
    apiVersion 5 string required default=""
    kind 1 string required default=""
    name 3 string required default=""
    uid 4 string required default=""
    controller 6 bool
    blockOwnerDeletion 7 bool`,
  PartialObjectMetadata: `
    metadata 1 ObjectMeta default={}`,
  PartialObjectMetadataList: `
    metadata 1 ListMeta default={}
    items 2 []PartialObjectMetadata required`,
  Patch: '',
  Preconditions: `
    uid 1 string
    resourceVersion 2 string`,
  ServerAddressByClientCIDR: `
    clientCIDR 1 string required default=""
    serverAddress 2 string required default=""`,
  ShardInfo: `
    selector 1 string required default=""`,
  Status: `
    metadata 1 ListMeta default={}
    status 2 string omitzero
    message 3 string omitzero
    reason 4 string omitzero
    details 5 StatusDetails
    code 6 int32 omitzero`,
  StatusCause: `
    reason 1 string omitzero
    message 2 string omitzero
    field 3 string omitzero`,
  StatusDetails: `
    name 1 string omitzero
    group 2 string omitzero
    kind 3 string omitzero
    uid 6 string omitzero
    causes 4 []StatusCause list=atomic
    retryAfterSeconds 5 int32 omitzero`,
  WatchEvent: `
    type 1 string required default=""
    object 2 RawExtension required`,
});
