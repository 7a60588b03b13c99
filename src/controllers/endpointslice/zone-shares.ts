import type { Node } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { milliValue, parseQuantity } from '../../apimachinery/quantity.ts';

export const ZONE = 'topology.kubernetes.io/zone';
const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** Each zone's part of the CPU that the nodes have for pods: together they are 1. */
export type ZoneShares = ReadonlyMap<string, number>;

/**
 * The parts of the zones; undefined where they cannot be told: a node says no zone or has no CPU, or all nodes are in one zone. Nodes that are not
 * ready and those of the control plane do not count. Source: topologycache, SetNodes.
 */
export function zoneShares(nodes: Iterable<DeepReadonly<Node>>): ZoneShares | undefined {
  const cpu = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    if (!counts(node)) continue;
    const { zone, milliCpu } = placeOf(node);
    if (!zone || milliCpu === 0) return undefined;
    cpu.set(zone, (cpu.get(zone) ?? 0) + milliCpu);
    total += milliCpu;
  }
  return cpu.size < 2 ? undefined : new Map([...cpu].map(([zone, part]) => [zone, part / total]));
}

/** Whether the parts are others for it that a node has become `after`: of the many reports of nodes hardly one. */
export function changesShares(before: DeepReadonly<Node> | undefined, after: DeepReadonly<Node> | undefined): boolean {
  const [was, is] = [before, after].map((node) => (node && counts(node) ? placeOf(node) : undefined));
  return was?.zone !== is?.zone || was?.milliCpu !== is?.milliCpu || (was === undefined) !== (is === undefined);
}

function counts({ metadata, status }: DeepReadonly<Node>): boolean {
  if (CONTROL_PLANE.some((label) => metadata.labels?.[label] !== undefined)) return false;
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

function placeOf({ metadata, status }: DeepReadonly<Node>): { zone: string | undefined; milliCpu: number } {
  return { zone: metadata.labels?.[ZONE], milliCpu: milliValue(parseQuantity(status.allocatable?.cpu ?? '0')) };
}
