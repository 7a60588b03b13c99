import { nodes } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Node, NodeStatus, Taint } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/index.ts';

export interface NodeRegistration {
  readonly nodeName: string;
  readonly hostname: string;
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly providerID?: string;
}

/** What the API has after a registration. */
export interface RegisteredNode {
  readonly node: DeepReadonly<Node>;
  /** It was not there before. */
  readonly isNew: boolean;
}

/** Creates the Node, or brings the labels of the one that is there up to date. */
export async function registerNode(client: Client, registration: NodeRegistration, status: NodeStatus, signal: AbortSignal): Promise<RegisteredNode> {
  const { nodeName, hostname, architecture, taints, providerID } = registration;
  const labels: Record<string, string> = {
    'beta.kubernetes.io/arch': architecture, 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture, 'kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': hostname, ...registration.labels,
  };
  const resource = client.resource(nodes);
  const existing = await resource.get(nodeName, { signal }).catch((error: unknown) => {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  });
  if (!existing) {
    const node = {
      metadata: { name: nodeName, labels, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
      spec: { ...(taints.length > 0 && { taints: [...taints] }), ...(providerID && { providerID }) }, status,
    };
    try {
      return { node: await resource.create(node, { signal }), isNew: true };
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      return { node: await resource.get(nodeName, { signal }), isNew: false };
    }
  }
  const missing = Object.fromEntries(Object.entries(labels).filter(([key, value]) => existing.metadata.labels?.[key] !== value));
  const isUpToDate = Object.keys(missing).length === 0;
  return { node: isUpToDate ? existing : await resource.patch(nodeName, { type: 'strategic', patch: { metadata: { labels: missing } } }, { signal }), isNew: false };
}
