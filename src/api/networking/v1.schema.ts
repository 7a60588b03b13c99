import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `networking.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const networkingV1Schema: SchemaPackage = definePackage('networking.v1', 'io.k8s.api.networking.v1', {
  HTTPIngressPath: `
    path 1 string omitzero
    pathType 3 string required null enum=Exact|ImplementationSpecific|Prefix
    backend 2 IngressBackend required default={}`,
  HTTPIngressRuleValue: `
    paths 1 []HTTPIngressPath required list=atomic`,
  IPAddress: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 IPAddressSpec required default={}`,
  IPAddressList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []IPAddress required`,
  IPAddressSpec: `
    parentRef 1 ParentReference required`,
  IPBlock: `
    cidr 1 string required default=""
    except 2 []string list=atomic`,
  Ingress: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 IngressSpec default={}
    status 3 IngressStatus default={}`,
  IngressBackend: `
    service 4 IngressServiceBackend
    resource 3 core.v1.TypedLocalObjectReference`,
  IngressClass: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 IngressClassSpec default={}`,
  IngressClassList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []IngressClass required`,
  IngressClassParametersReference: `
    apiGroup 1 string
    kind 2 string required default=""
    name 3 string required default=""
    scope 4 string
    namespace 5 string`,
  IngressClassSpec: `
    controller 1 string omitzero
    parameters 2 IngressClassParametersReference`,
  IngressList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Ingress required`,
  IngressLoadBalancerIngress: `
    ip 1 string omitzero
    hostname 2 string omitzero
    ports 4 []IngressPortStatus list=atomic`,
  IngressLoadBalancerStatus: `
    ingress 1 []IngressLoadBalancerIngress list=atomic`,
  IngressPortStatus: `
    port 1 int32 required default=0
    protocol 2 string required default="" enum=SCTP|TCP|UDP
    error 3 string`,
  IngressRule: `
    host 1 string omitzero
    http 2.1 HTTPIngressRuleValue`,
  IngressServiceBackend: `
    name 1 string required default=""
    port 2 ServiceBackendPort default={}`,
  IngressSpec: `
    ingressClassName 4 string
    defaultBackend 1 IngressBackend
    tls 2 []IngressTLS list=atomic
    rules 3 []IngressRule list=atomic`,
  IngressStatus: `
    loadBalancer 1 IngressLoadBalancerStatus default={}`,
  IngressTLS: `
    hosts 1 []string list=atomic
    secretName 2 string omitzero`,
  NetworkPolicy: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 NetworkPolicySpec default={}`,
  NetworkPolicyEgressRule: `
    ports 1 []NetworkPolicyPort list=atomic
    to 2 []NetworkPolicyPeer list=atomic`,
  NetworkPolicyIngressRule: `
    ports 1 []NetworkPolicyPort list=atomic
    from 2 []NetworkPolicyPeer list=atomic`,
  NetworkPolicyList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []NetworkPolicy required`,
  NetworkPolicyPeer: `
    podSelector 1 meta.v1.LabelSelector
    namespaceSelector 2 meta.v1.LabelSelector
    ipBlock 3 IPBlock`,
  NetworkPolicyPort: `
    protocol 1 string enum=SCTP|TCP|UDP
    port 2 IntOrString
    endPort 3 int32`,
  NetworkPolicySpec: `
    podSelector 1 meta.v1.LabelSelector default={}
    ingress 2 []NetworkPolicyIngressRule list=atomic
    egress 3 []NetworkPolicyEgressRule list=atomic
    policyTypes 4 []string list=atomic`,
  ParentReference: `
    group 1 string omitzero
    resource 2 string required omitzero
    namespace 3 string omitzero
    name 4 string required omitzero`,
  ServiceBackendPort: `
    @map atomic
    name 1 string omitzero
    number 2 int32 omitzero`,
  ServiceCIDR: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ServiceCIDRSpec default={}
    status 3 ServiceCIDRStatus default={}`,
  ServiceCIDRList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ServiceCIDR required`,
  ServiceCIDRSpec: `
    cidrs 1 []string list=atomic`,
  ServiceCIDRStatus: `
    conditions 1 []meta.v1.Condition list=map:type patch=merge:type`,
});
