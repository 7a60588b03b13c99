import type { ConfigMap } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import type { DeepReadonly, Draft } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';

/** What a node must know of its cluster, in ConfigMap `kube-system/kubets-cluster`, which nodes may read. */
export interface ClusterConfiguration {
  /** Of pods and of Services: one range, or one of each family. */
  readonly clusterRanges: readonly string[];
  readonly serviceRanges: readonly string[];
  readonly clusterDomain: string;
  /** `http://address:port` of the registry of loaded images; empty when there is none. */
  readonly imageRegistry: string;
}

const NAMESPACE = 'kube-system';
export const CONFIGURATION_NAME = 'kubets-cluster';

export async function publishConfiguration(client: Client, configuration: ClusterConfiguration, signal: AbortSignal): Promise<void> {
  const maps = client.resource(refs.configMaps, NAMESPACE);
  const { clusterRanges, serviceRanges, ...rest } = configuration;
  const data = { ...rest, clusterRange: clusterRanges.join(','), serviceRange: serviceRanges.join(',') };
  try {
    const known = await maps.get(CONFIGURATION_NAME, { signal });
    if (JSON.stringify(sorted(known.data ?? {})) !== JSON.stringify(sorted(data))) await maps.patch(CONFIGURATION_NAME, { type: 'merge', patch: { data } }, { signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    await maps.create({ metadata: { name: CONFIGURATION_NAME, namespace: NAMESPACE }, data } as Draft<ConfigMap>, { signal }).catch((refused: unknown) => {
      if (!hasReason(refused, 'AlreadyExists')) throw refused;
      return publishConfiguration(client, configuration, signal); // another server that starts too was faster
    });
  }
}

function sorted(data: DeepReadonly<Record<string, string>>): [string, string][] {
  return Object.entries(data).sort(([one], [other]) => (one < other ? -1 : 1));
}

export async function readConfiguration(client: Client, signal: AbortSignal): Promise<ClusterConfiguration> {
  const { data = {} } = await client.resource(refs.configMaps, NAMESPACE).get(CONFIGURATION_NAME, { signal });
  const { clusterRange = '', serviceRange = '', clusterDomain = 'cluster.local', imageRegistry = '' } = data;
  return { clusterRanges: clusterRange.split(',').filter(Boolean), serviceRanges: serviceRange.split(',').filter(Boolean), clusterDomain, imageRegistry };
}
