import { refuse, type Plugin } from '../framework.ts';
import { mayConcernVolumes } from '../volume-state.ts';

const TOO_MANY = refuse('node(s) exceed max volume count');

/** A node takes no more volumes of a driver than the driver says it can have there, those of one volume counted once. Source: "Node-specific Volume Limits"; kube-scheduler's plugin NodeVolumeLimits. */
export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  weight: 0,
  wakesOn: ['volume', 'volume-claim', 'node-added', 'pod-removed'],
  mayHelp: (pod, event) => (event.kind === 'pod-removed' ? event.before?.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral) === true : mayConcernVolumes(pod, event)),
  begin(pod, { volumes }) {
    if (!pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral)) return undefined;
    const wanted = volumes.csiVolumesOf(pod);
    if (wanted.size === 0) return undefined;
    return {
      filter(node) {
        const limits = volumes.limitsOf(node.name);
        if (![...wanted.values()].some((driver) => limits.has(driver))) return undefined;
        const attached = new Map<string, string>();
        for (const { pod: other } of node.pods.values()) for (const [volume, driver] of volumes.csiVolumesOf(other)) attached.set(volume, driver);
        const added = [...wanted].filter(([volume]) => !attached.has(volume)).map(([, driver]) => driver);
        const all = [...attached.values(), ...added];
        return added.some((driver) => all.filter((one) => one === driver).length > (limits.get(driver) ?? Number.POSITIVE_INFINITY)) ? TOO_MANY : undefined;
      },
    };
  },
};
