import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `authorization.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const authorizationV1Schema: SchemaPackage = definePackage('authorization.v1', 'io.k8s.api.authorization.v1', {
  FieldSelectorAttributes: `
    rawSelector 1 string
    requirements 2 []meta.v1.FieldSelectorRequirement list=atomic`,
  LabelSelectorAttributes: `
    rawSelector 1 string
    requirements 2 []meta.v1.LabelSelectorRequirement list=atomic`,
  LocalSubjectAccessReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 SubjectAccessReviewSpec required default={}
    status 3 SubjectAccessReviewStatus default={}`,
  NonResourceAttributes: `
    path 1 string
    verb 2 string`,
  NonResourceRule: `
    verbs 1 []string required list=atomic
    nonResourceURLs 2 []string list=atomic`,
  ResourceAttributes: `
    namespace 1 string
    verb 2 string
    group 3 string
    version 4 string
    resource 5 string
    subresource 6 string
    name 7 string
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
    namespace 1 string`,
  SubjectAccessReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 SubjectAccessReviewSpec required default={}
    status 3 SubjectAccessReviewStatus default={}`,
  SubjectAccessReviewSpec: `
    resourceAttributes 1 ResourceAttributes
    nonResourceAttributes 2 NonResourceAttributes
    user 3 string
    groups 4 []string list=atomic
    extra 5 {}[]string
    uid 6 string`,
  SubjectAccessReviewStatus: `
    allowed 1 bool required default=false
    denied 4 bool
    reason 2 string
    evaluationError 3 string`,
  SubjectRulesReviewStatus: `
    resourceRules 1 []ResourceRule required list=atomic
    nonResourceRules 2 []NonResourceRule required list=atomic
    incomplete 3 bool required default=false
    evaluationError 4 string`,
});
