import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Secret } from '../../api/generated/core-v1.ts';
import { podFieldValue, resourceFieldValue } from '../containers/field-values.ts';
import type { ProjectedFile } from './atomic-writer.ts';
import { VolumeError, type VolumeContext } from './plugin.ts';

export const DEFAULT_MODE = 0o644;

type Entries = Map<string, ProjectedFile>;

interface KeyedSource {
  readonly kind: 'configmap' | 'secret';
  readonly name: string;
  readonly optional: boolean;
  readonly items: readonly DeepReadonly<KeyToPath>[] | undefined;
  readonly defaultMode: number;
}

/** The files of a config map or secret: every key, or the `items` under their paths. Throws `VolumeError` for what is missing and not optional. */
export function keyedFiles(source: KeyedSource, namespace: string, data: ReadonlyMap<string, Uint8Array> | undefined): Entries {
  const files: Entries = new Map();
  if (!data) {
    if (source.optional) return files;
    throw new VolumeError(`${source.kind} "${source.name}" not found`);
  }
  if (!source.items || source.items.length === 0) {
    for (const [key, content] of data) files.set(key, { content, mode: source.defaultMode });
    return files;
  }
  for (const { key, path, mode } of source.items) {
    const content = data.get(key);
    if (content) files.set(path, { content, mode: mode ?? source.defaultMode });
    else if (!source.optional) throw new VolumeError(`references non-existent ${source.kind === 'secret' ? 'secret' : 'config'} key: ${key} (${namespace}/${source.name})`);
  }
  return files;
}

export function configMapData(object: DeepReadonly<ConfigMap> | undefined): Map<string, Uint8Array> | undefined {
  if (!object) return undefined;
  const data = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(object.data ?? {})) data.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(object.binaryData ?? {})) data.set(key, Buffer.from(base64, 'base64'));
  return data;
}

export function secretData(object: DeepReadonly<Secret> | undefined): Map<string, Uint8Array> | undefined {
  return object && new Map(Object.entries(object.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]));
}

export function downwardFiles(items: readonly DeepReadonly<DownwardAPIVolumeFile>[], context: VolumeContext, defaultMode: number): Entries {
  const files: Entries = new Map();
  const { pod, node } = context;
  for (const { path, fieldRef, resourceFieldRef, mode } of items) {
    let text = '';
    if (fieldRef) text = podFieldValue(pod, fieldRef.fieldPath, node);
    else if (resourceFieldRef) {
      const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === resourceFieldRef.containerName);
      if (!container) throw new VolumeError(`container ${resourceFieldRef.containerName} not found`);
      text = resourceFieldValue(pod, container, resourceFieldRef, node);
    }
    files.set(path, { content: Buffer.from(text), mode: mode ?? defaultMode });
  }
  return files;
}
