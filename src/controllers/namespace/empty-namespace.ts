import type { Pod } from '../../api/generated/core-v1.ts';
import { pods } from '../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { canAll, type Discovered, type DiscoveredResource } from '../discovery.ts';
import type { Emptying } from './conditions.ts';

const AT_A_TIME = 8;
/** How long finalizers are expected to take. Source: namespaced_resources_deleter.go, finalizerEstimateSeconds. */
const FINALIZER_ESTIMATE_SECONDS = 15;
const METADATA_ONLY = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json' };

export interface EmptyingResult extends Emptying {
  /** In how many seconds the rest may be gone; 0: nothing is left that is known of. */
  readonly estimateSeconds: number;
}

/**
 * Deletes everything in a namespace, pods before all else: while there are pods they need their service accounts, network policies and
 * volumes (KEP-5080). What is left is counted, for the conditions.
 */
export async function emptyNamespace(client: Client, namespace: string, discovered: Discovered, signal: AbortSignal): Promise<EmptyingResult> {
  const failures: Error[] = [];
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();
  let estimateSeconds = 0;
  const empty = async (resource: DiscoveredResource): Promise<void> => {
    try {
      const left = await emptyResource(client, namespace, resource, signal);
      if (left.length === 0) return;
      remaining.set(`${resource.resource}.${resource.group}`, left.length);
      for (const { metadata } of left) for (const one of metadata.finalizers ?? []) finalizers.set(one, (finalizers.get(one) ?? 0) + 1);
      estimateSeconds = Math.max(estimateSeconds, estimateOf(resource, left));
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      failures.push(error);
    }
  };
  const deletable = discovered.resources.filter((resource) => resource.namespaced && canAll(resource, 'delete', 'list'));
  const isPods = (resource: DiscoveredResource): boolean => resource.group === '' && resource.resource === 'pods';
  for (const resource of deletable.filter(isPods)) await empty(resource);
  if (remaining.size === 0) {
    const others = deletable.filter((resource) => !isPods(resource));
    for (let start = 0; start < others.length; start += AT_A_TIME) await Promise.all(others.slice(start, start + AT_A_TIME).map(empty));
  }
  return { discoveryFailures: discovered.failures, deletionFailures: failures, remaining, finalizers, estimateSeconds };
}

/** Gives what is still there afterwards. */
async function emptyResource(client: Client, namespace: string, resource: DiscoveredResource, signal: AbortSignal): Promise<readonly DeepReadonly<KubeObject>[]> {
  const objects = client.resource<KubeObject>(resource, namespace);
  const headers = resource.resource === 'pods' ? undefined : METADATA_ONLY;
  const before = await listUnlessGone(() => objects.listAll({ signal }, headers));
  if (before.length === 0) return before;
  if (canAll(resource, 'deletecollection')) {
    await objects.deleteCollection({ propagationPolicy: 'Background', signal });
  } else {
    for (const { metadata } of before) {
      if (metadata.deletionTimestamp) continue;
      try {
        await objects.delete(metadata.name, { propagationPolicy: 'Background', signal });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
  }
  return listUnlessGone(() => objects.listAll({ signal }, headers));
}

/** A resource that is no longer served has no objects. */
async function listUnlessGone(list: () => Promise<{ readonly items: readonly DeepReadonly<KubeObject>[] }>): Promise<readonly DeepReadonly<KubeObject>[]> {
  try {
    return (await list()).items;
  } catch (error) {
    if (hasReason(error, 'NotFound', 'MethodNotAllowed')) return [];
    throw error;
  }
}

function estimateOf(resource: DiscoveredResource, left: readonly DeepReadonly<KubeObject>[]): number {
  if (resource.resource !== pods.resource || resource.group !== '') return FINALIZER_ESTIMATE_SECONDS;
  const graces = (left as readonly DeepReadonly<Pod>[]).map((pod) => (isEnded(pod) ? 1 : (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30)));
  return Math.max(1, ...graces);
}

function isEnded(pod: DeepReadonly<Pod>): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}
