import { podRequests, type Resources } from '../../component-helpers/resources.ts';
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

/** The same of other resources than CPU and memory. */
export function balancedAllocationOf(names: readonly string[]): Plugin {
  return {
    ...balancedAllocation,
    begin(pod) {
      const requests = podRequests(pod);
      const asked = names.map((name) => ({ name, amount: amountOf(requests, name) }));
      if (asked.every(({ amount }) => amount === 0)) return undefined;
      return {
        score({ allocatable, requested }) {
          // Of no interest: what the node has not, and what a pod does not ask for that few ask for.
          const shares = asked.filter(({ name, amount }) => amountOf(allocatable, name) > 0 && (amount > 0 || COMMON.has(name)))
            .map(({ name, amount }) => Math.min((amountOf(requested, name) + amount) / amountOf(allocatable, name), 1));
          return Math.floor((1 - deviation(shares)) * MAX_NODE_SCORE);
        },
      };
    },
  };
}

const COMMON: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

function amountOf(amounts: Pick<Resources, 'milliCpu' | 'memory' | 'ephemeralStorage' | 'others'>, name: string): number {
  switch (name) {
    case 'cpu': return amounts.milliCpu;
    case 'memory': return amounts.memory;
    case 'ephemeral-storage': return amounts.ephemeralStorage;
    default: return amounts.others.get(name) ?? 0;
  }
}

function deviation(shares: readonly number[]): number {
  const mean = shares.reduce((sum, share) => sum + share, 0) / (shares.length || 1);
  return Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length || 1));
}
