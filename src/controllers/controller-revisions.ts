import { isDeepStrictEqual } from 'node:util';
import type { ControllerRevision } from '../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../api/generated/core-v1.ts';
import { controllerRevisions } from '../api/refs.ts';
import { copyOf } from '../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft, KubeObject, OwnerReference } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';
import { isControlledBy } from '../component-helpers/owner-reference.ts';
import { revisionHash } from '../component-helpers/revision-hash.ts';

type Revision = DeepReadonly<ControllerRevision>;

/** The label that ties a pod, and a revision, to a template. */
export const REVISION_HASH = 'controller-revision-hash';

/** What a revision holds: a patch that puts the template in the place of the present one. */
export function revisionData(template: DeepReadonly<PodTemplateSpec>): Record<string, unknown> {
  return { spec: { template: { ...copyOf(template), $patch: 'replace' } } };
}

export interface RevisionPlan {
  /** The revision of the present template, if there is one. */
  readonly current: Revision | undefined;
  /** The number that it has, or is to have: the highest of all. */
  readonly revision: number;
  /** The others, lowest first. */
  readonly old: readonly Revision[];
  /** Those of the others that hold the present template too. */
  readonly duplicates: readonly Revision[];
}

/** Which of an owner's revisions holds the present template. */
export function planRevisions(template: DeepReadonly<PodTemplateSpec>, revisions: readonly Revision[]): RevisionPlan {
  const data = JSON.parse(JSON.stringify(revisionData(template))) as unknown;
  const sorted = revisions.toSorted((one, other) => one.revision - other.revision || (one.metadata.creationTimestamp < other.metadata.creationTimestamp ? -1 : 1));
  const same = sorted.filter((revision) => isDeepStrictEqual(JSON.parse(JSON.stringify(revision.data)), data));
  const current = same.at(-1);
  const old = sorted.filter((revision) => revision !== current);
  const highest = Math.max(0, ...old.map(({ revision }) => revision));
  return { current, revision: current && current.revision > highest ? current.revision : highest + 1, old, duplicates: same.slice(0, -1) };
}

/** Makes the planned revision be: created, renumbered, or as it is. Gives undefined when the name is taken by another template: count a collision and come again. */
export async function ensureRevision(
  client: Client,
  plan: RevisionPlan,
  owner: { readonly object: DeepReadonly<KubeObject>; readonly reference: OwnerReference; readonly template: DeepReadonly<PodTemplateSpec>; readonly collisionCount: number },
  signal: AbortSignal,
): Promise<Revision | undefined> {
  const { name: ownerName, namespace } = owner.object.metadata;
  const resource = client.resource(controllerRevisions, namespace);
  if (plan.current) return plan.current.revision === plan.revision ? plan.current : resource.update({ ...plan.current, revision: plan.revision }, { signal });
  const hash = revisionHash(owner.template, owner.collisionCount);
  const draft: Draft<ControllerRevision> = {
    metadata: { name: `${ownerName}-${hash}`, labels: { ...owner.template.metadata?.labels, [REVISION_HASH]: hash }, ownerReferences: [owner.reference] },
    data: revisionData(owner.template),
    revision: plan.revision,
  };
  try {
    return await resource.create(draft, { signal });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    const known = await resource.get(`${ownerName}-${hash}`, { signal });
    const isSame = isControlledBy(known, owner.object) && isDeepStrictEqual(JSON.parse(JSON.stringify(known.data)), JSON.parse(JSON.stringify(draft.data)));
    return isSame ? known : undefined;
  }
}

/** Deletes the oldest revisions beyond `limit` that no pod lives by. */
export async function trimHistory(client: Client, old: readonly Revision[], isLive: (revision: Revision) => boolean, limit: number, signal: AbortSignal): Promise<void> {
  const dead = old.filter((revision) => !isLive(revision));
  for (const { metadata } of dead.slice(0, Math.max(dead.length - limit, 0))) {
    try {
      await client.resource(controllerRevisions, metadata.namespace).delete(metadata.name, { preconditions: { uid: metadata.uid }, signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}
