import { refusal as refusalFor, type Plugin } from '../framework.ts';
import { volumeReaches } from '../volume-choice.ts';
import { mayConcernVolumes } from '../volume-state.ts';

/** The pod's volumes can be reached from the node, and its unbound claims can be served there. Source: "Persistent Volumes". */
export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  weight: 0,
  wakesOn: ['volume', 'volume-claim', 'node-added', 'node-labels'],
  mayHelp: mayConcernVolumes,
  begin(pod, cluster) {
    if (!pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral)) return undefined;
    const { refusal, bound, delayed } = cluster.volumes.volumesOf(pod);
    if (refusal) return { refusal };
    return {
      filter(node) {
        const reasons = bound.every((volume) => volumeReaches(volume, node)) ? [] : ["node(s) didn't match PersistentVolume's node affinity"];
        const places = delayed.length > 0 ? cluster.volumes.choice.on(node, delayed) : undefined;
        if (typeof places === 'string') reasons.push(places);
        return reasons.length > 0 ? refusalFor(reasons, true) : undefined;
      },
    };
  },
};
