import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `authorization.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const authorizationV1Schema: SchemaPackage = definePackage('authorization.v1', 'io.k8s.api.authorization.v1', {
  FieldSelectorAttributes: `
    rawSelector 1 string omitzero
    requirements 2 []meta.v1.FieldSelectorRequirement list=atomic`,
  LabelSelectorAttributes: `
    rawSelector 1 string omitzero
    requirements 2 []meta.v1.LabelSelectorRequirement list=atomic`,
  LocalSubjectAccessReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 SubjectAccessReviewSpec required default={}
    status 3 SubjectAccessReviewStatus default={}`,
  NonResourceAttributes: `
    path 1 string omitzero
    verb 2 string omitzero`,
  NonResourceRule: `
    verbs 1 []string required list=atomic
    nonResourceURLs 2 []string list=atomic`,
  ResourceAttributes: `
    namespace 1 string omitzero
    verb 2 string omitzero
    group 3 string omitzero
    version 4 string omitzero
    resource 5 string omitzero
    subresource 6 string omitzero
    name 7 string omitzero
    fieldSelector 8 FieldSelectorAttributes
    labelSelector 9 LabelSelectorAttributes`,
  ResourceRule: `
    verbs 1 []string required list=atomic
    apiGroups 2 []string list=atomic
    resources 3 []string list=atomic
    resourceNames 4 []string list=atomic`,
  SelfSubjectAccessReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 SelfSubjectAccessReviewSpec required default={}
    status 3 SubjectAccessReviewStatus default={}`,
  SelfSubjectAccessReviewSpec: `
    resourceAttributes 1 ResourceAttributes
    nonResourceAttributes 2 NonResourceAttributes`,
  SelfSubjectRulesReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 SelfSubjectRulesReviewSpec required default={}
    status 3 SubjectRulesReviewStatus default={}`,
  SelfSubjectRulesReviewSpec: `
    namespace 1 string omitzero`,
  SubjectAccessReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 SubjectAccessReviewSpec required default={}
    status 3 SubjectAccessReviewStatus default={}`,
  SubjectAccessReviewSpec: `
    resourceAttributes 1 ResourceAttributes
    nonResourceAttributes 2 NonResourceAttributes
    user 3 string omitzero
    groups 4 []string list=atomic
    extra 5 {}[]string
    uid 6 string omitzero`,
  SubjectAccessReviewStatus: `
    allowed 1 bool required default=false
    denied 4 bool omitzero
    reason 2 string omitzero
    evaluationError 3 string omitzero`,
  SubjectRulesReviewStatus: `
    resourceRules 1 []ResourceRule required list=atomic
    nonResourceRules 2 []NonResourceRule required list=atomic
    incomplete 3 bool required default=false
    evaluationError 4 string omitzero`,
});
