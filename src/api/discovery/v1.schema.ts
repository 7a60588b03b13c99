import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `discovery.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const discoveryV1Schema: SchemaPackage = definePackage('discovery.v1', 'io.k8s.api.discovery.v1', {
  Endpoint: `
    addresses 1 []string required list=set
    conditions 2 EndpointConditions default={}
    hostname 3 string
    targetRef 4 core.v1.ObjectReference
    deprecatedTopology 5 {}string
    nodeName 6 string
    zone 7 string
    hints 8 EndpointHints`,
  EndpointConditions: `
    ready 1 bool
    serving 2 bool
    terminating 3 bool`,
  EndpointHints: `
    forZones 1 []ForZone list=atomic
    forNodes 2 []ForNode list=atomic`,
  EndpointPort: `
    @map atomic
    name 1 string
    protocol 2 string enum=SCTP|TCP|UDP
    port 3 int32
    appProtocol 4 string`,
  EndpointSlice: `
    metadata 1 meta.v1.ObjectMeta default={}
    addressType 4 string required default="" enum=FQDN|IPv4|IPv6
    endpoints 2 []Endpoint null list=atomic
    ports 3 []EndpointPort null list=atomic`,
  EndpointSliceList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []EndpointSlice required`,
  ForNode: `
    name 1 string required default=""`,
  ForZone: `
    name 1 string required default=""`,
});
