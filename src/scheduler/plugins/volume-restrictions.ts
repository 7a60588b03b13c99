import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod, Volume } from '../../api/generated/core-v1.ts';
import { refuse, type Plugin } from '../framework.ts';
import { mayConcernVolumes } from '../volume-state.ts';

const IN_USE = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';
const NO_DISK = 'node(s) had no available disk';

/** Claims that one pod alone may use are used by no other; disks of which a node mounts one at a time are not mounted twice. Source: "Persistent Volumes", access modes; kube-scheduler's plugin VolumeRestrictions. */
export const volumeRestrictions: Plugin = {
  name: 'VolumeRestrictions',
  weight: 0,
  wakesOn: ['node-added', 'pod-removed', 'volume', 'volume-claim'],
  mayHelp(pod, event) {
    if (event.kind !== 'pod-removed') return mayConcernVolumes(pod, event);
    const { before } = event;
    if (!before) return true;
    return (pod.spec.volumes ?? []).some((one) => before.spec.volumes?.some((other) => isSameDisk(one, other) || (before.metadata.namespace === pod.metadata.namespace && isSameClaim(one, other))));
  },
  begin(pod, cluster) {
    const { volumes = [] } = pod.spec;
    const disks = volumes.filter(isDisk);
    const claims = new Set(cluster.volumes.exclusiveClaimsOf(pod));
    if (disks.length + claims.size === 0) return undefined;
    const uses = (other: DeepReadonly<Pod>): number => (other.metadata.namespace === pod.metadata.namespace ? (other.spec.volumes ?? []).filter((one) => claims.has(one.persistentVolumeClaim?.claimName ?? '')).length : 0);
    let used = 0;
    if (claims.size > 0) for (const node of cluster.nodes) for (const info of node.pods.values()) used += uses(info.pod);
    return {
      filter(node) {
        if (disks.length > 0) for (const info of node.pods.values()) if (disks.some((disk) => info.pod.spec.volumes?.some((other) => isSameDisk(disk, other)))) return refuse(NO_DISK);
        return used > 0 ? refuse(IN_USE) : undefined;
      },
      addPod: (other) => void (used += uses(other)),
      removePod: (other) => void (used -= uses(other)),
    };
  },
};

function isDisk({ gcePersistentDisk, awsElasticBlockStore, iscsi, rbd }: DeepReadonly<Volume>): boolean {
  return (gcePersistentDisk ?? awsElasticBlockStore ?? iscsi ?? rbd) !== undefined;
}

function isSameClaim(one: DeepReadonly<Volume>, other: DeepReadonly<Volume>): boolean {
  return one.persistentVolumeClaim !== undefined && one.persistentVolumeClaim.claimName === other.persistentVolumeClaim?.claimName;
}

/** Most may be mounted by many, if all only read. */
function isSameDisk(one: DeepReadonly<Volume>, other: DeepReadonly<Volume>): boolean {
  const areRead = (a: { readonly readOnly?: boolean }, b: { readonly readOnly?: boolean }): boolean => Boolean(a.readOnly && b.readOnly);
  const [gce, otherGce] = [one.gcePersistentDisk, other.gcePersistentDisk];
  if (gce && otherGce && gce.pdName === otherGce.pdName && !areRead(gce, otherGce)) return true;
  if (one.awsElasticBlockStore && one.awsElasticBlockStore.volumeID === other.awsElasticBlockStore?.volumeID) return true;
  const [iscsi, otherIscsi] = [one.iscsi, other.iscsi];
  if (iscsi && otherIscsi && iscsi.iqn === otherIscsi.iqn && !areRead(iscsi, otherIscsi)) return true;
  const [rbd, otherRbd] = [one.rbd, other.rbd];
  return Boolean(rbd && otherRbd && rbd.image === otherRbd.image && rbd.pool === otherRbd.pool && rbd.monitors.some((monitor) => otherRbd.monitors.includes(monitor)) && !areRead(rbd, otherRbd));
}
