import { isDeepStrictEqual } from 'node:util';
import type { ControllerRevision } from '../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../api/generated/core-v1.ts';
import { controllerRevisions } from '../api/refs.ts';
import { copyOf } from '../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Client } from '../client/client.ts';
import type { Lister } from '../client/lister.ts';
import { byControllerUid } from '../client/lister.ts';
import { controllerOf, controllerReference, isControlledBy } from '../component-helpers/owner-reference.ts';
import { revisionHash } from '../component-helpers/revision-hash.ts';
import { carryOutClaims, orphansByNamespace, planClaims } from './claim.ts';

type Revision = DeepReadonly<ControllerRevision>;

/** The label that ties a pod to a template, and a revision of a DaemonSet to its pods. */
export const REVISION_HASH = 'controller-revision-hash';

/** Whose revisions they are. `hashLabel`: where a revision says its hash, which each kind of set does in a label of its own. */
export interface RevisionOwner {
  readonly ref: ResourceRef;
  readonly object: DeepReadonly<KubeObject>;
  readonly template: DeepReadonly<PodTemplateSpec>;
  readonly collisionCount: number;
  readonly hashLabel: string;
}

/**
 * The revisions of a set: its own, and those that a set before it left behind. A set that is made again over the pods of one that was deleted as an
 * orphan so finds the revision that they were made from, and leaves them alone. Source: pkg/controller/history, ListControllerRevisions, AdoptControllerRevision.
 */
export async function claimRevisions(
  context: { readonly client: Client; readonly signal: AbortSignal },
  owner: Pick<RevisionOwner, 'ref' | 'object'>,
  revisions: Lister<ControllerRevision>,
  matches: (labels: Readonly<Record<string, string>> | undefined) => boolean,
): Promise<readonly Revision[]> {
  const own = revisions.byIndex(byControllerUid, owner.object.metadata.uid);
  const orphans = revisions.byIndex(orphansByNamespace, owner.object.metadata.namespace ?? '');
  const selected = [...own, ...orphans].filter(({ metadata }) => matches(metadata.labels));
  return carryOutClaims(context, owner, controllerRevisions, planClaims(owner.object, selected, () => true));
}

/** What a revision holds: a patch that puts the template in the place of the present one. */
export function revisionData(template: DeepReadonly<PodTemplateSpec>): Record<string, unknown> {
  return { spec: { template: { ...copyOf(template), $patch: 'replace' } } };
}

/** So much of the owner's name fits before a hash: names have at most 253 characters. */
const MAX_PREFIX = 223;

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
export async function ensureRevision(client: Client, plan: RevisionPlan, owner: RevisionOwner, signal: AbortSignal): Promise<Revision | undefined> {
  const { name: ownerName, namespace, annotations } = owner.object.metadata;
  const resource = client.resource(controllerRevisions, namespace);
  if (plan.current) return plan.current.revision === plan.revision ? plan.current : resource.update({ ...plan.current, revision: plan.revision }, { signal });
  const hash = revisionHash(owner.template, owner.collisionCount);
  const name = `${ownerName.slice(0, MAX_PREFIX)}-${hash}`;
  const draft: Draft<ControllerRevision> = {
    metadata: {
      name,
      labels: { ...owner.template.metadata?.labels, [owner.hashLabel]: hash },
      ...(annotations && { annotations: { ...annotations } }),
      ownerReferences: [controllerReference(owner.object, owner.ref)],
    },
    data: revisionData(owner.template),
    revision: plan.revision,
  };
  try {
    return await resource.create(draft, { signal });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    const known = await resource.get(name, { signal });
    const isOurs = isControlledBy(known, owner.object) || !controllerOf(known); // an orphan is adopted with the next turn
    return isOurs && isDeepStrictEqual(JSON.parse(JSON.stringify(known.data)), JSON.parse(JSON.stringify(draft.data))) ? known : undefined;
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
