import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `authentication.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const authenticationV1Schema: SchemaPackage = definePackage('authentication.v1', 'io.k8s.api.authentication.v1', {
  BoundObjectReference: `
    kind 1 string omitzero
    apiVersion 2 string omitzero
    name 3 string omitzero
    uid 4 string omitzero`,
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
    audiences 1 []string null list=atomic
    expirationSeconds 4 int64
    boundObjectRef 3 BoundObjectReference null`,
  TokenRequestStatus: `
    token 1 string default=""
    expirationTimestamp 2 Time null`,
  TokenReview: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 TokenReviewSpec required default={}
    status 3 TokenReviewStatus default={}`,
  TokenReviewSpec: `
    token 1 string required omitzero
    audiences 2 []string list=atomic`,
  TokenReviewStatus: `
    authenticated 1 bool omitzero
    user 2 UserInfo default={}
    audiences 4 []string list=atomic
    error 3 string omitzero`,
  UserInfo: `
    username 1 string omitzero
    uid 2 string omitzero
    groups 3 []string list=atomic
    extra 4 {}[]string`,
});
