/** Whether a container that has ended may run again. Source: kubernetes pkg/apis/core/validation, ValidateContainerStateTransition; pkg/api/v1/pod, ContainerShouldRestart. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from '../generated/core-v1.ts';

const LISTS = [['containerStatuses', 'containers'], ['initContainerStatuses', 'initContainers'], ['ephemeralContainerStatuses', undefined]] as const;

/** `path` is that of the status. */
export function validateTransitions({ status }: DeepReadonly<Pod>, old: DeepReadonly<Pod>, path: FieldPath, errors: FieldErrors): void {
  const isFree = mayRestartAll(old.spec);
  for (const [statuses, containers] of LISTS) {
    if (isFree && containers !== undefined) continue;
    const mayRun = (name: string, exitCode: number): boolean => {
      const container = containers && old.spec[containers]?.find((one) => one.name === name);
      return container !== undefined && startsAgain(container, old.spec, exitCode);
    };
    validateList(status[statuses] ?? [], old.status[statuses] ?? [], { path: path.child(statuses), mayRun, errors });
  }
}

interface Rules {
  readonly path: FieldPath;
  readonly mayRun: (name: string, exitCode: number) => boolean;
  readonly errors: FieldErrors;
}

function validateList(now: DeepReadonly<ContainerStatus[]>, old: DeepReadonly<ContainerStatus[]>, { path, mayRun, errors }: Rules): void {
  old.forEach(({ name, state }, i) => {
    if (!state?.terminated || mayRun(name, state.terminated.exitCode)) return;
    const runs = now.some((one) => one.name === name && !one.state?.terminated);
    if (runs) errors.forbidden(path.index(i).child('state'), 'may not be transitioned to non-terminated state');
  });
}

/** By a rule of a container that restarts them all. */
function mayRestartAll(spec: DeepReadonly<PodSpec>): boolean {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(({ restartPolicyRules }) => restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'));
}

/** A rule of its own comes first, then its own policy, then that of the pod. */
function startsAgain({ restartPolicy, restartPolicyRules }: DeepReadonly<Container>, spec: DeepReadonly<PodSpec>, exitCode: number): boolean {
  const rule = restartPolicyRules?.find(({ exitCodes }) => {
    const isListed = exitCodes?.values?.includes(exitCode) ?? false;
    return exitCodes !== undefined && (exitCodes.operator === 'NotIn' ? !isListed : isListed);
  });
  if (rule?.action === 'Restart') return true;
  const policy = restartPolicy ?? spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
