import { unconfined } from './baseline.ts';
import { containersWith, isWindows, named, plural, quoted, violation, type Check } from './pod-facts.ts';

const VOLUME_TYPES = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']);

const allowPrivilegeEscalation: Check = (pod) => {
  if (isWindows(pod.spec)) return undefined;
  const bad = containersWith(pod, (context) => context.allowPrivilegeEscalation !== false);
  return violation('allowPrivilegeEscalation != false', bad.length > 0 ? [`${named('container', bad)} must set securityContext.allowPrivilegeEscalation=false`] : []);
};

const capabilities: Check = (pod) => {
  if (isWindows(pod.spec)) return undefined;
  const undropped = containersWith(pod, (context) => !context.capabilities?.drop?.includes('ALL'));
  const extra = (names: readonly string[] | undefined): string[] => (names ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const adding = containersWith(pod, (context) => extra(context.capabilities?.add).length > 0);
  const added = [...new Set(pod.containers.flatMap((one) => extra(one.securityContext?.capabilities?.add)))].sort();
  return violation('unrestricted capabilities', [
    ...(undropped.length > 0 ? [`${named('container', undropped)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0 ? [`${named('container', adding)} must not include ${quoted(added)} in securityContext.capabilities.add`] : []),
  ]);
};

const restrictedVolumes: Check = ({ spec }) => {
  const typeOf = (volume: object): string => Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUME_TYPES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = [...new Set(bad.map(typeOf))].sort();
  return { reason: 'restricted volume types', detail: `${named('volume', bad.map((one) => one.name))} ${plural('uses', bad, 'use')} restricted volume ${plural('type', types)} ${quoted(types)}` };
};

const runAsNonRoot: Check = (pod) => {
  if (pod.spec.hostUsers === false) return undefined;
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const root = containersWith(pod, (context) => context.runAsNonRoot === false);
  const unset = containersWith(pod, (context) => context.runAsNonRoot === undefined);
  const details: string[] = [];
  if (ofPod === false && unset.length > 0) details.push('pod must not set securityContext.runAsNonRoot=false');
  if (root.length > 0) details.push(`${named('container', root)} must not set securityContext.runAsNonRoot=false`);
  if (details.length === 0 && ofPod !== true && unset.length > 0) details.push(`pod or ${named('container', unset)} must set securityContext.runAsNonRoot=true`);
  return violation('runAsNonRoot != true', details);
};

const runAsUser: Check = (pod) => {
  if (pod.spec.hostUsers === false) return undefined;
  const bad = containersWith(pod, (context) => context.runAsUser === 0);
  return violation('runAsUser=0', [
    ...(pod.spec.securityContext?.runAsUser === 0 ? ['pod must not set runAsUser=0'] : []),
    ...(bad.length > 0 ? [`${named('container', bad)} must not set runAsUser=0`] : []),
  ]);
};

const seccompProfile: Check = (pod) => {
  if (isWindows(pod.spec)) return undefined;
  const ofPod = pod.spec.securityContext?.seccompProfile?.type;
  const details = [...(ofPod === 'Unconfined' ? ['pod must not set securityContext.seccompProfile.type to "Unconfined"'] : []), ...unconfined(pod)];
  const unset = containersWith(pod, (context) => context.seccompProfile === undefined);
  if (ofPod === undefined && unset.length > 0) details.push(`pod or ${named('container', unset)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`);
  return violation('seccompProfile', details);
};

/** In the order of their identifiers, as messages list them. */
export const RESTRICTED: readonly Check[] = [allowPrivilegeEscalation, capabilities, restrictedVolumes, runAsNonRoot, runAsUser, seccompProfile];
