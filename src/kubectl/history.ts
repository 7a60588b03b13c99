import { applyStrategicMergePatch } from '../apimachinery/patch/strategic-merge.ts';
import { isObject, jsonEqual } from '../apimachinery/patch/json.ts';
import { labelSelectorOf } from '../apimachinery/selectors/label-selector.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './errors.ts';
import { at, copyJson, type KubeJson, mapAt, numberAt } from './kube-json.ts';
import type { Info } from './resources/select.ts';
import { patchSchemaFor } from './three-way.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const CHANGE_CAUSE = 'kubernetes.io/change-cause';

/** A state that a workload had: its number, what led to it, and its pod template. */
export interface Revision {
  readonly number: number;
  readonly changeCause: string;
  readonly template: KubeJson;
  /** The template as its keeper has it. */
  readonly kept: KubeJson;
  /** The ReplicaSet or ControllerRevision that keeps it. */
  readonly source: KubeJson;
  /** What stands for the revision by itself: the ReplicaSet, or the workload as it was. */
  readonly shown: KubeJson;
}

/** Oldest first: from ReplicaSets for a Deployment, from ControllerRevisions for a DaemonSet or StatefulSet. Throws for other kinds. */
export async function revisionsOf(context: CommandContext, info: Info): Promise<Revision[]> {
  const { connection } = context;
  const mapper = await connection.mapper();
  const isDeployment = info.object.kind === 'Deployment';
  const resource = mapper.resource(isDeployment ? 'replicasets.apps' : 'controllerrevisions.apps');
  const labelSelector = labelSelectorOf(at(info.object, 'spec', 'selector') as object).toString();
  const owned = (await connection.list(resource, info.namespace, { labelSelector })).filter((one) => one.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === info.object.metadata.uid));
  const revisions = owned.map((one) => (isDeployment ? fromReplicaSet(one) : fromControllerRevision(info.object, one)));
  return revisions.sort((a, b) => a.number - b.number);
}

function fromReplicaSet(replicaSet: KubeJson): Revision {
  const kept = at(replicaSet, 'spec', 'template') as KubeJson;
  const template = copyJson(kept) as KubeJson;
  delete template.metadata.labels?.['pod-template-hash'];
  const annotations = replicaSet.metadata.annotations ?? {};
  return { number: Number(annotations[REVISION] ?? 0), changeCause: annotations[CHANGE_CAUSE] ?? '', template, kept, source: replicaSet, shown: replicaSet };
}

function fromControllerRevision(owner: KubeJson, revision: KubeJson): Revision {
  const data = isObject(revision['data']) ? revision['data'] : {};
  const restored = applyStrategicMergePatch(owner, data, patchSchemaFor(owner.apiVersion ?? '', owner.kind ?? '')) as KubeJson;
  const template = at(restored, 'spec', 'template') as KubeJson;
  return { number: numberAt(revision, 'revision'), changeCause: revision.metadata.annotations?.[CHANGE_CAUSE] ?? '', template, kept: template, source: revision, shown: restored };
}

/** A revision's template with what led to it, as the history of a Deployment shows it. */
export function annotatedTemplate({ kept, changeCause, source }: Revision): KubeJson {
  if (source.kind === 'ControllerRevision' || changeCause === '') return kept;
  return { ...kept, metadata: { ...kept.metadata, annotations: { ...kept.metadata.annotations, [CHANGE_CAUSE]: changeCause } } };
}

/** The revision to go back to: the one of this number, or (0) the last but one. Throws when there is none. */
export function chooseRevision(revisions: readonly Revision[], number: number, info: Info): Revision {
  if (number > 0) {
    const found = revisions.find((one) => one.number === number);
    if (!found) throw new CommandError(`unable to find specified revision ${number} in history`);
    return found;
  }
  const previous = revisions.at(-2);
  if (!previous) throw new CommandError(info.object.kind === 'Deployment' ? `no rollout history found for deployment ${JSON.stringify(info.name)}` : 'no last revision to roll back to');
  return previous;
}

/** Whether the object is as it was at the revision. */
export function isAtRevision(object: KubeJson, revision: Revision): boolean {
  return jsonEqual(at(object, 'spec', 'template'), revision.template);
}

/** Annotations of a Deployment after going back: those of the ReplicaSet, but for what the controller and kubectl keep for themselves. */
export function annotationsAfterUndo(deployment: KubeJson, revision: Revision): Record<string, string> {
  const own = ['kubectl.kubernetes.io/last-applied-configuration', REVISION, 'deployment.kubernetes.io/revision-history', 'deployment.kubernetes.io/desired-replicas', 'deployment.kubernetes.io/max-replicas', 'deprecated.deployment.rollback.to'];
  const kept = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => own.includes(key));
  const restored = Object.entries(mapAt(revision.source, 'metadata', 'annotations')).filter(([key]) => !own.includes(key));
  return Object.fromEntries([...kept, ...restored]);
}

