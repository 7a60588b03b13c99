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

function clientNamesProblem({ dnsNames, emailAddresses, ipAddresses, uris }: CertificateRequest): string | undefined {
  const kinds = [['DNS', dnsNames], ['Email', emailAddresses], ['IP', ipAddresses], ['URI', uris]] as const;
  const forbidden = kinds.find(([, names]) => names.length > 0);
  return forbidden && `${forbidden[0]} subjectAltNames are not allowed`;
}

function servingNamesProblem(read: CertificateRequest): string | undefined {
  if (read.dnsNames.length + read.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  return clientNamesProblem({ ...read, dnsNames: [], ipAddresses: [] });
}

/**
 * What keeps the signer from signing; undefined when nothing does. Source: "Certificates and Certificate Signing Requests", Kubernetes signers;
 * pkg/apis/certificates/helpers.go and pkg/controller/certificates/signer for the words and their order.
 */
export function signingProblem(signerName: string, usages: readonly string[], read: CertificateRequest): string | undefined {
  const rule = USAGES[signerName];
  if (!rule) return `there is no signer ${signerName}`;
  const missing = rule.required.find((usage) => !usages.includes(usage));
  const extra = usages.find((usage) => !rule.required.includes(usage) && !rule.allowed.includes(usage));
  if (signerName === CLIENT) {
    if (extra !== undefined) return `invalid usage for client certificate: ${extra}`;
    if (missing !== undefined) return `missing required usage for client certificate: ${missing}`;
    return read.organizations.includes('system:masters') ? 'the group system:masters may not be asked for' : undefined;
  }
  const usageProblem = missing !== undefined || extra !== undefined ? `usages did not match [${[...rule.required, ...rule.allowed].sort().join(' ')}]` : undefined;
  if (read.organizations.length !== 1 || read.organizations[0] !== NODES_GROUP) return 'subject organization is not system:nodes';
  const nameProblem = read.commonName.startsWith(NODE_PREFIX) ? undefined : 'subject common name does not begin with system:node:';
  return signerName === CLIENT_KUBELET ? clientNamesProblem(read) ?? nameProblem ?? usageProblem : servingNamesProblem(read) ?? usageProblem ?? nameProblem;
}

export interface Recognition {
  /** The subresource of certificatesigningrequests that the asker must be allowed to create. */
  readonly permission: 'selfnodeclient' | 'nodeclient';
  readonly message: string;
}

/** The rules of automatic approval that a request for a kubelet's client certificate falls under, to be tried in this order. Source: "TLS bootstrapping", approval. */
export function recognize(request: DeepReadonly<CertificateSigningRequest>, read: CertificateRequest): readonly Recognition[] {
  const { signerName, usages = [], username } = request.spec;
  if (signerName !== CLIENT_KUBELET || signingProblem(signerName, usages, read) !== undefined) return [];
  const own: Recognition = { permission: 'selfnodeclient', message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' };
  const any: Recognition = { permission: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' };
  return username === read.commonName ? [own, any] : [any];
}
