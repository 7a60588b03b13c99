import type { Container, EphemeralContainer, PersistentVolume, PodSpec, Volume } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';

/** The names of what a pod's spec refers to in its own namespace. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly persistentVolumeClaims: ReadonlySet<string>;
}

/** What the node of a pod must be able to read to run it. Source: kubernetes pkg/api/v1/pod, VisitPodSecretNames and VisitPodConfigmapNames. */
export function podReferences(podName: string, spec: DeepReadonly<PodSpec>): PodReferences {
  const secrets = new Set<string>();
  const configMaps = new Set<string>();
  const persistentVolumeClaims = new Set<string>();
  const add = (set: Set<string>, name: string | undefined): void => {
    if (name) set.add(name);
  };
  for (const one of spec.imagePullSecrets ?? []) add(secrets, one.name);
  const containers: DeepReadonly<(Container | EphemeralContainer)[]> = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  for (const container of containers) {
    for (const from of container.envFrom ?? []) {
      add(secrets, from.secretRef?.name);
      add(configMaps, from.configMapRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add(secrets, valueFrom?.secretKeyRef?.name);
      add(configMaps, valueFrom?.configMapKeyRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    for (const name of secretsOfVolume(volume)) add(secrets, name);
    add(configMaps, volume.configMap?.name);
    for (const source of volume.projected?.sources ?? []) add(configMaps, source.configMap?.name);
    add(persistentVolumeClaims, volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral) add(persistentVolumeClaims, `${podName}-${volume.name}`);
  }
  return { secrets, configMaps, persistentVolumeClaims };
}

function secretsOfVolume(volume: DeepReadonly<Volume>): (string | undefined)[] {
  return [
    volume.secret?.secretName, volume.azureFile?.secretName, volume.cephfs?.secretRef?.name, volume.cinder?.secretRef?.name, volume.flexVolume?.secretRef?.name,
    volume.rbd?.secretRef?.name, volume.scaleIO?.secretRef?.name, volume.iscsi?.secretRef?.name, volume.storageos?.secretRef?.name, volume.csi?.nodePublishSecretRef?.name,
    ...(volume.projected?.sources ?? []).map((source) => source.secret?.name),
  ];
}

/** The secrets that a volume's driver needs on the node, as `namespace/name`. Source: pkg/api/v1/persistentvolume. */
export function volumeSecrets(volume: DeepReadonly<PersistentVolume>): string[] {
  const { spec } = volume;
  const home = spec.claimRef?.namespace ?? '';
  const refs = [
    spec.csi?.nodePublishSecretRef, spec.csi?.nodeStageSecretRef, spec.csi?.nodeExpandSecretRef, spec.cephfs?.secretRef, spec.cinder?.secretRef, spec.flexVolume?.secretRef,
    spec.rbd?.secretRef, spec.scaleIO?.secretRef, spec.iscsi?.secretRef, spec.storageos?.secretRef,
    spec.azureFile && { name: spec.azureFile.secretName, namespace: spec.azureFile.secretNamespace },
  ];
  return refs.flatMap((ref) => (ref?.name ? [`${ref.namespace || home}/${ref.name}`] : []));
}
