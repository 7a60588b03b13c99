/** Keys, certificates, requests and kubeconfigs. */
export * from './certificate.ts';
export * from './kubeconfig.ts';
export { newKeyPair, privateKeyPem, publicKeyPem, readKeyPair, seededKeys, systemKeys, type KeyPair, type KeySource } from './keys.ts';
export type { AlternativeNames, Subject } from './names.ts';
export { makeRequest, readRequest, type CertificateRequest } from './request.ts';
