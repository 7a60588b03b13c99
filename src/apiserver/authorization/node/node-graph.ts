import type { Pod } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { podReferences, volumeSecrets } from './pod-references.ts';

/** Kinds of objects that a node may reach by way of its pods. */
export type Reachable = 'secrets' | 'configmaps' | 'persistentvolumeclaims' | 'persistentvolumes' | 'serviceaccounts' | 'resourceclaims' | 'volumeattachments' | 'pods' | 'resourceslices';

/**
 * Which objects belong to the pods of a node. Nothing is kept: the pods of the namespace are looked through, which for the few objects
 * that a node reads by name costs less than a graph that follows every change of every pod.
 */
export class NodeGraph {
  readonly #objects: () => CachedObjects;

  constructor(objects: () => CachedObjects) {
    this.#objects = objects;
  }

  reaches(node: string, kind: Reachable, namespace: string, name: string): boolean {
    switch (kind) {
      case 'persistentvolumes': return this.#hasVolume(node, name);
      case 'volumeattachments': return this.#objects().get(refs.volumeAttachments, name)?.spec.nodeName === node;
      case 'secrets': return this.#somePod(node, namespace, (pod) => podReferences(pod.metadata.name, pod.spec).secrets.has(name)) || this.#hasVolumeSecret(node, `${namespace}/${name}`);
      case 'configmaps': return this.#somePod(node, namespace, (pod) => podReferences(pod.metadata.name, pod.spec).configMaps.has(name)) || this.#isConfigSource(node, namespace, name);
      case 'persistentvolumeclaims': return this.#somePod(node, namespace, (pod) => podReferences(pod.metadata.name, pod.spec).persistentVolumeClaims.has(name));
      case 'serviceaccounts': return this.#somePod(node, namespace, (pod) => pod.spec.serviceAccountName === name);
      case 'resourceclaims': return this.#somePod(node, namespace, (pod) => hasResourceClaim(pod, name));
      case 'resourceslices': return this.#objects().get(refs.resourceSlices, name)?.spec.nodeName === node;
      case 'pods': return this.#objects().get(refs.pods, name, namespace)?.spec.nodeName === node;
    }
  }

  /** Mirror pods are the node's own work: they give it nothing. */
  #somePod(node: string, namespace: string, matches: (pod: DeepReadonly<Pod>) => boolean): boolean {
    return this.#objects().list(refs.pods, namespace).some((pod) => pod.spec.nodeName === node && !isMirrorPod(pod) && matches(pod));
  }

  #hasVolume(node: string, name: string): boolean {
    const claim = this.#objects().get(refs.persistentVolumes, name)?.spec.claimRef;
    return claim?.namespace !== undefined && claim.name !== undefined && this.reaches(node, 'persistentvolumeclaims', claim.namespace, claim.name);
  }

  #hasVolumeSecret(node: string, key: string): boolean {
    return this.#objects().list(refs.persistentVolumes).some((volume) => volumeSecrets(volume).includes(key) && this.#hasVolume(node, volume.metadata.name));
  }

  #isConfigSource(node: string, namespace: string, name: string): boolean {
    const source = this.#objects().get(refs.nodes, node)?.spec.configSource?.configMap;
    return source?.namespace === namespace && source.name === name;
  }
}

function hasResourceClaim(pod: DeepReadonly<Pod>, name: string): boolean {
  return (
    (pod.spec.resourceClaims ?? []).some((claim) => claim.resourceClaimName === name) ||
    (pod.status?.resourceClaimStatuses ?? []).some((claim) => claim.resourceClaimName === name)
  );
}

/** A static pod of a node, as the API sees it. */
export function isMirrorPod(pod: DeepReadonly<Pod>): boolean {
  return pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}
