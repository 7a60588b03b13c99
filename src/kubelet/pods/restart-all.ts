/** Containers whose end restarts all of their pod in place. Source: KEP-5532, "Restart All Containers on Container Exits"; pkg/kubelet/container, helpers. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, ContainerStateTerminated, ContainerStatus, Pod, PodStatus } from '../../api/generated/core-v1.ts';
import { containerNameOf, containersNamed, type PodRuntime, type RuntimeContainer } from './pod-runtime.ts';

/** The condition that is true from such an end until all containers are gone from the runtime. */
export const ALL_RESTARTING = 'AllContainersRestarting';

/** How a container ended that was taken away to start anew. */
export const TAKEN_AWAY: DeepReadonly<ContainerStateTerminated> = {
  exitCode: 137, reason: 'RestartingAllContainers', message: 'The container is removed because RestartAllContainers in place',
};

/** What the first rule of the container asks for that fits its end; undefined: the policies decide. */
export function actionAfter({ restartPolicyRules }: DeepReadonly<Container>, exitCode: number): string | undefined {
  return restartPolicyRules?.find(({ exitCodes }) => {
    const isListed = exitCodes?.values?.includes(exitCode) ?? false;
    return exitCodes !== undefined && (exitCodes.operator === 'NotIn' ? !isListed : isListed);
  })?.action;
}

export function restartsAllAfter(container: DeepReadonly<Container>, exitCode: number): boolean {
  return actionAfter(container, exitCode) === 'RestartAllContainers';
}

export function wasTakenAway({ lastState }: DeepReadonly<Pick<ContainerStatus, 'lastState'>>): boolean {
  return lastState?.terminated?.reason === TAKEN_AWAY.reason;
}

function containersOf({ spec }: DeepReadonly<Pod>): readonly DeepReadonly<Container>[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** Whether some end of some container would restart them all. */
export function mayRestartAll(pod: DeepReadonly<Pod>): boolean {
  return containersOf(pod).some(({ restartPolicyRules }) => restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'));
}

/** The containers whose end asks for it. */
export function restartTriggers(pod: DeepReadonly<Pod>, runtime: PodRuntime): { readonly container: DeepReadonly<Container>; readonly ended: RuntimeContainer }[] {
  return containersOf(pod).flatMap((container) => {
    const ended = container.restartPolicyRules && containersNamed(runtime, container.name)[0];
    return ended?.state === 'CONTAINER_EXITED' && restartsAllAfter(container, ended.exitCode) ? [{ container, ended }] : [];
  });
}

/** A restart has begun, be it before a restart of the kubelet: the condition tells. */
export function hasBegunToRestartAll({ conditions }: DeepReadonly<PodStatus>): boolean {
  return conditions?.some(({ type, status }) => type === ALL_RESTARTING && status === 'True') ?? false;
}

/**
 * What must go from the runtime before the pod starts from its first init container, in the sandbox that it has; empty: nothing. Ephemeral containers
 * stay. What asked for it goes last, so that a kubelet that is restarted meanwhile still sees why.
 */
export function containersToTakeAway(pod: DeepReadonly<Pod>, runtime: PodRuntime, before: DeepReadonly<PodStatus>): RuntimeContainer[] {
  if (!mayRestartAll(pod)) return [];
  const triggers = new Set(restartTriggers(pod, runtime).map(({ ended }) => ended));
  if (triggers.size === 0 && !hasBegunToRestartAll(before)) return [];
  const names = new Set(containersOf(pod).map(({ name }) => name));
  const all = runtime.containers.filter((one) => names.has(containerNameOf(one)));
  return [...all.filter((one) => !triggers.has(one)), ...all.filter((one) => triggers.has(one))];
}
