import type { AllocationScope } from './allocation-metrics.ts';
import type { NumberPool } from './number-pool.ts';

/** After which a dry run, which has taken nothing yet, says its numbers: none of a usual range, so that nobody takes one for a promise. */
const DRY_RUN_BASE = 32_768;

/** Of node ports, as `--service-node-port-range` says; both ends belong to it. */
export interface NodePortRange {
  readonly first: number;
  readonly last: number;
}

export interface PortOperationOptions {
  readonly pool: NumberPool;
  readonly range: NodePortRange;
  /** Takes nothing of the pool, and knows no range. */
  readonly dryRun: boolean;
  /** Told of every allocation. */
  readonly onAllocation: (scope: AllocationScope, isDone: boolean) => void;
}

/** The ports that one write takes. Source: pkg/registry/core/service/portallocator, PortAllocationOperation. */
export class PortOperation {
  readonly taken = new Set<number>();
  readonly #options: PortOperationOptions;

  constructor(options: PortOperationOptions) {
    this.#options = options;
  }

  /** Takes this port, or says why it cannot be had. */
  take(port: number): string | undefined {
    const { pool, range, dryRun, onAllocation } = this.#options;
    const isTaken = pool.isHeld(port) || this.taken.has(port);
    if (!dryRun) onAllocation('static', !isTaken && pool.holds(port));
    if (!dryRun && !pool.holds(port)) return `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`;
    if (isTaken) return 'provided port is already allocated';
    if (!dryRun) pool.take(port);
    this.taken.add(port);
    return undefined;
  }

  /** Any port; undefined when there are no more. */
  takeAny(): number | undefined {
    const { pool, dryRun, onAllocation } = this.#options;
    const port = dryRun ? Math.max(...(this.taken.size > 0 ? this.taken : [DRY_RUN_BASE])) + 1 : pool.takeAny();
    if (!dryRun) onAllocation('dynamic', port !== undefined);
    if (port !== undefined) this.taken.add(port);
    return port;
  }

  /** Gives back what has been taken. */
  undo(): void {
    if (!this.#options.dryRun) for (const port of this.taken) this.#options.pool.free(port);
    this.taken.clear();
  }
}
