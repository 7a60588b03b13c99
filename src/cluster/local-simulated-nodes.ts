import { join } from 'node:path';
import type { Client } from '../client/client.ts';
import type { ClusterCertificates } from './certificates.ts';
import type { ClusterProcess } from './cluster-record.ts';
import { writeFileDurably } from './files.ts';
import { isRunning } from './local/processes.ts';
import { startDetached, stopProcess } from './processes.ts';
import { isSimulated, waitForSimulatedNodes } from './simulated-nodes-ready.ts';
import { ensureSimulatorRole, simulatorKubeconfig } from './simulator-identity.ts';
import type { ClusterTools } from './tools.ts';

/** The process of all simulated nodes, in the record of a cluster. */
export const SIMULATED_NODES_ROLE = 'simulated-nodes';
const STOP_GRACE_MS = 10_000;

export interface LocalSimulatedNodes {
  /** 0: those of before are stopped. */
  readonly count: number;
  /** More flags for `kubets simulate`. */
  readonly flags: readonly string[];
  readonly dataDir: string;
  readonly server: string;
  readonly program: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly waitMs: number;
  /** How many simulated nodes have processes of their own. */
  readonly others: number;
}

interface Parts {
  readonly client: Client;
  readonly certificates: ClusterCertificates;
  /** As of the last time. */
  readonly old: ClusterProcess | undefined;
}

/** Starts the process of the simulated nodes unless it runs as it is wanted. Gives its record, undefined when none is wanted. */
export async function keepSimulatedNodes(wanted: LocalSimulatedNodes, { client, certificates, old }: Parts, tools: ClusterTools & { signal: AbortSignal }): Promise<ClusterProcess | undefined> {
  const { clock, signal } = tools;
  const command = commandOf(wanted);
  if (old && (await isRunning(old))) {
    if (wanted.count > 0 && old.command?.join('\n') === command.join('\n')) return old;
    await stopProcess(old, { clock, graceMs: STOP_GRACE_MS, signal });
  }
  if (wanted.count === 0) return undefined;
  await ensureSimulatorRole(client, signal);
  writeFileDurably(kubeconfigOf(wanted), simulatorKubeconfig({ server: wanted.server, certificates, nowMs: clock.now() }));
  return { role: SIMULATED_NODES_ROLE, command, ...(await startDetached(command, { logFile: wanted.logFile, env: wanted.environment })) };
}

/** Resolves once all of them can be given pods. Throws Error, saying where to look, when they cannot in time, or their process has ended. */
export async function untilSimulatedNodesReady({ count, others, waitMs, logFile }: LocalSimulatedNodes, { client, running }: { client: Client; running: ClusterProcess }, tools: ClusterTools & { signal: AbortSignal }): Promise<void> {
  const check = async (): Promise<void> => {
    if (!(await isRunning(running))) throw new Error(`the process of the simulated nodes has ended; see ${logFile}`);
  };
  await waitForSimulatedNodes(client, { count: count + others, waitMs, isWanted: isSimulated, check, hint: `; see ${logFile}` }, tools);
}

function kubeconfigOf({ dataDir }: LocalSimulatedNodes): string {
  return join(dataDir, 'agents', SIMULATED_NODES_ROLE, 'kubeconfig');
}

function commandOf(wanted: LocalSimulatedNodes): string[] {
  return [...wanted.program, 'simulate', '--kubeconfig', kubeconfigOf(wanted), '--nodes', String(wanted.count), ...wanted.flags];
}
