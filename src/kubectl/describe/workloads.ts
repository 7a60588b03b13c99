import { humanDuration } from '../../apimachinery/human-duration.ts';
import { isObject, jsonEqual } from '../../apimachinery/patch/json.ts';
import { labelSelectorOf } from '../../apimachinery/selectors/label-selector.ts';
import { at, copyJson, type KubeJson, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import type { Describer, DescribeScope } from './describer.ts';
import { podTemplateLines } from './pod-template.ts';
import { storageClassOf } from './claim-fields.ts';
import { conditionRows, controllerLines, headLines, labelLines, longTime, metaLines, orUnset, pairsText, plainSelectorText, selectorText, yes } from './text.ts';

const LONGEST_INDEXES = 50;
const createdLine = (object: KubeJson): string => `CreationTimestamp:\t${longTime(object.metadata.creationTimestamp ?? '')}`;
const CONDITIONS = [['Type', (one: object) => `${textAt(one, 'type')} `], ['Status', (one: object) => textAt(one, 'status')], ['Reason', (one: object) => textAt(one, 'reason')]] as const;

async function podCounts(object: KubeJson, scope: DescribeScope): Promise<string> {
  const selector = at(object, 'spec', 'selector');
  const labelSelector = object.kind === 'ReplicationController' ? pairsText(mapAt(selector)) : selectorText(selector);
  const pods = (await scope.list('pods', object.metadata.namespace, { labelSelector })).filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === object.metadata.uid));
  const count = (phase: string): number => pods.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
  return `Pods Status:\t${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`;
}

export const describeDeployment: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const rolling = at(spec, 'strategy', 'rollingUpdate');
  return [
    ...headLines(object), createdLine(object), ...metaLines(object), `Selector:\t${plainSelectorText(at(spec, 'selector'))}`,
    `Replicas:\t${numberAt(spec, 'replicas')} desired | ${numberAt(status, 'updatedReplicas')} updated | ${numberAt(status, 'replicas')} total | ${numberAt(status, 'availableReplicas')} available | ${numberAt(status, 'unavailableReplicas')} unavailable`,
    `StrategyType:\t${textAt(spec, 'strategy', 'type')}`, `MinReadySeconds:\t${numberAt(spec, 'minReadySeconds')}`,
    ...(isObject(rolling) ? [`RollingUpdateStrategy:\t${textAt(rolling, 'maxUnavailable')} max unavailable, ${textAt(rolling, 'maxSurge')} max surge`] : []),
    ...podTemplateLines(at(spec, 'template')), ...conditionRows(object, CONDITIONS), ...(await replicaSetLines(object, scope)), ...(await scope.eventLines()),
  ];
};

async function replicaSetLines(object: KubeJson, scope: DescribeScope): Promise<string[]> {
  const labelSelector = labelSelectorOf(at(object, 'spec', 'selector') as object).toString();
  const owned = (await scope.list('replicasets.apps', object.metadata.namespace, { labelSelector })).filter((one) => one.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === object.metadata.uid));
  const isNew = (replicaSet: KubeJson): boolean => {
    const template = copyJson(at(replicaSet, 'spec', 'template')) as KubeJson;
    delete template.metadata.labels?.['pod-template-hash'];
    return jsonEqual(template, at(object, 'spec', 'template'));
  };
  const sorted = owned.sort((a, b) => ((a.metadata.creationTimestamp ?? '') + (a.metadata.name ?? '') < (b.metadata.creationTimestamp ?? '') + (b.metadata.name ?? '') ? -1 : 1));
  const current = sorted.find(isNew);
  if (owned.length === 0) return [];
  const texts = (all: readonly KubeJson[]): string => all.map((one) => `${one.metadata.name} (${numberAt(one, 'status', 'replicas')}/${numberAt(one, 'spec', 'replicas')} replicas created)`).join(', ') || '<none>';
  return [`OldReplicaSets:\t${texts(sorted.filter((one) => one !== current))}`, `NewReplicaSet:\t${texts(current ? [current] : [])}`];
}

export const describeReplicaSet: Describer = async (object, scope) => {
  const selector = at(object, 'spec', 'selector');
  return [
    ...headLines(object), `Selector:\t${object.kind === 'ReplicationController' ? pairsText(mapAt(selector)) : selectorText(selector)}`, ...metaLines(object), ...(object.kind === 'ReplicationController' ? [] : controllerLines(object)),
    `Replicas:\t${numberAt(object, 'status', 'replicas')} current / ${numberAt(object, 'spec', 'replicas')} desired`, await podCounts(object, scope), ...podTemplateLines(at(object, 'spec', 'template')), ...conditionRows(object, CONDITIONS), ...(await scope.eventLines()),
  ];
};

export const describeDaemonSet: Describer = async (object, scope) => {
  const count = (field: string): number => numberAt(object, 'status', field);
  return [
    ...headLines(object), `Selector:\t${plainSelectorText(at(object, 'spec', 'selector'))}`, `Node-Selector:\t${pairsText(mapAt(object, 'spec', 'template', 'spec', 'nodeSelector'))}`, ...metaLines(object),
    `Desired Number of Nodes Scheduled: ${count('desiredNumberScheduled')}`, `Current Number of Nodes Scheduled: ${count('currentNumberScheduled')}`, `Number of Nodes Scheduled with Up-to-date Pods: ${count('updatedNumberScheduled')}`,
    `Number of Nodes Scheduled with Available Pods: ${count('numberAvailable')}`, `Number of Nodes Misscheduled: ${count('numberMisscheduled')}`,
    await podCounts(object, scope), ...podTemplateLines(at(object, 'spec', 'template')), ...(await scope.eventLines()),
  ];
};

