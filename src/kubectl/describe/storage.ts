import { timeSince } from '../../apimachinery/human-duration.ts';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { at, type KubeJson, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import type { Describer } from './describer.ts';
import { dataSourceLines, storageClassOf } from './claim-fields.ts';
import { annotationLines, conditionRows, headLines, labelLines, longTime, metaLines, orNone, orUnset, pairsText, timeText } from './text.ts';
import { sourceLines } from './volumes.ts';

const MODES: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };
const modes = (object: unknown, ...path: string[]): string => (listAt(object, ...path) as unknown as string[]).map((one) => MODES[one] ?? one).join(',');
const finalizerLine = (object: KubeJson): string => `Finalizers:\t[${(object.metadata.finalizers ?? []).join(' ')}]`;
const deleting = (object: KubeJson, status: string, nowMs: number): string => (object.metadata.deletionTimestamp ? `Status:\tTerminating (lasts ${timeSince(object.metadata.deletionTimestamp, nowMs)})` : `Status:\t${status}`);

export const describePersistentVolume: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: JsonObject; status?: unknown };
  const claim = at(spec, 'claimRef');
  return [
    `Name:\t${object.metadata.name}`, ...metaLines(object), finalizerLine(object), `StorageClass:\t${storageClassOf(object)}`, deleting(object, textAt(status, 'phase'), scope.nowMs),
    `Claim:\t${claim ? `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}` : ''}`, `Reclaim Policy:\t${textAt(spec, 'persistentVolumeReclaimPolicy')}`, `Access Modes:\t${modes(spec, 'accessModes')}`, ...(textAt(spec, 'volumeMode') ? [`VolumeMode:\t${textAt(spec, 'volumeMode')}`] : []),
    `Capacity:\t${textAt(spec, 'capacity', 'storage') || '0'}`, ...affinityLines(at(spec, 'nodeAffinity')), `Message:\t${textAt(status, 'message')}`, 'Source:', ...sourceLines(spec ?? {}, 'volume'), ...(await scope.eventLines()),
  ];
};

function affinityLines(affinity: unknown): string[] {
  if (!isObject(at(affinity, 'required'))) return ['Node Affinity:\t<none>'];
  const terms = listAt(affinity, 'required', 'nodeSelectorTerms');
  if (terms.length === 0) return ['Node Affinity:\t', '  Required Terms:\t<none>'];
  return ['Node Affinity:\t', '  Required Terms:\t', ...terms.map((term, index) => {
    const expressions = listAt(term, 'matchExpressions').map((one) => `${textAt(one, 'key')} ${textAt(one, 'operator').toLowerCase()}${listAt(one, 'values').length === 0 ? '' : ` [${(listAt(one, 'values') as unknown as string[]).join(', ')}]`}`);
    return `    Term ${index}:\t${orNone(expressions.join('\n      \t'))}`;
  })];
}

