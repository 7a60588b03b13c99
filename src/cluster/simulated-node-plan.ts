import { parseQuantity, wholeValue } from '../apimachinery/quantity.ts';
import type { Taint } from '../api/generated/core-v1.ts';
import type { SimulatedNodesOptions } from './embedding.ts';

/** One simulated node: what it says of itself. */
export interface SimulatedNode {
  readonly name: string;
  /** From 1. */
  readonly index: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

const DEFAULTS = { namePrefix: 'simulated-', cpu: 8, memory: '32Gi', pods: 110 } as const;
const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** The nodes that `options` describe. Throws RangeError, naming the option, for what no node can be. */
export function planSimulatedNodes(options: number | SimulatedNodesOptions): SimulatedNode[] {
  const given: SimulatedNodesOptions = typeof options === 'number' ? { count: options } : options;
  const { count, namePrefix = DEFAULTS.namePrefix, cpu = DEFAULTS.cpu, memory = DEFAULTS.memory, pods = DEFAULTS.pods, labels = {}, taints = [], zones = [] } = given;
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`simulatedNodes: ${count} is no number of nodes; give a whole number, such as 1000`);
  if (!Number.isInteger(pods) || pods < 0) throw new RangeError(`simulatedNodes.pods: ${pods} is no number of pods; give a whole number, such as 110`);
  if (!Number.isInteger(cpu) || cpu < 1) throw new RangeError(`simulatedNodes.cpu: ${cpu} is no number of cores; give a whole number, such as 8`);
  const bad = taints.find(({ effect }) => !EFFECTS.includes(effect));
  if (bad) throw new RangeError(`simulatedNodes.taints: ${JSON.stringify(bad.effect)} is no effect of a taint; there are: ${EFFECTS.join(', ')}`);
  const memoryBytes = bytesOf(memory);
  return Array.from({ length: count }, (_, place) => {
    const zone = zones[place % zones.length];
    return {
      name: `${namePrefix}${place + 1}`, index: place + 1, cpus: cpu, memoryBytes, pods, taints,
      labels: { ...labels, ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }) },
    };
  });
}

function bytesOf(memory: string): number {
  try {
    return wholeValue(parseQuantity(memory));
  } catch (error) {
    throw new RangeError(`simulatedNodes.memory: ${JSON.stringify(memory)} is no quantity; give one, such as 32Gi`, { cause: error });
  }
}
