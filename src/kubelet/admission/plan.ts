import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { hostPortsConflict, hostPortsOf } from '../../component-helpers/host-ports.ts';
import { matchesNodeSelectorAndAffinity } from '../../component-helpers/node-affinity.ts';
import { toleratesTaint, untoleratedTaint } from '../../component-helpers/tolerations.ts';
import { effectiveSecurityContext } from '../containers/security-context.ts';
import { isStaticPod } from '../pods/static-pod.ts';
import { isCritical } from './critical.ts';
import { podsToPreempt, requirementsText } from './preemption.ts';
import { shortageMessage, shortagesFor } from './room.ts';
import { forbiddenSysctl } from './sysctls.ts';

type PodView = DeepReadonly<Pod>;
type NodeView = DeepReadonly<Node>;

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
export function refusePod(pod: PodView, node: NodeView, others: readonly PodView[], facts: NodeFacts): Refusal | undefined {
  if (isCritical(pod)) return refuseWhateverRoom(pod, node, others, facts) ?? withoutVictims(pod, node, others);
  return evictedAtOnce(pod, facts.pressures) ?? unfit(pod, node, facts) ?? shortOf(pod, node, others) ?? misplaced(pod, node, others);
}

/** The same of a critical pod, for which room can be made. */
export function refuseWhateverRoom(pod: PodView, node: NodeView, others: readonly PodView[], facts: NodeFacts): Refusal | undefined {
  return unfit(pod, node, facts) ?? misplaced(pod, node, others);
}

function unfit(pod: PodView, node: NodeView, { hasAppArmor, allowedUnsafeSysctls }: NodeFacts): Refusal | undefined {
  return wrongSystem(pod) ?? laxGroups(pod, node) ?? sysctlRefusal(pod, allowedUnsafeSysctls) ?? (hasAppArmor ? undefined : unconfined(pod));
}

function misplaced(pod: PodView, node: NodeView, others: readonly PodView[]): Refusal | undefined {
  if (!matchesNodeSelectorAndAffinity(pod, node)) {
    return { reason: 'NodeAffinity', message: 'Predicate NodeAffinity failed: node(s) didn\'t match Pod\'s node affinity/selector' };
  }
  const taken = others.flatMap(hostPortsOf);
  if (hostPortsOf(pod).some((port) => taken.some((one) => hostPortsConflict(port, one)))) {
    return { reason: 'NodePorts', message: 'Predicate NodePorts failed: node(s) didn\'t have free ports for the requested pod ports' };
  }
  // Whoever put a static pod into a file of the node meant this node.
  const taint = isStaticPod(pod) ? undefined : untoleratedTaint(pod.spec.tolerations, node.spec?.taints, ['NoExecute']);
  return taint && { reason: 'TaintToleration', message: 'Predicate TaintToleration failed: node(s) had taints that the pod didn\'t tolerate' };
}

function sysctlRefusal(pod: DeepReadonly<Pod>, allowed: readonly string[]): Refusal | undefined {
  const message = forbiddenSysctl(pod, allowed);
  return message === undefined ? undefined : { reason: 'SysctlForbidden', message };
}

/** Under pressure the node takes no pods that would be the first to go. */
function evictedAtOnce(pod: DeepReadonly<Pod>, pressures: ReadonlySet<string>): Refusal | undefined {
  if (pressures.size === 0) return undefined;
  const bestEffort = pod.status?.qosClass === 'BestEffort';
  const tolerated = toleratesTaint(pod.spec.tolerations, { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' });
  if (pressures.size === 1 && pressures.has('MemoryPressure') && (!bestEffort || tolerated)) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${[...pressures].join(' ')}]. ` };
}

/** Source: pkg/kubelet/lifecycle, rejectPodAdmissionBasedOnOSField and ...OSSelector. */
function wrongSystem(pod: DeepReadonly<Pod>): Refusal | undefined {
  // Of the pod's own labels: what its selector says is another's to look at.
  if ((pod.metadata.labels?.['kubernetes.io/os'] ?? 'linux') !== 'linux') {
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

function shortOf(pod: PodView, node: NodeView, others: readonly PodView[]): Refusal | undefined {
  const [first] = shortagesFor(pod, node, others);
  return first && { reason: `OutOf${first.resource}`, message: shortageMessage(first) };
}

/** There is no room for a critical pod, and none can be made. */
function withoutVictims(pod: PodView, node: NodeView, others: readonly PodView[]): Refusal | undefined {
  const shortages = shortagesFor(pod, node, others);
  if (shortages.length === 0) return undefined;
  const preemption = podsToPreempt(pod, others, shortages);
  const missing = 'lacking' in preemption ? preemption.lacking : shortages;
  const why = `preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: ${requirementsText(missing)}`;
  return { reason: 'UnexpectedAdmissionError', message: `Unexpected error while attempting to recover from admission failure: ${why}` };
}
