import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `certificates.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const certificatesV1Schema: SchemaPackage = definePackage('certificates.v1', 'io.k8s.api.certificates.v1', {
  CertificateSigningRequest: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 CertificateSigningRequestSpec required default={}
    status 3 CertificateSigningRequestStatus default={}`,
  CertificateSigningRequestCondition: `
    type 1 string required default=""
    status 6 string required default=""
    reason 2 string omitzero
    message 3 string omitzero
    lastUpdateTime 4 Time null
    lastTransitionTime 5 Time null`,
  CertificateSigningRequestList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []CertificateSigningRequest required`,
  CertificateSigningRequestSpec: `
    request 1 bytes required
    signerName 7 string required default=""
    expirationSeconds 8 int32
    usages 5 []string list=atomic
    username 2 string omitzero
    uid 3 string omitzero
    groups 4 []string list=atomic
    extra 6 {}[]string`,
  CertificateSigningRequestStatus: `
    conditions 1 []CertificateSigningRequestCondition list=map:type
    certificate 2 bytes`,
});
