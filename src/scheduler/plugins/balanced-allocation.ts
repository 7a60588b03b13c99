import { podRequests, type Resources } from '../../component-helpers/resources.ts';
import { MAX_NODE_SCORE, type Plugin } from '../framework.ts';

/** Prefers nodes whose CPU and memory the pod would bring nearer to being used in like shares. Source: kube-scheduler's plugin NodeResourcesBalancedAllocation. */
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
        if (allocatable.milliCpu === 0 || allocatable.memory === 0) return scoreOfChange(0, 0);
        const without = tilt(requested.milliCpu / allocatable.milliCpu, requested.memory / allocatable.memory);
        return scoreOfChange(without, tilt((requested.milliCpu + requests.milliCpu) / allocatable.milliCpu, (requested.memory + requests.memory) / allocatable.memory));
      },
    };
  },
};

/** The deviation of two shares, none of which counts as more than all. Asked of thousands of nodes for one pod. */
function tilt(cpu: number, memory: number): number {
  return Math.abs((cpu > 1 ? 1 : cpu) - (memory > 1 ? 1 : memory)) / 2;
}

/** How balanced a node is, 0 to 100. */
function balance(deviation: number): number {
  return Math.floor((1 - deviation) * MAX_NODE_SCORE);
}

/** By the deviations of the shares without and with the pod: 75 where nothing changes, 100 at best, 50 at worst. */
function scoreOfChange(without: number, withPod: number): number {
  return MAX_NODE_SCORE / 2 + Math.trunc((MAX_NODE_SCORE / 2 + balance(withPod) - balance(without)) / 2);
}

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
          const counted = asked.filter(({ name, amount }) => amountOf(allocatable, name) > 0 && (amount > 0 || COMMON.has(name)));
          const shares = (isThere: boolean): number[] => counted.map(({ name, amount }) => Math.min((amountOf(requested, name) + (isThere ? amount : 0)) / amountOf(allocatable, name), 1));
          return scoreOfChange(deviation(shares(false)), deviation(shares(true)));
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
