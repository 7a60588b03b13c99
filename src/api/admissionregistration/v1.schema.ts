import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `admissionregistration.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const admissionregistrationV1Schema: SchemaPackage = definePackage('admissionregistration.v1', 'io.k8s.api.admissionregistration.v1', {
  ApplyConfiguration: `
    expression 1 string omitzero`,
  AuditAnnotation: `
    key 1 string required default=""
    valueExpression 2 string required default=""`,
  ExpressionWarning: `
    fieldRef 2 string required default=""
    warning 3 string required default=""`,
  JSONPatch: `
    expression 1 string omitzero`,
  MatchCondition: `
    name 1 string required default=""
    expression 2 string required default=""`,
  MatchResources: `
    @map atomic
    namespaceSelector 1 meta.v1.LabelSelector
    objectSelector 2 meta.v1.LabelSelector
    resourceRules 3 []NamedRuleWithOperations list=atomic
    excludeResourceRules 4 []NamedRuleWithOperations list=atomic
    matchPolicy 7 string enum=Equivalent|Exact`,
  MutatingAdmissionPolicy: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 MutatingAdmissionPolicySpec default={}`,
  MutatingAdmissionPolicyBinding: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 MutatingAdmissionPolicyBindingSpec default={}`,
  MutatingAdmissionPolicyBindingList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []MutatingAdmissionPolicyBinding required`,
  MutatingAdmissionPolicyBindingSpec: `
    policyName 1 string omitzero
    paramRef 2 ParamRef
    matchResources 3 MatchResources`,
  MutatingAdmissionPolicyList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []MutatingAdmissionPolicy required`,
  MutatingAdmissionPolicySpec: `
    paramKind 1 ParamKind
    matchConstraints 2 MatchResources
    variables 3 []Variable list=atomic
    mutations 4 []Mutation list=atomic
    failurePolicy 5 string enum=Fail|Ignore
    matchConditions 6 []MatchCondition list=map:name patch=merge:name
    reinvocationPolicy 7 string omitzero`,
  MutatingWebhook: `
    name 1 string required default=""
    clientConfig 2 WebhookClientConfig required default={}
    rules 3 []RuleWithOperations list=atomic
    failurePolicy 4 string enum=Fail|Ignore
    matchPolicy 9 string enum=Equivalent|Exact
    namespaceSelector 5 meta.v1.LabelSelector
    objectSelector 11 meta.v1.LabelSelector
    sideEffects 6 string required null enum=None|NoneOnDryRun|Some|Unknown
    timeoutSeconds 7 int32
    admissionReviewVersions 8 []string required list=atomic
    reinvocationPolicy 10 string enum=IfNeeded|Never
    matchConditions 12 []MatchCondition list=map:name patch=merge:name`,
  MutatingWebhookConfiguration: `
    metadata 1 meta.v1.ObjectMeta default={}
    webhooks 2 []MutatingWebhook list=map:name patch=merge:name`,
  MutatingWebhookConfigurationList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []MutatingWebhookConfiguration required`,
  Mutation: `
    patchType 2 string required default=""
    applyConfiguration 3 ApplyConfiguration
    jsonPatch 4 JSONPatch`,
  NamedRuleWithOperations: `
    @map atomic
    resourceNames 1 []string list=atomic
    operations 2.1 []string list=atomic
    apiGroups 2.2.1 []string list=atomic
    apiVersions 2.2.2 []string list=atomic
    resources 2.2.3 []string list=atomic
    scope 2.2.4 string enum=*|Cluster|Namespaced`,
  ParamKind: `
    @map atomic
    apiVersion 1 string omitzero
    kind 2 string omitzero`,
  ParamRef: `
    @map atomic
    name 1 string omitzero
    namespace 2 string omitzero
    selector 3 meta.v1.LabelSelector
    parameterNotFoundAction 4 string`,
  RuleWithOperations: `
    operations 1 []string list=atomic
    apiGroups 2.1 []string list=atomic
    apiVersions 2.2 []string list=atomic
    resources 2.3 []string list=atomic
    scope 2.4 string enum=*|Cluster|Namespaced`,
  ServiceReference: `
    namespace 1 string required default=""
    name 2 string required default=""
    path 3 string
    port 4 int32`,
  TypeChecking: `
    expressionWarnings 1 []ExpressionWarning list=atomic`,
  ValidatingAdmissionPolicy: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ValidatingAdmissionPolicySpec default={}
    status 3 ValidatingAdmissionPolicyStatus default={}`,
  ValidatingAdmissionPolicyBinding: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 ValidatingAdmissionPolicyBindingSpec required default={}`,
  ValidatingAdmissionPolicyBindingList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ValidatingAdmissionPolicyBinding required`,
  ValidatingAdmissionPolicyBindingSpec: `
    policyName 1 string required omitzero
    paramRef 2 ParamRef
    matchResources 3 MatchResources
    validationActions 4 []string required omitzero list=set`,
  ValidatingAdmissionPolicyList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ValidatingAdmissionPolicy required`,
  ValidatingAdmissionPolicySpec: `
    paramKind 1 ParamKind
    matchConstraints 2 MatchResources
    validations 3 []Validation list=atomic
    failurePolicy 4 string enum=Fail|Ignore
    auditAnnotations 5 []AuditAnnotation list=atomic
    matchConditions 6 []MatchCondition list=map:name patch=merge:name
    variables 7 []Variable list=map:name patch=merge:name`,
  ValidatingAdmissionPolicyStatus: `
    observedGeneration 1 int64 omitzero
    typeChecking 2 TypeChecking
    conditions 3 []meta.v1.Condition list=map:type`,
  ValidatingWebhook: `
    name 1 string required default=""
    clientConfig 2 WebhookClientConfig required default={}
    rules 3 []RuleWithOperations list=atomic
    failurePolicy 4 string enum=Fail|Ignore
    matchPolicy 9 string enum=Equivalent|Exact
    namespaceSelector 5 meta.v1.LabelSelector
    objectSelector 10 meta.v1.LabelSelector
    sideEffects 6 string required null enum=None|NoneOnDryRun|Some|Unknown
    timeoutSeconds 7 int32
    admissionReviewVersions 8 []string required list=atomic
    matchConditions 11 []MatchCondition list=map:name patch=merge:name`,
  ValidatingWebhookConfiguration: `
    metadata 1 meta.v1.ObjectMeta default={}
    webhooks 2 []ValidatingWebhook list=map:name patch=merge:name`,
  ValidatingWebhookConfigurationList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []ValidatingWebhookConfiguration required`,
  Validation: `
    expression 1 string required default=""
    message 2 string omitzero
    reason 3 string
    messageExpression 4 string omitzero`,
  Variable: `
    @map atomic
    name 1 string required default=""
    expression 2 string required default=""`,
  WebhookClientConfig: `
    url 3 string
    service 1 ServiceReference
    caBundle 2 bytes`,
});
