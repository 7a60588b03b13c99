import type { ControllerRevision } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { controllerRevisions, pods } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { REVISION_HASH } from '../controller-revisions.ts';

/**
 * Of several revisions that hold the present template one is kept, the newest: the pods are given its hash, so that none is replaced for its name alone,
 * and the others go. Source: pkg/controller/daemon/update.go, dedupCurHistories.
 */
export async function mergeRevisions(
  client: Client, kept: DeepReadonly<ControllerRevision>, others: readonly DeepReadonly<ControllerRevision>[], own: readonly DeepReadonly<Pod>[], signal: AbortSignal,
): Promise<undefined> {
  const hash = kept.metadata.labels?.[REVISION_HASH] ?? '';
  const same = new Set(others.map(({ metadata }) => metadata.labels?.[REVISION_HASH]));
  for (const { metadata: { name, namespace, uid, labels } } of own) {
    if (labels?.[REVISION_HASH] === hash || !same.has(labels?.[REVISION_HASH])) continue;
    await unlessGone(client.resource(pods, namespace).patch(name, { type: 'merge', patch: { metadata: { uid, labels: { [REVISION_HASH]: hash } } } }, { signal }));
  }
  for (const { metadata: { name, namespace, uid } } of others) {
    await unlessGone(client.resource(controllerRevisions, namespace).delete(name, { preconditions: { uid }, signal }));
  }
}

async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
