import { podRequests } from '../../component-helpers/resources.ts';
import { MAX_NODE_SCORE, type Plugin } from '../framework.ts';

/** Prefers nodes whose CPU and memory would be used in like shares. Source: kube-scheduler's plugin NodeResourcesBalancedAllocation. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  wakesOn: [],
  begin(pod) {
    const requests = podRequests(pod);
    // A pod that asks for neither would be drawn to whatever is unbalanced already.
    if (requests.milliCpu === 0 && requests.memory === 0) return undefined;
    return {
      score({ allocatable, requested }) {
        const cpu = share(requested.milliCpu + requests.milliCpu, allocatable.milliCpu);
        const memory = share(requested.memory + requests.memory, allocatable.memory);
        return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_NODE_SCORE);
      },
    };
  },
};

function share(used: number, allocatable: number): number {
  return allocatable === 0 ? 1 : Math.min(used / allocatable, 1);
}
