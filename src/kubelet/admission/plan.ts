import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { hostPortsConflict, hostPortsOf } from '../../component-helpers/host-ports.ts';
import { matchesNodeSelectorAndAffinity } from '../../component-helpers/node-affinity.ts';
import { podRequests, resourcesOf } from '../../component-helpers/resources.ts';
import { untoleratedTaint } from '../../component-helpers/tolerations.ts';
import { effectiveSecurityContext } from '../containers/security-context.ts';
import { forbiddenSysctl } from './sysctls.ts';

export interface Refusal {
  readonly reason: string;
  /** As the event has it; the pod's status says `Pod was rejected:` before it. */
  readonly message: string;
}

/** What the node itself does not tell the API. */
export interface NodeFacts {
  /** The conditions that say that something is short. */
  readonly pressures: ReadonlySet<string>;
  readonly hasAppArmor: boolean;
  /** Settings of the kernel that pods may have beyond the safe ones. */
  readonly allowedUnsafeSysctls: readonly string[];
}

/**
 * Why the node does not take the pod, or undefined when it does: the scheduler may have decided on an old state, or not at all (`spec.nodeName`
 * set by hand). `others`: the pods that are on the node and have not ended. Source: pkg/kubelet/lifecycle, predicates.
 */
export function refusePod(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>, others: readonly DeepReadonly<Pod>[], { pressures, hasAppArmor, allowedUnsafeSysctls }: NodeFacts): Refusal | undefined {
  const critical = (pod.spec.priority ?? 0) >= 2_000_000_000;
  const underPressure = evictedAtOnce(pod, pressures);
  if (underPressure && !critical) return underPressure;
  const unfit = wrongSystem(pod, node) ?? laxGroups(pod, node) ?? sysctlRefusal(pod, allowedUnsafeSysctls) ?? (hasAppArmor ? undefined : unconfined(pod)) ?? shortOf(pod, node, others);
  if (unfit) return unfit;
  if (!matchesNodeSelectorAndAffinity(pod, node)) {
    return { reason: 'NodeAffinity', message: 'Predicate NodeAffinity failed: node(s) didn\'t match Pod\'s node affinity/selector' };
  }
  const taken = others.flatMap(hostPortsOf);
  if (hostPortsOf(pod).some((port) => taken.some((one) => hostPortsConflict(port, one)))) {
    return { reason: 'NodePorts', message: 'Predicate NodePorts failed: node(s) didn\'t have free ports for the requested pod ports' };
  }
  const taint = untoleratedTaint(pod.spec.tolerations, node.spec?.taints, ['NoExecute']);
  if (taint) return { reason: 'TaintToleration', message: 'Predicate TaintToleration failed' };
  return undefined;
}

function sysctlRefusal(pod: DeepReadonly<Pod>, allowed: readonly string[]): Refusal | undefined {
  const message = forbiddenSysctl(pod, allowed);
  return message === undefined ? undefined : { reason: 'SysctlForbidden', message };
}

/** Under pressure the node takes no pods that would be the first to go. */
function evictedAtOnce(pod: DeepReadonly<Pod>, pressures: ReadonlySet<string>): Refusal | undefined {
  if (pressures.size === 0) return undefined;
  const bestEffort = pod.status?.qosClass === 'BestEffort';
  const tolerated = pod.spec.tolerations?.some(({ key, operator }) => key === 'node.kubernetes.io/memory-pressure' || (!key && operator === 'Exists')) ?? false;
  if (pressures.size === 1 && pressures.has('MemoryPressure') && (!bestEffort || tolerated)) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${[...pressures].join(' ')}]. ` };
}

/** Source: pkg/kubelet/lifecycle, rejectPodAdmissionBasedOnOSField and ...OSSelector. */
function wrongSystem(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>): Refusal | undefined {
  const selected = pod.spec.nodeSelector?.['kubernetes.io/os'];
  const label = node.metadata.labels?.['kubernetes.io/os'];
  if (selected !== undefined && label !== undefined && selected !== label) {
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message: 'Failed to admit pod as the `kubernetes.io/os` label doesn\'t match node label' };
  }
  if (pod.spec.os && pod.spec.os.name !== 'linux') return { reason: 'PodOSNotSupported', message: 'Failed to admit pod as the OS field doesn\'t match node OS' };
  return undefined;
}

/** The runtime would add the groups that the image has for the user, which the pod does not want. */
function laxGroups({ spec }: DeepReadonly<Pod>, node: DeepReadonly<Node>): Refusal | undefined {
  if (spec.securityContext?.supplementalGroupsPolicy !== 'Strict' || node.status?.features?.supplementalGroupsPolicy === true) return undefined;
  return { reason: 'SupplementalGroupsPolicyNotSupported', message: 'SupplementalGroupsPolicy=Strict is not supported in this node' };
}

/** Source: pkg/security/apparmor, Validate. */
function unconfined(pod: DeepReadonly<Pod>): Refusal | undefined {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const types = [...containers, ...initContainers, ...ephemeralContainers].map((container) => effectiveSecurityContext(pod, container).appArmorProfile?.type ?? 'Unconfined');
  if (types.every((type) => type === 'Unconfined')) return undefined;
  return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' };
}

function shortOf(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>, others: readonly DeepReadonly<Pod>[]): Refusal | undefined {
  const allocatable = resourcesOf(node.status?.allocatable);
  const used = others.map(podRequests);
  // The scheduler gave these by devices of the pod's claim; the node counts none of them.
  const byDevices = new Set(pod.status?.extendedResourceClaimStatus?.requestMappings?.map(({ resourceName }) => resourceName));
  const wanted = podRequests(pod);
  const refuse = (name: string, requested: number, taken: number, capacity: number): Refusal => ({
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${taken}, capacity: ${capacity}`,
  });
  const sum = (of: (amounts: ReturnType<typeof podRequests>) => number): number => used.reduce((total, amounts) => total + of(amounts), 0);
  if (others.length + 1 > allocatable.pods) return refuse('pods', 1, others.length, allocatable.pods);
  const checks = [
    { name: 'cpu', of: (amounts: typeof wanted) => amounts.milliCpu, capacity: allocatable.milliCpu },
    { name: 'memory', of: (amounts: typeof wanted) => amounts.memory, capacity: allocatable.memory },
    { name: 'ephemeral-storage', of: (amounts: typeof wanted) => amounts.ephemeralStorage, capacity: allocatable.ephemeralStorage },
    ...[...wanted.others.keys()].filter((name) => !byDevices.has(name)).map((name) => ({ name, of: (amounts: typeof wanted) => amounts.others.get(name) ?? 0, capacity: allocatable.others.get(name) ?? 0 })),
  ];
  for (const { name, of, capacity } of checks) {
    const taken = sum(of);
    if (of(wanted) > 0 && of(wanted) + taken > capacity) return refuse(name, of(wanted), taken, capacity);
  }
  return undefined;
}
