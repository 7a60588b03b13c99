import { hostname } from 'node:os';
import { randomUid } from '../base/random.ts';
import type { Component } from '../base/lifecycle.ts';
import type { Client } from '../client/client.ts';
import { LeaderElection } from '../client/leader-election.ts';
import { Supervisor } from './supervisor.ts';
import type { ClusterTools } from './tools.ts';

/** Starts components under a supervisor; resolves once they can serve. */
export type LedPart = (supervisor: Supervisor, signal: AbortSignal) => Promise<void>;

export interface LedPartOptions extends ClusterTools {
  readonly client: Client;
  /** Of the Lease in `kube-system`, as upstream's component is called. */
  readonly name: string;
  readonly start: LedPart;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
}

/** A part of the control plane that runs on one of several servers at a time: on the one that holds the Lease. */
export function ledPart(options: LedPartOptions): Component {
  const { start, random, ...rest } = options;
  const lead = async (signal: AbortSignal): Promise<void> => {
    await using supervisor = new Supervisor(options);
    await start(supervisor, signal);
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  };
  return new LeaderElection({ ...rest, random, namespace: 'kube-system', identity: `${hostname()}_${randomUid(random)}`, lead });
}