export const describeStatefulSet: Describer = async (object, scope) => {
  const claims = listAt(object, 'spec', 'volumeClaimTemplates');
  return [
    ...headLines(object), createdLine(object), `Selector:\t${plainSelectorText(at(object, 'spec', 'selector'))}`, ...metaLines(object),
    `Replicas:\t${numberAt(object, 'spec', 'replicas')} desired | ${numberAt(object, 'status', 'replicas')} total`, `Update Strategy:\t${textAt(object, 'spec', 'updateStrategy', 'type')}`,
    ...rollingLines(at(object, 'spec', 'updateStrategy', 'rollingUpdate')),
    await podCounts(object, scope), ...podTemplateLines(at(object, 'spec', 'template')), ...claimTemplateLines(claims as unknown as KubeJson[]), ...(await scope.eventLines()),
  ];
};

function rollingLines(rolling: unknown): string[] {
  const [partition, unavailable] = [at(rolling, 'partition'), at(rolling, 'maxUnavailable')];
  if (partition === undefined) return [];
  return [`  Partition:\t${numberAt(partition)}`, ...(unavailable === undefined ? [] : [`  MaxUnavailable:\t${textAt(unavailable)}`])];
}

function claimTemplateLines(claims: readonly KubeJson[]): string[] {
  if (claims.length === 0) return ['Volume Claims:\t<none>'];
  return ['Volume Claims:', ...claims.flatMap((claim) => [
    `  Name:\t${claim.metadata.name ?? ''}`, `  StorageClass:\t${storageClassOf(claim)}`, ...labelLines('Labels', claim.metadata.labels ?? {}, '  '), ...labelLines('Annotations', claim.metadata.annotations ?? {}, '  '),
    `  Capacity:\t${textAt(claim, 'spec', 'resources', 'requests', 'storage') || '<default>'}`, `  Access Modes:\t[${(listAt(claim, 'spec', 'accessModes') as unknown as string[]).join(' ')}]`,
  ])];
}

export const describeJob: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const [start, end] = [textAt(status, 'startTime'), textAt(status, 'completionTime')];
  const ready = at(status, 'ready');
  return [
    ...headLines(object), `Selector:\t${plainSelectorText(at(spec, 'selector'))}`, ...metaLines(object), ...controllerLines(object), ...jobSpecLines(spec),
    ...(start ? [`Start Time:\t${longTime(start)}`] : []), ...(end ? [`Completed At:\t${longTime(end)}`] : []), ...(start && end ? [`Duration:\t${humanDuration(Date.parse(end) - Date.parse(start))}`] : []),
    ...(at(spec, 'activeDeadlineSeconds') === undefined ? [] : [`Active Deadline Seconds:\t${numberAt(spec, 'activeDeadlineSeconds')}s`]),
    `Pods Statuses:\t${numberAt(status, 'active')} Active${ready === undefined ? '' : ` (${numberAt(ready)} Ready)`} / ${numberAt(status, 'succeeded')} Succeeded / ${numberAt(status, 'failed')} Failed`,
    ...(textAt(spec, 'completionMode') === 'Indexed' ? [`Completed Indexes:\t${indexesText(textAt(status, 'completedIndexes'))}`] : []),
    ...podTemplateLines(at(spec, 'template')), ...(await scope.eventLines()),
  ];
};

/** A long list ends with the range that reaches over the limit. */
function indexesText(indexes: string): string {
  const end = indexes.indexOf(',', LONGEST_INDEXES);
  return end < 0 ? indexes || '<none>' : `${indexes.slice(0, end + 1)}...`;
}

function jobSpecLines(spec: unknown): string[] {
  const optional = (title: string, field: string, print: (value: unknown) => string = (value) => String(value as number)): string[] => (at(spec, field) === undefined ? [] : [`${title}:\t${print(at(spec, field))}`]);
  return [
    ...optional('Parallelism', 'parallelism'), `Completions:\t${orUnset(at(spec, 'completions'))}`, ...optional('Completion Mode', 'completionMode'), ...optional('Suspend', 'suspend'),
    ...optional('Backoff Limit', 'backoffLimit'), ...optional('TTL Seconds After Finished', 'ttlSecondsAfterFinished'),
  ];
}

export const describeCronJob: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const job = at(spec, 'jobTemplate', 'spec');
  const active = listAt(status, 'active').map((one) => textAt(one, 'name')).join(', ');
  const deadline = at(spec, 'startingDeadlineSeconds');
  const selector = at(job, 'selector');
  return [
    ...headLines(object), ...metaLines(object), `Schedule:\t${textAt(spec, 'schedule')}`, `Concurrency Policy:\t${textAt(spec, 'concurrencyPolicy')}`, `Suspend:\t${yes(at(spec, 'suspend') === true)}`,
    `Successful Job History Limit:\t${orUnset(at(spec, 'successfulJobsHistoryLimit'))}`, `Failed Job History Limit:\t${orUnset(at(spec, 'failedJobsHistoryLimit'))}`, `Starting Deadline Seconds:\t${deadline === undefined ? '<unset>' : `${numberAt(deadline)}s`}`,
    `Selector:\t${selector === undefined ? '<unset>' : plainSelectorText(selector)}`, `Parallelism:\t${orUnset(at(job, 'parallelism'))}`, `Completions:\t${orUnset(at(job, 'completions'))}`,
    ...(at(job, 'activeDeadlineSeconds') === undefined ? [] : [`Active Deadline Seconds:\t${numberAt(job, 'activeDeadlineSeconds')}s`]),
    ...podTemplateLines(at(job, 'template')), `Last Schedule Time:\t${longTime(textAt(status, 'lastScheduleTime')) || '<unset>'}`, `Active Jobs:\t${active || '<none>'}`, ...(await scope.eventLines()),
  ];
};
