import type { CertificateSigningRequest } from '../../api/generated/certificates-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { CertificateRequest } from '../context.ts';

export const CLIENT_KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';
export const CLIENT = 'kubernetes.io/kube-apiserver-client';

const NODE_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';

type Conditioned = DeepReadonly<Pick<CertificateSigningRequest, 'status'>>;

export function hasCondition(request: Conditioned, ...types: string[]): boolean {
  return request.status?.conditions?.some((condition) => types.includes(condition.type) && condition.status !== 'False') ?? false;
}

/** Usages of which each must be there, or may be. */
interface UsageRule {
  readonly required: readonly string[];
  readonly allowed: readonly string[];
}

const USAGES: Readonly<Record<string, UsageRule>> = {
  [CLIENT_KUBELET]: { required: ['client auth', 'digital signature'], allowed: ['key encipherment'] },
  [KUBELET_SERVING]: { required: ['server auth', 'digital signature'], allowed: ['key encipherment'] },
  [CLIENT]: { required: ['client auth'], allowed: ['digital signature', 'key encipherment'] },
};

function nodeSubjectProblem(read: CertificateRequest): string | undefined {
  if (read.organizations.length !== 1 || read.organizations[0] !== NODES_GROUP) return 'subject organization is not system:nodes';
  if (!read.commonName.startsWith(NODE_PREFIX)) return 'subject common name does not begin with system:node:';
  return undefined;
}

/** What keeps the signer from signing; undefined when nothing does. Source: "Certificates and Certificate Signing Requests", Kubernetes signers. */
export function signingProblem(signerName: string, usages: readonly string[], read: CertificateRequest): string | undefined {
  const rule = USAGES[signerName];
  if (!rule) return `there is no signer ${signerName}`;
  const missing = rule.required.find((usage) => !usages.includes(usage));
  const extra = usages.find((usage) => !rule.required.includes(usage) && !rule.allowed.includes(usage));
  if (missing !== undefined || extra !== undefined) return 'usages did not match';
  const hasNames = read.dnsNames.length + read.ipAddresses.length > 0;
  if (signerName === CLIENT) return read.organizations.includes('system:masters') ? 'the group system:masters may not be asked for' : undefined;
  if (signerName === CLIENT_KUBELET) {
    if (hasNames) return 'DNS and IP subjectAltNames are not allowed';
    return read.emailAddresses.length + read.uris.length > 0 ? 'email and URI subjectAltNames are not allowed' : nodeSubjectProblem(read);
  }
  if (!hasNames) return 'DNS or IP subjectAltName is required';
  return read.emailAddresses.length + read.uris.length > 0 ? 'email and URI subjectAltNames are not allowed' : nodeSubjectProblem(read);
}

export interface Recognition {
  /** The subresource of certificatesigningrequests that the asker must be allowed to create. */
  readonly permission: 'selfnodeclient' | 'nodeclient';
  readonly message: string;
}

/** Which rule of automatic approval a request for a kubelet's client certificate falls under; undefined: none. Source: "TLS bootstrapping", approval. */
export function recognize(request: DeepReadonly<CertificateSigningRequest>, read: CertificateRequest): Recognition | undefined {
  const { signerName, usages = [], username } = request.spec;
  if (signerName !== CLIENT_KUBELET || signingProblem(signerName, usages, read) !== undefined) return undefined;
  if (username === read.commonName) return { permission: 'selfnodeclient', message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' };
  return { permission: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' };
}
