import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { at, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import { dataSourceLines, storageClassOf } from './claim-fields.ts';
import { annotationLines, cutText, labelLines } from './text.ts';
import { plainSourceLines } from './volume-sources.ts';

export function volumeLines(volumes: readonly JsonObject[], space: string): string[] {
  if (volumes.length === 0) return [`${space}Volumes:\t<none>`];
  const indent = space === '' ? '' : ' ';
  return [`${space}Volumes:`, ...volumes.flatMap((volume) => [`  ${indent}${textAt(volume, 'name')}:`, ...sourceLines(volume)])];
}

/** Longer pairs are cut. */
const LONGEST_ATTRIBUTE = 140;
const bool = (value: unknown): string => String(value === true);
const optional = (source: unknown): string => `Optional:\t${bool(at(source, 'optional'))}`;

/** Sources of which more is told than their fields, indented. */
export function sourceLines(volume: JsonObject, of: 'pod' | 'volume' = 'pod'): string[] {
  const lines = specialLines(volume, of) ?? plainSourceLines(volume, of);
  return lines ? lines.map((line) => `    ${line}`) : ['  <unknown>'];
}

function specialLines(volume: JsonObject, of: 'pod' | 'volume'): string[] | undefined {
  if (volume['ephemeral']) return ['Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)', ...claimLines(at(volume, 'ephemeral', 'volumeClaimTemplate'))];
  if (volume['csi']) return csiLines(volume['csi'], of === 'pod' ? [] : [`VolumeHandle:\t${textAt(volume, 'csi', 'volumeHandle')}`]);
  if (volume['downwardAPI']) return ['Type:\tDownwardAPI (a volume populated by information about the pod)', 'Items:', ...itemLines(volume['downwardAPI'])];
  if (volume['projected']) return ['Type:\tProjected (a volume that contains injected data from multiple sources)', ...listAt(volume, 'projected', 'sources').flatMap(projectedLines)];
  return undefined;
}

function itemLines(source: unknown): string[] {
  return listAt(source, 'items').map((item) => `  ${textAt(item, 'fieldRef', 'fieldPath') || textAt(item, 'resourceFieldRef', 'resource')} -> ${textAt(item, 'path')}`);
}

function projectedLines(source: JsonObject): string[] {
  if (source['secret']) return [`SecretName:\t${textAt(source, 'secret', 'name')}`, optional(source['secret'])];
  if (source['configMap']) return [`ConfigMapName:\t${textAt(source, 'configMap', 'name')}`, optional(source['configMap'])];
  if (source['downwardAPI']) return ['DownwardAPI:\ttrue'];
  if (source['serviceAccountToken']) return [`TokenExpirationSeconds:\t${numberAt(source, 'serviceAccountToken', 'expirationSeconds')}`];
  return [];
}

function attributeLines(source: unknown): string[] {
  const attributes = at(source, 'volumeAttributes');
  const entries = Object.entries((attributes ?? {}) as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? ['VolumeAttributes:\t<none>'] : entries.map(([key, value], index) => `${index === 0 ? 'VolumeAttributes:' : ''}\t${cutText(`${key}=${value}`, LONGEST_ATTRIBUTE)}`);
}

function csiLines(one: unknown, more: readonly string[]): string[] {
  return ['Type:\tCSI (a Container Storage Interface (CSI) volume source)', `Driver:\t${textAt(one, 'driver')}`, `FSType:\t${textAt(one, 'fsType')}`, ...more, `ReadOnly:\t${bool(at(one, 'readOnly'))}`, ...attributeLines(one)];
}

/** A claim that is not there yet. */
function claimLines(template: unknown): string[] {
  const spec = at(template, 'spec');
  return [
    `StorageClass:\t${storageClassOf(template)}`, `Volume:\t${textAt(spec, 'volumeName')}`, ...labelLines('Labels', mapAt(template, 'metadata', 'labels')), ...annotationLines('Annotations', mapAt(template, 'metadata', 'annotations')),
    `Capacity:\t${textAt(spec, 'volumeName') ? '0' : ''}`, 'Access Modes:\t', ...(textAt(spec, 'volumeMode') ? [`VolumeMode:\t${textAt(spec, 'volumeMode')}`] : []), ...dataSourceLines(spec),
  ];
}
