import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '../../api/generated/certificates-v1.ts';
import type { CertificateRequest } from '../context.ts';
import { recognize, signingProblem } from './plan.ts';

const node: CertificateRequest = { commonName: 'system:node:a', organizations: ['system:nodes'], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
const client = ['client auth', 'digital signature'];

for (const { name, signer, usages, read, expected } of [
  { name: 'a kubelet may have a client certificate', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, read: node, expected: undefined },
  { name: 'but not one to serve with', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: [...client, 'server auth'], read: node, expected: 'usages did not match [client auth digital signature key encipherment]' },
  { name: 'nor for another group', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, read: { ...node, organizations: ['system:masters'] }, expected: 'subject organization is not system:nodes' },
  { name: 'nor with host names', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, read: { ...node, dnsNames: ['a'] }, expected: 'DNS subjectAltNames are not allowed' },
  { name: 'nor with addresses', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, read: { ...node, ipAddresses: ['1.2.3.4'], uris: ['spiffe://a'] }, expected: 'IP subjectAltNames are not allowed' },
  { name: 'nor by a name that is no node, which comes before its usages', signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['client auth'], read: { ...node, commonName: 'eve' }, expected: 'subject common name does not begin with system:node:' },
  { name: 'what serves must name a host', signer: 'kubernetes.io/kubelet-serving', usages: ['server auth', 'digital signature'], read: node, expected: 'DNS or IP subjectAltName is required' },
  { name: 'and may then', signer: 'kubernetes.io/kubelet-serving', usages: ['server auth', 'digital signature'], read: { ...node, ipAddresses: ['1.2.3.4'] }, expected: undefined },
  { name: 'what serves is told of its usages before its name', signer: 'kubernetes.io/kubelet-serving', usages: ['server auth'], read: { ...node, commonName: 'eve', dnsNames: ['a'] }, expected: 'usages did not match [digital signature key encipherment server auth]' },
  { name: 'a client must want to be one', signer: 'kubernetes.io/kube-apiserver-client', usages: ['digital signature'], read: node, expected: 'missing required usage for client certificate: client auth' },
  { name: 'and nothing else', signer: 'kubernetes.io/kube-apiserver-client', usages: ['client auth', 'server auth'], read: node, expected: 'invalid usage for client certificate: server auth' },
  { name: 'nobody becomes a superuser by a certificate', signer: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], read: { ...node, commonName: 'eve', organizations: ['system:masters'] }, expected: 'the group system:masters may not be asked for' },
]) test(name, () => assert.equal(signingProblem(signer, usages, read), expected));

for (const [username, permissions] of [['system:bootstrap:abcdef', ['nodeclient']], ['system:node:a', ['selfnodeclient', 'nodeclient']]] as const) {
  test(`a request of ${username} needs one of the permissions ${permissions.join(', ')}`, () => {
    const request = { spec: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: client, username, request: '' } } as CertificateSigningRequest;
    assert.deepEqual(recognize(request, node).map(({ permission }) => permission), permissions);
  });
}
