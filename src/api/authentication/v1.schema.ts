import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `authentication.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const authenticationV1Schema: SchemaPackage = definePackage('authentication.v1', 'io.k8s.api.authentication.v1', {
  BoundObjectReference: `
    kind 1 string
    apiVersion 2 string
    name 3 string
    uid 4 string`,
  SelfSubjectReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    status 2 SelfSubjectReviewStatus default={}`,
  SelfSubjectReviewStatus: `
    userInfo 1 UserInfo default={}`,
  TokenRequest: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 TokenRequestSpec default={}
    status 3 TokenRequestStatus default={}`,
  TokenRequestSpec: `
    audiences 1 []string list=atomic
    expirationSeconds 4 int64
    boundObjectRef 3 BoundObjectReference`,
  TokenRequestStatus: `
    token 1 string default=""
    expirationTimestamp 2 Time`,
  TokenReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 TokenReviewSpec required default={}
    status 3 TokenReviewStatus default={}`,
  TokenReviewSpec: `
    token 1 string required
    audiences 2 []string list=atomic`,
  TokenReviewStatus: `
    authenticated 1 bool
    user 2 UserInfo default={}
    audiences 4 []string list=atomic
    error 3 string`,
  UserInfo: `
    username 1 string
    uid 2 string
    groups 3 []string list=atomic
    extra 4 {}[]string`,
});
