import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { podRequests, resourcesOf } from '../../component-helpers/resources.ts';
import { shortageMessage, shortagesFor } from '../admission/room.ts';
import { differing, resourcesOfPod, withResources, type ContainerResources } from './resources-of-pod.ts';

/** What becomes of a wish for other resources. `deferred`: when others have gone; `infeasible`: never on this node. */
export type ResizeDecision =
  | { readonly action: 'none' | 'allocate' }
  | { readonly action: 'defer'; readonly reason: 'Deferred' | 'Infeasible'; readonly message: string };

/** What the pod asks for that the node does not have, even for nobody else. Source: pkg/kubelet/allocation, canResizePod. */
function beyondNode(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>): string | undefined {
  const [wanted, whole] = [podRequests(pod), resourcesOf(node.status?.allocatable)];
  const told = (name: string, requested: number, capacity: number): string => `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`;
  if (wanted.memory > whole.memory) return told('memory', wanted.memory, whole.memory);
  return wanted.milliCpu > whole.milliCpu ? told('cpu', wanted.milliCpu, whole.milliCpu) : undefined;
}

/**
 * Whether a running pod gets the resources that its spec asks for now. `others`: the pods beside it, with what they were allocated.
 * Source: "Resize CPU and Memory Resources assigned to Containers" (KEP-1287).
 */
export function planResize(pod: DeepReadonly<Pod>, allocated: ContainerResources, node: DeepReadonly<Node>, others: readonly DeepReadonly<Pod>[]): ResizeDecision {
  const desired = resourcesOfPod(pod);
  if (differing(desired, allocated).length === 0) return { action: 'none' };
  const wished = withResources(pod, desired);
  const beyond = beyondNode(wished, node);
  if (beyond !== undefined) return { action: 'defer', reason: 'Infeasible', message: beyond };
  const [short] = shortagesFor(wished, node, others);
  if (short) return { action: 'defer', reason: 'Deferred', message: shortageMessage(short) };
  return { action: 'allocate' };
}
