import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { VolumeProjection } from '../../api/generated/core-v1.ts';
import { writeAtomically, type ProjectedFile } from './atomic-writer.ts';
import { configMapData, DEFAULT_MODE, downwardFiles, keyedFiles, secretData } from './payloads.ts';
import { VolumeError, type MountedVolume, type VolumeContext, type VolumePlugin } from './plugin.ts';

export const configMapPlugin: VolumePlugin = {
  name: 'kubernetes.io~configmap',
  supports: ({ configMap }) => configMap !== undefined,
  async setUp(context) {
    const { name = '', optional = false, items, defaultMode = DEFAULT_MODE } = context.volume.configMap ?? {};
    const data = configMapData(await context.configMap(name));
    return written(context, keyedFiles({ kind: 'configmap', name, optional, items, defaultMode }, namespaceOf(context), data));
  },
};

export const secretPlugin: VolumePlugin = {
  name: 'kubernetes.io~secret',
  supports: ({ secret }) => secret !== undefined,
  async setUp(context) {
    const { secretName: name = '', optional = false, items, defaultMode = DEFAULT_MODE } = context.volume.secret ?? {};
    const data = secretData(await context.secret(name));
    return written(context, keyedFiles({ kind: 'secret', name, optional, items, defaultMode }, namespaceOf(context), data));
  },
};

export const downwardApiPlugin: VolumePlugin = {
  name: 'kubernetes.io~downward-api',
  supports: ({ downwardAPI }) => downwardAPI !== undefined,
  async setUp(context) {
    const { items = [], defaultMode = DEFAULT_MODE } = context.volume.downwardAPI ?? {};
    return written(context, downwardFiles(items, context, defaultMode));
  },
};

export const projectedPlugin: VolumePlugin = {
  name: 'kubernetes.io~projected',
  supports: ({ projected }) => projected !== undefined,
  async setUp(context) {
    const { sources = [], defaultMode = DEFAULT_MODE } = context.volume.projected ?? {};
    const parts = await Promise.all(sources.map((source) => projection(context, source, defaultMode)));
    const files = new Map(parts.flatMap(({ files: some }) => [...some]));
    const refreshAtMs = Math.min(...parts.map((part) => part.refreshAtMs ?? Infinity));
    return { ...(await written(context, files)), ...(Number.isFinite(refreshAtMs) && { refreshAtMs }) };
  },
};

async function projection(
  context: VolumeContext,
  source: DeepReadonly<VolumeProjection>,
  defaultMode: number,
): Promise<{ files: Map<string, ProjectedFile>; refreshAtMs?: number }> {
  const namespace = namespaceOf(context);
  if (source.configMap) {
    const { name = '', optional = false, items } = source.configMap;
    return { files: keyedFiles({ kind: 'configmap', name, optional, items, defaultMode }, namespace, configMapData(await context.configMap(name))) };
  }
  if (source.secret) {
    const { name = '', optional = false, items } = source.secret;
    return { files: keyedFiles({ kind: 'secret', name, optional, items, defaultMode }, namespace, secretData(await context.secret(name))) };
  }
  if (source.downwardAPI) return { files: downwardFiles(source.downwardAPI.items ?? [], context, defaultMode) };
  if (source.serviceAccountToken) {
    const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken;
    const { token, refreshAtMs } = await context.token({ audience: audience || undefined, expirationSeconds });
    // A token is for its container's user alone, unless a group is to read the volume.
    const { fsGroup } = context.pod.spec.securityContext ?? {};
    const uid = commonUser(context);
    const file = { content: Buffer.from(token), mode: fsGroup !== undefined ? 0o640 : uid === undefined ? defaultMode : 0o600, ...(uid !== undefined && { uid }) };
    return { files: new Map([[path, file]]), refreshAtMs };
  }
  throw new VolumeError('a source of a projected volume is not supported on this node');
}

/** The user that all containers run as, when the pod names it. */
function commonUser({ pod }: VolumeContext): number | undefined {
  const users = new Set([...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ securityContext }) => securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser));
  const [user] = users;
  return users.size === 1 ? user : undefined;
}

async function written(context: VolumeContext, files: ReadonlyMap<string, ProjectedFile>): Promise<MountedVolume> {
  await writeAtomically(context.folder, files, context.pod.spec.securityContext?.fsGroup);
  return { hostPath: context.folder, isManaged: false, isReadonly: true };
}

function namespaceOf({ pod }: VolumeContext): string {
  return pod.metadata.namespace ?? '';
}
