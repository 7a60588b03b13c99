import { createHash } from 'node:crypto';
import { load } from 'js-yaml';
import { defaultPod } from '../../api/core/pod-spec/defaults.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { CONFIG_HASH, CONFIG_MIRROR, CONFIG_SEEN, CONFIG_SOURCE } from '../containers/labels.ts';

/** A file that holds no pod; the message says what is wrong. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

export interface ManifestSource {
  readonly nodeName: string;
  readonly path: string;
  /** When it was read, milliseconds since 1970. */
  readonly seenMs: number;
}

/**
 * The pod of a manifest in YAML or JSON, as it runs on this node: its name ends in the node's, its uid follows from what is in the file, so that a
 * changed file is another pod. Source: "Static Pods"; pkg/kubelet/config, common.
 */
export function parseManifest(text: string, source: ManifestSource): Pod {
  const found = read(text, source.path);
  if (found?.kind !== 'Pod' || found.apiVersion !== 'v1' || !found.metadata?.name || !found.spec?.containers?.length) {
    throw new ManifestError(`${source.path} holds no Pod of v1 with a name and containers`);
  }
  const uid = createHash('md5').update(`host:${source.nodeName}\nfile:${source.path}\n${text}`).digest('hex');
  const pod: Pod = {
    ...found,
    metadata: {
      ...found.metadata, name: `${found.metadata.name}-${source.nodeName}`, namespace: found.metadata.namespace || 'default', uid, resourceVersion: '', creationTimestamp: '',
      annotations: { ...found.metadata.annotations, [CONFIG_HASH]: uid, [CONFIG_SEEN]: goTime(source.seenMs), [CONFIG_SOURCE]: 'file' },
    },
    spec: { ...found.spec, nodeName: source.nodeName, tolerations: [...(found.spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }] },
    status: { phase: 'Pending' },
  };
  // Of pods that came through the API every container says what it asks for, be it nothing.
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) container.resources ??= {};
  defaultPod(pod);
  return pod;
}

/** With as many digits of the second as it takes (time.RFC3339Nano of Go). */
function goTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}

function read(text: string, path: string): Partial<Pod> | undefined {
  try {
    return (load(text) ?? undefined) as Partial<Pod> | undefined;
  } catch (error) {
    throw new ManifestError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** What the API is to show of a static pod: the same pod, marked as the image of one that only its node controls. */
export function mirrorOf(pod: Pod, node: { readonly name: string; readonly uid: string }): Pick<Pod, 'spec' | 'status'> & { metadata: Partial<Pod['metadata']> } {
  const { name, namespace, labels, annotations, uid } = pod.metadata;
  const owner = { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true };
  return {
    metadata: { name, ...(namespace && { namespace }), ...(labels && { labels }), annotations: { ...annotations, [CONFIG_MIRROR]: uid }, ownerReferences: [owner] },
    spec: { ...pod.spec, automountServiceAccountToken: false },
    status: {},
  };
}
