import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '../../api/generated/certificates-v1.ts';
import type { CertificateRequest } from '../context.ts';
import { recognize, signingProblem } from './plan.ts';

const node: CertificateRequest = { commonName: 'system:node:a', organizations: ['system:nodes'], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
const client = ['client auth', 'digital signature'];

for (const { name, signer, usages, read, expected } of [
  { name: 'a kubelet may have a client certificate', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, read: node, expected: undefined },
  { name: 'but not one to serve with', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: [...client, 'server auth'], read: node, expected: 'usages did not match' },
  { name: 'nor for another group', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, read: { ...node, organizations: ['system:masters'] }, expected: 'subject organization is not system:nodes' },
  { name: 'nor with host names', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, read: { ...node, dnsNames: ['a'] }, expected: 'DNS and IP subjectAltNames are not allowed' },
  { name: 'what serves must name a host', signer: 'kubernetes.io/kubelet-serving', usages: ['server auth', 'digital signature'], read: node, expected: 'DNS or IP subjectAltName is required' },
  { name: 'and may then', signer: 'kubernetes.io/kubelet-serving', usages: ['server auth', 'digital signature'], read: { ...node, ipAddresses: ['1.2.3.4'] }, expected: undefined },
  { name: 'nobody becomes a superuser by a certificate', signer: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], read: { ...node, commonName: 'eve', organizations: ['system:masters'] }, expected: 'the group system:masters may not be asked for' },
]) test(name, () => assert.equal(signingProblem(signer, usages, read), expected));

for (const [username, permission] of [['system:bootstrap:abcdef', 'nodeclient'], ['system:node:a', 'selfnodeclient']] as const) {
  test(`a request of ${username} needs the permission ${permission}`, () => {
    const request = { spec: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, username, request: '' } } as CertificateSigningRequest;
    assert.equal(recognize(request, node)?.permission, permission);
  });
}
