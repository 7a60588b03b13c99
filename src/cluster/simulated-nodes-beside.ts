import type { UserInfo } from '../apiserver/authentication/authenticator.ts';
import type { Client } from '../client/client.ts';

/** Who watches for all simulated nodes of a process. */
const SIMULATOR: UserInfo = { name: 'system:kubets:simulated-nodes', groups: ['system:masters', 'system:authenticated'] };
const USER_AGENT = 'kubelet/v1.36.0';

/** How simulated nodes in the server's process reach it: each writes as itself. */
export function nodeClients(clientAs: (user: UserInfo, userAgent: string) => Client): { client: Client; clientOf: (nodeName: string) => Client } {
  return {
    client: clientAs(SIMULATOR, USER_AGENT),
    clientOf: (name) => clientAs({ name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] }, USER_AGENT),
  };
}

/** A range of this length holds as many ranges of nodes (/24) as the default one does. */
const NODES_OF_DEFAULT_RANGE = 250;
/** Where pods of larger clusters have their addresses: ranges for 32,768 nodes. */
const LARGE_RANGE = '10.128.0.0/9';

/** The pod range of a cluster in which nothing is routed: one that is large enough. */
export function rangeForNodes(range: readonly string[], nodes: number): readonly string[] {
  return nodes > NODES_OF_DEFAULT_RANGE ? [LARGE_RANGE] : range;
}
