import type { KeySource } from '../pki/index.ts';
import type { Store } from '../storage/store.ts';

/** What a server of a simulation is given, where others ask the machine: it opens no port, and touches neither disk nor thread pool. */
export interface SimulatedParts {
  /** Disposed by the server. */
  readonly store: Store;
  readonly keys: KeySource;
  readonly hostname: string;
}

/** Nodes in the server's process. */
export interface MeasuredNodes {
  /** What the node's kubelet tells under `/metrics/resource`; undefined for other nodes. Rejects when it is silent. */
  measure(nodeName: string, signal: AbortSignal): Promise<string> | undefined;
}
