import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `resource.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const resourceV1Schema: SchemaPackage = definePackage('resource.v1', 'io.k8s.api.resource.v1', {
  AllocatedDeviceStatus: `
    driver 1 string required default=""
    pool 2 string required default=""
    device 3 string required default=""
    shareID 7 string
    conditions 4 []meta.v1.Condition list=map:type
    data 5 RawExtension
    networkData 6 NetworkDeviceData`,
  AllocationResult: `
    devices 1 DeviceAllocationResult default={}
    nodeSelector 3 core.v1.NodeSelector
    allocationTimestamp 5 Time`,
  CELDeviceSelector: `
    expression 1 string required default=""`,
  CapacityRequestPolicy: `
    default 1 Quantity
    validValues 3 []Quantity list=atomic
    validRange 4 CapacityRequestPolicyRange`,
  CapacityRequestPolicyRange: `
    min 1 Quantity required
    max 2 Quantity
    step 3 Quantity`,
  CapacityRequirements: `
    requests 1 {}Quantity`,
  Counter: `
    value 1 Quantity required`,
  CounterSet: `
    name 1 string required default=""
    counters 2 {}Counter required`,
  Device: `
    name 1 string required default=""
    attributes 2 {}DeviceAttribute
    capacity 3 {}DeviceCapacity
    consumesCounters 4 []DeviceCounterConsumption list=atomic
    nodeName 5 string
    nodeSelector 6 core.v1.NodeSelector
    allNodes 7 bool
    taints 8 []DeviceTaint list=atomic
    bindsToNode 9 bool
    bindingConditions 10 []string list=atomic
    bindingFailureConditions 11 []string list=atomic
    allowMultipleAllocations 12 bool
    nodeAllocatableResourceMappings 13 {}NodeAllocatableResourceMapping`,
  DeviceAllocationConfiguration: `
    source 1 string required default=""
    requests 2 []string list=atomic
    opaque 3.1 OpaqueDeviceConfiguration`,
  DeviceAllocationResult: `
    results 1 []DeviceRequestAllocationResult list=atomic
    config 2 []DeviceAllocationConfiguration list=atomic`,
  DeviceAttribute: `
    int 2 int64
    bool 3 bool
    string 4 string
    version 5 string
    ints 6 []int64 list=atomic
    bools 7 []bool list=atomic
    strings 8 []string list=atomic
    versions 9 []string list=atomic`,
  DeviceCapacity: `
    value 1 Quantity required
    requestPolicy 2 CapacityRequestPolicy`,
  DeviceClaim: `
    requests 1 []DeviceRequest list=atomic
    constraints 2 []DeviceConstraint list=atomic
    config 3 []DeviceClaimConfiguration list=atomic`,
  DeviceClaimConfiguration: `
    requests 1 []string list=atomic
    opaque 2.1 OpaqueDeviceConfiguration`,
  DeviceClass: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 DeviceClassSpec required default={}`,
  DeviceClassConfiguration: `
    opaque 1.1 OpaqueDeviceConfiguration`,
  DeviceClassList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []DeviceClass required`,
  DeviceClassSpec: `
    selectors 1 []DeviceSelector list=atomic
    config 2 []DeviceClassConfiguration list=atomic
    extendedResourceName 4 string`,
  DeviceConstraint: `
    requests 1 []string list=atomic
    matchAttribute 2 string
    distinctAttribute 3 string`,
  DeviceCounterConsumption: `
    counterSet 1 string required default=""
    counters 2 {}Counter required`,
  DeviceRequest: `
    name 1 string required default=""
    exactly 2 ExactDeviceRequest
    firstAvailable 3 []DeviceSubRequest list=atomic`,
  DeviceRequestAllocationResult: `
    request 1 string required default=""
    driver 2 string required default=""
    pool 3 string required default=""
    device 4 string required default=""
    adminAccess 5 bool
    tolerations 6 []DeviceToleration list=atomic
    bindingConditions 7 []string list=atomic
    bindingFailureConditions 8 []string list=atomic
    shareID 9 string
    consumedCapacity 10 {}Quantity`,
  DeviceSelector: `
    cel 1 CELDeviceSelector`,
  DeviceSubRequest: `
    name 1 string required default=""
    deviceClassName 2 string required default=""
    selectors 3 []DeviceSelector list=atomic
    allocationMode 4 string omitzero
    count 5 int64 omitzero
    tolerations 6 []DeviceToleration list=atomic
    capacity 7 CapacityRequirements`,
  DeviceTaint: `
    key 1 string required default=""
    value 2 string omitzero
    effect 3 string required default=""
    timeAdded 4 Time`,
  DeviceToleration: `
    key 1 string omitzero
    operator 2 string omitzero default="Equal"
    value 3 string omitzero
    effect 4 string omitzero
    tolerationSeconds 5 int64`,
  ExactDeviceRequest: `
    deviceClassName 1 string required default=""
    selectors 2 []DeviceSelector list=atomic
    allocationMode 3 string omitzero
    count 4 int64 omitzero
    adminAccess 5 bool
    tolerations 6 []DeviceToleration list=atomic
    capacity 7 CapacityRequirements`,
  NetworkDeviceData: `
    interfaceName 1 string omitzero
    ips 2 []string list=atomic
    hardwareAddress 3 string omitzero`,
  NodeAllocatableResourceMapping: `
    capacityKey 1 string
    allocationMultiplier 2 Quantity`,
  OpaqueDeviceConfiguration: `
    driver 1 string required default=""
    parameters 2 RawExtension required null`,
  ResourceClaim: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ResourceClaimSpec required default={}
    status 3 ResourceClaimStatus default={}`,
  ResourceClaimConsumerReference: `
    apiGroup 1 string omitzero
    resource 3 string required default=""
    name 4 string required default=""
    uid 5 string required default=""`,
  ResourceClaimList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ResourceClaim required`,
  ResourceClaimSpec: `
    devices 1 DeviceClaim default={}`,
  ResourceClaimStatus: `
    allocation 1 AllocationResult
    reservedFor 2 []ResourceClaimConsumerReference list=map:uid patch=merge:uid
    devices 4 []AllocatedDeviceStatus list=map:driver,device,pool,shareID`,
  ResourceClaimTemplate: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ResourceClaimTemplateSpec required default={}`,
  ResourceClaimTemplateList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ResourceClaimTemplate required`,
  ResourceClaimTemplateSpec: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ResourceClaimSpec required default={}`,
  ResourcePool: `
    name 1 string required default=""
    generation 2 int64 required default=0
    resourceSliceCount 3 int64 required default=0`,
  ResourceSlice: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ResourceSliceSpec required default={}`,
  ResourceSliceList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ResourceSlice required`,
  ResourceSliceSpec: `
    driver 1 string required default=""
    pool 2 ResourcePool required default={}
    nodeName 3 string
    nodeSelector 4 core.v1.NodeSelector
    allNodes 5 bool
    devices 6 []Device list=atomic
    perDeviceNodeSelection 7 bool
    sharedCounters 8 []CounterSet list=atomic`,
});
