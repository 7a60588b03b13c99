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
        // One alone is balanced.
        if (allocatable.milliCpu === 0 || allocatable.memory === 0) return MAX_NODE_SCORE;
        const cpu = Math.min((requested.milliCpu + requests.milliCpu) / allocatable.milliCpu, 1);
        const memory = Math.min((requested.memory + requests.memory) / allocatable.memory, 1);
        return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_NODE_SCORE);
      },
    };
  },
};
