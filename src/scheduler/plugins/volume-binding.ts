import { refuseFinally, type Plugin } from '../framework.ts';
import { volumeReaches } from '../volume-state.ts';

/** The pod's volumes can be reached from the node, and its unbound claims can be served there. Source: "Persistent Volumes". */
export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  weight: 0,
  wakesOn: ['volume', 'node-added', 'node-labels'],
  begin(pod, cluster) {
    if (!pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral)) return undefined;
    const { refusal, bound, delayed } = cluster.volumes.volumesOf(pod);
    if (refusal) return { refusal };
    return {
      filter(node) {
        if (!bound.every((volume) => volumeReaches(volume, node))) return refuseFinally("node(s) didn't match PersistentVolume's node affinity");
        if (!cluster.volumes.hasVolumesFor(delayed, node)) return refuseFinally("node(s) didn't find available persistent volumes to bind");
        return undefined;
      },
    };
  },
};