export const describePersistentVolumeClaim: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const isBound = textAt(spec, 'volumeName') !== '';
  const pods = (await scope.list('pods', object.metadata.namespace)).filter((pod) => listAt(pod, 'spec', 'volumes').some((volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') === object.metadata.name)).map((pod) => pod.metadata.name ?? '');
  return [
    ...headLines(object), `StorageClass:\t${storageClassOf(object)}`, deleting(object, textAt(status, 'phase'), scope.nowMs), `Volume:\t${textAt(spec, 'volumeName')}`, ...metaLines(object), finalizerLine(object),
    `Capacity:\t${isBound ? textAt(status, 'capacity', 'storage') || '0' : ''}`, `Access Modes:\t${isBound ? modes(status, 'accessModes') : ''}`, ...(textAt(spec, 'volumeMode') ? [`VolumeMode:\t${textAt(spec, 'volumeMode')}`] : []),
    ...dataSourceLines(spec),
    ...(pods.length === 0 ? ['Used By:\t<none>'] : pods.map((name, index) => `${index === 0 ? 'Used By:' : ''}\t${name}`)),
    ...conditionRows(object, [
      ['Type', (one) => `${textAt(one, 'type')} `], ['Status', (one) => textAt(one, 'status')], ['LastProbeTime', (one) => timeText(textAt(one, 'lastProbeTime'))], ['LastTransitionTime', (one) => timeText(textAt(one, 'lastTransitionTime'))], ['Reason', (one) => textAt(one, 'reason')], ['Message', (one) => textAt(one, 'message')],
    ]), ...(await scope.eventLines()),
  ];
};

export const describeStorageClass: Describer = async (object, scope) => {
  const parameters = Object.entries(mapAt(object, 'parameters')).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`).join(',');
  const annotations = object.metadata.annotations ?? {};
  const options = object['mountOptions'];
  return [
    `Name:\t${object.metadata.name}`, `IsDefaultClass:\t${annotations['storageclass.kubernetes.io/is-default-class'] === 'true' ? 'Yes' : 'No'}`, `Annotations:\t${Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`).join(',') || '<none>'}`,
    `Provisioner:\t${textAt(object, 'provisioner')}`, `Parameters:\t${parameters || '<none>'}`, `AllowVolumeExpansion:\t${at(object, 'allowVolumeExpansion') === undefined ? '<unset>' : at(object, 'allowVolumeExpansion') === true ? 'True' : 'False'}`,
    ...(Array.isArray(options) && options.length > 0 ? ['MountOptions:', ...(options as string[]).map((one) => `  ${one}`)] : ['MountOptions:\t<none>']), `ReclaimPolicy:\t${textAt(object, 'reclaimPolicy')}`, `VolumeBindingMode:\t${orUnset(at(object, 'volumeBindingMode'))}`, ...topologyLines(listAt(object, 'allowedTopologies')), ...(await scope.eventLines()),
  ];
};

export const describeIngressClass: Describer = async (object, scope) => [`Name:\t${object.metadata.name}`, ...labelLines('Labels', object.metadata.labels ?? {}), ...annotationLines('Annotations', object.metadata.annotations ?? {}), `Controller:\t${textAt(object, 'spec', 'controller')}`, ...parametersLines(at(object, 'spec', 'parameters')), ...(await scope.eventLines())];

function topologyLines(terms: readonly object[]): string[] {
  if (terms.length === 0) return [];
  return ['AllowedTopologies:\t', ...terms.map((term, index) => {
    const expressions = listAt(term, 'matchLabelExpressions').map((one) => `${textAt(one, 'key')} in [${(listAt(one, 'values') as unknown as string[]).join(', ')}]`);
    return `  Term ${index}:\t${orNone(expressions.join('\n    \t'))}`;
  })];
}

function parametersLines(parameters: unknown): string[] {
  if (parameters === undefined) return [];
  return ['Parameters:', ...(textAt(parameters, 'apiGroup') ? [`  APIGroup:\t${textAt(parameters, 'apiGroup')}`] : []), `  Kind:\t${textAt(parameters, 'kind')}`, `  Name:\t${textAt(parameters, 'name')}`];
}

export const describeCSINode: Describer = async (object, scope) => {
  const drivers = listAt(object, 'spec', 'drivers').flatMap((driver) => {
    const count = at(driver, 'allocatable', 'count');
    const keys = listAt(driver, 'topologyKeys') as unknown as string[];
    return [
      `    ${textAt(driver, 'name')}:`, `      Node ID:\t${textAt(driver, 'nodeID')}`, ...(count === undefined ? [] : ['      Allocatables:', `        Count:\t${numberAt(count)}`]), ...(keys.length > 0 ? [`      Topology Keys:\t[${keys.join(' ')}]`] : []),
    ];
  });
  return [`Name:\t${object.metadata.name}`, ...metaLines(object), `CreationTimestamp:\t${longTime(object.metadata.creationTimestamp ?? '')}`, 'Spec:', ...(Array.isArray(at(object, 'spec', 'drivers')) ? ['  Drivers:', ...drivers] : []), ...(await scope.eventLines())];
};

export const describeVolumeAttributesClass: Describer = async (object, scope) => [
  `Name:\t${object.metadata.name}`, `Annotations:\t${pairsText(object.metadata.annotations ?? {})}`, `DriverName:\t${textAt(object, 'driverName')}`, `Parameters:\t${pairsText(mapAt(object, 'parameters'))}`, ...(await scope.eventLines()),
];
