import { containersWith, hasUserNamespace, isWindows, named, plural, quoted, setters, sorted, violation, type Check, type Spec } from './pod-facts.ts';

/** What the level `restricted` asks for. Source: pod-security-admission/policy; "Pod Security Standards". */

const VOLUME_TYPES: readonly string[] = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'];
const RESTRICTED_VOLUME_TYPES: readonly string[] = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs', 'flocker', 'fc', 'azureFile', 'vsphereVolume', 'quobyte', 'azureDisk',
  'portworxVolume', 'scaleIO', 'storageos', 'photonPersistentDisk',
];

/** Since v1.25: of Linux only. */
export const onLinux = (check: Check): Check => (pod) => (isWindows(pod.spec) ? undefined : check(pod));
/** Since v1.35: of pods whose root is root on the node too. */
export const outsideUserNamespaces = (check: Check): Check => (pod) => (hasUserNamespace(pod) ? undefined : check(pod));

export const allowPrivilegeEscalation: Check = (pod) => {
  const bad = containersWith(pod, (context) => context.allowPrivilegeEscalation !== false);
  return violation('allowPrivilegeEscalation != false', bad.length > 0 ? [`${named('container', bad)} must set securityContext.allowPrivilegeEscalation=false`] : []);
};

export const capabilities: Check = (pod) => {
  const undropped = containersWith(pod, (context) => !context.capabilities?.drop?.includes('ALL'));
  const extra = (names: readonly string[] | undefined): string[] => (names ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const adding = containersWith(pod, (context) => extra(context.capabilities?.add).length > 0);
  const added = sorted(pod.containers.flatMap((one) => extra(one.securityContext?.capabilities?.add)));
  return violation('unrestricted capabilities', [
    ...(undropped.length > 0 ? [`${named('container', undropped)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0 ? [`${named('container', adding)} must not include ${quoted(added)} in securityContext.capabilities.add`] : []),
  ]);
};

export const restrictedVolumes: Check = ({ spec }) => {
  const has = (volume: NonNullable<Spec['volumes']>[number], type: string): boolean => (volume as unknown as Readonly<Record<string, unknown>>)[type] !== undefined;
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUME_TYPES.some((type) => has(volume, type)));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((volume) => RESTRICTED_VOLUME_TYPES.find((type) => has(volume, type)) ?? 'unknown'));
  return { reason: 'restricted volume types', detail: `${named('volume', bad.map((one) => one.name))} ${plural('uses', bad, 'use')} restricted volume ${plural('type', types)} ${quoted(types)}` };
};

export const runAsNonRoot: Check = (pod) => {
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const reason = 'runAsNonRoot != true';
  const who = setters(ofPod === false, containersWith(pod, (context) => context.runAsNonRoot === false));
  if (who !== undefined) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const unset = ofPod === true ? [] : containersWith(pod, (context) => context.runAsNonRoot === undefined);
  return unset.length > 0 ? { reason, detail: `pod or ${named('container', unset)} must set securityContext.runAsNonRoot=true` } : undefined;
};

export const runAsUser: Check = (pod) => {
  const who = setters(pod.spec.securityContext?.runAsUser === 0, containersWith(pod, (context) => context.runAsUser === 0));
  return who === undefined ? undefined : { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
};
