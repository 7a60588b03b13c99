import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `flowcontrol.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const flowcontrolV1Schema: SchemaPackage = definePackage('flowcontrol.v1', 'io.k8s.api.flowcontrol.v1', {
  ExemptPriorityLevelConfiguration: `
    nominalConcurrencyShares 1 int32
    lendablePercent 2 int32`,
  FlowDistinguisherMethod: `
    type 1 string required default=""`,
  FlowSchema: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 FlowSchemaSpec default={}
    status 3 FlowSchemaStatus default={}`,
  FlowSchemaCondition: `
    type 1 string omitzero
    status 2 string omitzero
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  FlowSchemaList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []FlowSchema required`,
  FlowSchemaSpec: `
    priorityLevelConfiguration 1 PriorityLevelConfigurationReference required default={}
    matchingPrecedence 2 int32 default=0
    distinguisherMethod 3 FlowDistinguisherMethod
    rules 4 []PolicyRulesWithSubjects list=atomic`,
  FlowSchemaStatus: `
    conditions 1 []FlowSchemaCondition list=map:type patch=merge:type`,
  GroupSubject: `
    name 1 string required default=""`,
  LimitResponse: `
    @union {"discriminator":"type","fields-to-discriminateBy":{"queuing":"Queuing"}}
    type 1 string required default=""
    queuing 2 QueuingConfiguration`,
  LimitedPriorityLevelConfiguration: `
    nominalConcurrencyShares 1 int32
    limitResponse 2 LimitResponse default={}
    lendablePercent 3 int32
    borrowingLimitPercent 4 int32`,
  NonResourcePolicyRule: `
    verbs 1 []string required list=set
    nonResourceURLs 6 []string required list=set`,
  PolicyRulesWithSubjects: `
    subjects 1 []Subject required list=atomic
    resourceRules 2 []ResourcePolicyRule list=atomic
    nonResourceRules 3 []NonResourcePolicyRule list=atomic`,
  PriorityLevelConfiguration: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 PriorityLevelConfigurationSpec default={}
    status 3 PriorityLevelConfigurationStatus default={}`,
  PriorityLevelConfigurationCondition: `
    type 1 string omitzero
    status 2 string omitzero
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero`,
  PriorityLevelConfigurationList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []PriorityLevelConfiguration required`,
  PriorityLevelConfigurationReference: `
    name 1 string required default=""`,
  PriorityLevelConfigurationSpec: `
    @union {"discriminator":"type","fields-to-discriminateBy":{"exempt":"Exempt","limited":"Limited"}}
    type 1 string required default=""
    limited 2 LimitedPriorityLevelConfiguration
    exempt 3 ExemptPriorityLevelConfiguration`,
  PriorityLevelConfigurationStatus: `
    conditions 1 []PriorityLevelConfigurationCondition list=map:type patch=merge:type`,
  QueuingConfiguration: `
    queues 1 int32 default=0
    handSize 2 int32 default=0
    queueLengthLimit 3 int32 default=0`,
  ResourcePolicyRule: `
    verbs 1 []string required list=set
    apiGroups 2 []string required list=set
    resources 3 []string required list=set
    clusterScope 4 bool omitzero
    namespaces 5 []string list=set`,
  ServiceAccountSubject: `
    namespace 1 string required default=""
    name 2 string required default=""`,
  Subject: `
    @union {"discriminator":"kind","fields-to-discriminateBy":{"group":"Group","serviceAccount":"ServiceAccount","user":"User"}}
    kind 1 string required default=""
    user 2 UserSubject
    group 3 GroupSubject
    serviceAccount 4 ServiceAccountSubject`,
  UserSubject: `
    name 1 string required default=""`,
});
