import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `apiregistration.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const apiregistrationV1Schema: SchemaPackage = definePackage('apiregistration.v1', 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1', {
  APIService: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 APIServiceSpec default={}
    status 3 APIServiceStatus default={}`,
  APIServiceCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  APIServiceList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []APIService required`,
  APIServiceSpec: `
    service 1 ServiceReference
    group 2 string omitzero
    version 3 string omitzero
    insecureSkipTLSVerify 4 bool omitzero
    caBundle 5 bytes list=atomic
    groupPriorityMinimum 7 int32 required default=0
    versionPriority 8 int32 required default=0`,
  APIServiceStatus: `
    conditions 1 []APIServiceCondition list=map:type patch=merge:type`,
  ServiceReference: `
    namespace 1 string omitzero
    name 2 string omitzero
    port 3 int32`,
});
