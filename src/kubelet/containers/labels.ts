import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';

/**
 * What the kubelet writes on sandboxes and containers, so that it knows after a restart whose they are. The names are those of a kubelet.
 * Source: pkg/kubelet/types, kuberuntime labels.
 */
export const POD_NAME = 'io.kubernetes.pod.name';
export const POD_NAMESPACE = 'io.kubernetes.pod.namespace';
export const POD_UID = 'io.kubernetes.pod.uid';
export const CONTAINER_NAME = 'io.kubernetes.container.name';
export const CONTAINER_HASH = 'io.kubernetes.container.hash';
export const RESTART_COUNT = 'io.kubernetes.container.restartCount';
export const TERMINATION_MESSAGE_PATH = 'io.kubernetes.container.terminationMessagePath';
export const TERMINATION_MESSAGE_POLICY = 'io.kubernetes.container.terminationMessagePolicy';
export const POD_TERMINATION_GRACE_PERIOD = 'io.kubernetes.pod.terminationGracePeriod';
export const POD_DELETION_GRACE_PERIOD = 'io.kubernetes.pod.deletionGracePeriod';
export const CONFIG_SOURCE = 'kubernetes.io/config.source';
export const CONFIG_SEEN = 'kubernetes.io/config.seen';
export const CONFIG_HASH = 'kubernetes.io/config.hash';
export const CONFIG_MIRROR = 'kubernetes.io/config.mirror';

export function podLabels(pod: DeepReadonly<Pod>): Record<string, string> {
  const { name, namespace = '', uid, labels } = pod.metadata;
  return { ...labels, [POD_NAME]: name, [POD_NAMESPACE]: namespace, [POD_UID]: uid };
}

export function containerLabels(pod: DeepReadonly<Pod>, containerName: string): Record<string, string> {
  const { name, namespace = '', uid } = pod.metadata;
  return { [POD_NAME]: name, [POD_NAMESPACE]: namespace, [POD_UID]: uid, [CONTAINER_NAME]: containerName };
}

export function containerAnnotations(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, restartCount: number): Record<string, string> {
  const { deletionGracePeriodSeconds } = pod.metadata;
  const { terminationGracePeriodSeconds } = pod.spec;
  return {
    [CONTAINER_HASH]: containerHash(container),
    [RESTART_COUNT]: String(restartCount),
    [TERMINATION_MESSAGE_PATH]: container.terminationMessagePath ?? '/dev/termination-log',
    [TERMINATION_MESSAGE_POLICY]: container.terminationMessagePolicy ?? 'File',
    ...(terminationGracePeriodSeconds !== undefined && { [POD_TERMINATION_GRACE_PERIOD]: String(terminationGracePeriodSeconds) }),
    ...(deletionGracePeriodSeconds !== undefined && { [POD_DELETION_GRACE_PERIOD]: String(deletionGracePeriodSeconds) }),
  };
}

/** Changes when the container must be made anew: with its image. Everything else of a container cannot change, or (resources) is resized. */
export function containerHash(container: DeepReadonly<Pick<Container, 'name' | 'image'>>): string {
  let hash = 0x811c9dc5;
  for (const letter of `${container.name}\n${container.image ?? ''}`) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16);
}
