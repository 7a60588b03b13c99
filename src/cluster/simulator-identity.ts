import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../api/generated/rbac-v1.ts';
import * as refs from '../api/refs.ts';
import type { Draft, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';
import { formatKubeconfig, issueCredentials } from '../pki/index.ts';
import type { ClusterCertificates } from './certificates.ts';
import { clusterKubeconfig } from './kubeconfig-file.ts';

/** Who simulates nodes in a process of its own: it watches for all of them, and writes as each of them. */
export const SIMULATOR = 'system:kubets:simulated-nodes';
const READ = ['get', 'list', 'watch'];
/** What it reads of these, nodes may read too, each of its own. */
const WATCHED = ['pods', 'nodes', 'services', 'configmaps', 'secrets'];
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const DAY_MS = 86_400_000;
const LIFE_DAYS = 365;
const BACKDATE_MS = 300_000;

/** It may be any node, and as a node do what nodes may: no more than that, whatever it asks for. Source: KEP-5284, constrained impersonation. */
const RULES: PolicyRule[] = [
  { apiGroups: [''], resources: WATCHED, verbs: READ },
  { apiGroups: ['authentication.k8s.io'], resources: ['nodes'], verbs: ['impersonate:arbitrary-node'] },
  { apiGroups: ['*'], resources: ['*'], verbs: VERBS.map((verb) => `impersonate-on:arbitrary-node:${verb}`) },
];

/** Lets the simulator in. Safe to repeat. */
export async function ensureSimulatorRole(client: Client, signal: AbortSignal): Promise<void> {
  const metadata = { name: SIMULATOR };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: SIMULATOR };
  await Promise.all([
    create<ClusterRole>(client, refs.clusterRoles, { metadata, rules: RULES }, signal),
    create<ClusterRoleBinding>(client, refs.clusterRoleBindings, { metadata, roleRef, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: SIMULATOR }] }, signal),
  ]);
}

async function create<T extends KubeObject>(client: Client, ref: ResourceRef<T>, draft: Draft<T>, signal: AbortSignal): Promise<void> {
  try {
    await client.resource(ref).create(draft, { signal });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
}

/** A kubeconfig (YAML) with which it comes to the server. */
export function simulatorKubeconfig(options: { server: string; certificates: ClusterCertificates; nowMs: number }): string {
  const { server, certificates: { authority }, nowMs } = options;
  const credentials = issueCredentials(authority, { subject: { commonName: SIMULATOR }, usages: ['client auth'], notBefore: nowMs - BACKDATE_MS, notAfter: nowMs + LIFE_DAYS * DAY_MS });
  return formatKubeconfig(clusterKubeconfig({ name: 'simulated-nodes', server, authorityPem: authority.certificatePem, credentials }));
}
