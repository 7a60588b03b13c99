import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `rbac.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const rbacV1Schema: SchemaPackage = definePackage('rbac.v1', 'io.k8s.api.rbac.v1', {
  AggregationRule: `
    clusterRoleSelectors 1 []meta.v1.LabelSelector list=atomic`,
  ClusterRole: `
    metadata 1 meta.v1.ObjectMeta default={}
    rules 2 []PolicyRule null list=atomic
    aggregationRule 3 AggregationRule`,
  ClusterRoleBinding: `
    metadata 1 meta.v1.ObjectMeta default={}
    subjects 2 []Subject list=atomic
    roleRef 3 RoleRef required default={}`,
  ClusterRoleBindingList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ClusterRoleBinding required`,
  ClusterRoleList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ClusterRole required`,
  PolicyRule: `
    verbs 1 []string required list=atomic
    apiGroups 2 []string list=atomic
    resources 3 []string list=atomic
    resourceNames 4 []string list=atomic
    nonResourceURLs 5 []string list=atomic`,
  Role: `
    metadata 1 meta.v1.ObjectMeta default={}
    rules 2 []PolicyRule null list=atomic`,
  RoleBinding: `
    metadata 1 meta.v1.ObjectMeta default={}
    subjects 2 []Subject list=atomic
    roleRef 3 RoleRef required default={}`,
  RoleBindingList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []RoleBinding required`,
  RoleList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Role required`,
  RoleRef: `
    @map atomic
    apiGroup 1 string default=""
    kind 2 string required default=""
    name 3 string required default=""`,
  Subject: `
    @map atomic
    kind 1 string required default=""
    apiGroup 2 string omitzero
    name 3 string required default=""
    namespace 4 string omitzero`,
});
