/** How good what a node has left is for a pod. Source: "Resource Bin Packing"; pkg/scheduler/framework/plugins/noderesources, least_allocated.go, most_allocated.go and requested_to_capacity_ratio.go. */
import { MAX_NODE_SCORE } from '../framework.ts';

export interface WeighedResource {
  readonly name: string;
  /** 1 to 100. */
  readonly weight: number;
}

/** A corner of a line: utilization in per cent, score of 0 to 10. */
export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

export interface ScoringStrategy {
  readonly resources: readonly WeighedResource[];
  /** 0 to 100, of amounts in the order of `resources`: what would be asked for of each with the pod there, and what the node has. */
  score(requested: readonly number[], allocatable: readonly number[]): number;
}

type Score = (requested: number, capacity: number) => number;

/** Resources that a node has not do not count. */
function weighed(resources: readonly WeighedResource[], score: Score, ofWhole: (sum: number, weights: number) => number, skipsZero = false): ScoringStrategy {
  return {
    resources,
    score(requested, allocatable) {
      let [sum, weights] = [0, 0];
      for (const [i, { weight }] of resources.entries()) {
        const capacity = allocatable[i] ?? 0;
        if (capacity === 0) continue;
        const one = score(requested[i] ?? 0, capacity);
        if (skipsZero && one <= 0) continue;
        sum += one * weight;
        weights += weight;
      }
      return weights === 0 ? 0 : ofWhole(sum, weights);
    },
  };
}

const floor = (sum: number, weights: number): number => Math.floor(sum / weights);

/** The more is left, the better. */
export function leastAllocated(resources: readonly WeighedResource[]): ScoringStrategy {
  return weighed(resources, (requested, capacity) => (requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_NODE_SCORE) / capacity)), floor);
}

/** The less is left, the better. */
export function mostAllocated(resources: readonly WeighedResource[]): ScoringStrategy {
  return weighed(resources, (requested, capacity) => Math.floor((Math.min(requested, capacity) * MAX_NODE_SCORE) / capacity), floor);
}

/** As a line through the points of `shape` says, which are in the order of utilization. */
export function requestedToCapacityRatio(resources: readonly WeighedResource[], shape: readonly ShapePoint[]): ScoringStrategy {
  const points = shape.map(({ utilization, score }) => ({ utilization, score: score * (MAX_NODE_SCORE / 10) }));
  const score: Score = (requested, capacity) => onLine(points, requested > capacity ? 100 : Math.floor((requested * 100) / capacity));
  return weighed(resources, score, (sum, weights) => Math.round(sum / weights), true);
}

function onLine(points: readonly ShapePoint[], utilization: number): number {
  for (const [i, point] of points.entries()) {
    if (utilization > point.utilization) continue;
    const before = points[i - 1];
    if (!before) return point.score;
    return before.score + Math.trunc(((point.score - before.score) * (utilization - before.utilization)) / (point.utilization - before.utilization));
  }
  return points.at(-1)?.score ?? 0;
}
