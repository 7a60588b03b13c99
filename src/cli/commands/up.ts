import { createServer } from 'node:net';
import type { Command } from 'commander';
import { Option } from 'commander';
import { readClusterRecord } from '../../cluster/cluster-record.ts';
import { defaultDataDir, kubeconfigPath } from '../../cluster/data-dir.ts';
import { clusterKubeconfig, contextName, mergeIntoFile } from '../../cluster/kubeconfig-file.ts';
import { loadCertificates } from '../../cluster/certificates.ts';
import { upCluster } from '../../cluster/local-cluster.ts';
import { isRunning } from '../../cluster/local/processes.ts';
import { commandContext, thisProgram } from '../context.ts';
import { UsageError } from '../errors.ts';
import { count, duration, port } from '../flags.ts';
import { withLocalFlags, type LocalFlags } from '../local-options.ts';
import { join } from 'node:path';

interface UpFlags extends LocalFlags {
  readonly nodes: number;
  readonly simulatedNodes: number;
  readonly isolated: boolean;
  readonly ipFamily: 'ipv4' | 'ipv6' | 'dual';
  readonly runtime: 'auto' | 'containerd' | 'simulated';
  readonly port: number;
  readonly store: string;
  readonly wait: number;
  readonly nodeMonitorGracePeriod?: string;
  readonly serverFlag: readonly string[];
  readonly agentFlag: readonly string[];
  readonly simulateFlag: readonly string[];
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export default function upCommand(command: Command): void {
  withLocalFlags(command)
    .option('--nodes <count>', 'how many nodes', count, 3)
    .option('--simulated-nodes <count>', 'how many more nodes, without machines, all in one process: pods run there in name only', count, 0)
    .option('--isolated', 'keep nodes and pods from what lies beyond this machine', false)
    .addOption(new Option('--ip-family <family>', 'the addresses of nodes, pods and Services; those of IPv6 stay within this machine').choices(['ipv4', 'ipv6', 'dual']).default('ipv4'))
    .addOption(new Option('--runtime <runtime>', 'what runs the containers').choices(['auto', 'containerd', 'simulated']).default('auto'))
    .option('--port <port>', 'the port of the API server', port, 6443)
    .option('--store <store>', 'lmdb, memory, or etcd=URL,URL', 'lmdb')
    .option('--wait <duration>', 'how long to wait for the nodes to be Ready', duration, 120_000)
    .option('--server-flag <flag>', 'a flag for "kubets server", such as --server-flag=--node-monitor-grace-period=10s; may be repeated', collect, [])
    .option('--agent-flag <flag>', 'a flag for every "kubets agent"; may be repeated', collect, [])
    .option('--simulate-flag <flag>', 'a flag for "kubets simulate", such as --simulate-flag=--cpu=64; may be repeated', collect, [])
    .action((flags: UpFlags) => up(flags));
}

async function up(flags: UpFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const dataDir = flags.dataDir ?? defaultDataDir(flags.name, process.env);
  const known = readClusterRecord(dataDir);
  const serverRuns = await Promise.all((known?.processes ?? []).filter((one) => one.role === 'server').map(isRunning));
  if (!serverRuns.includes(true)) await requireFreePort(flags.port);
  const startedMs = context.clock.monotonic();
  const record = await upCluster(
    {
      ...flags, dataDir, isIsolated: flags.isolated, waitMs: flags.wait, program: thisProgram(), environment: process.env, serverFlags: flags.serverFlag, agentFlags: flags.agentFlag, simulateFlags: flags.simulateFlag,
    },
    { ...context, progress: (text) => process.stderr.write(`${text} ...\n`) },
  );
  const certificates = loadCertificates({ folder: join(dataDir, 'pki'), clock: context.clock, names: { dnsNames: [], ipAddresses: [] } });
  const kubeconfig = kubeconfigPath(process.env);
  const config = clusterKubeconfig({ name: flags.name, server: record.server, authorityPem: certificates.authority.certificatePem, credentials: certificates.admin });
  mergeIntoFile(join(dataDir, 'admin.kubeconfig'), config);
  mergeIntoFile(kubeconfig, config);
  const seconds = ((context.clock.monotonic() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`Cluster "${flags.name}" is ready after ${seconds} s at ${record.server}; context "${contextName(flags.name)}" is set in ${kubeconfig}.

Next:
  kubectl get nodes                    (or: kubets kubectl get nodes)
  kubectl get pods --all-namespaces
  kubets down${flags.name === 'default' ? '' : ` --name ${flags.name}`}                          stops it and removes every trace; its objects stay
`);
}

/** A port that somebody has would only show in the server's log. */
async function requireFreePort(wanted: number): Promise<void> {
  if (wanted === 0) throw new UsageError('"kubets up" needs a port of its own: clients find the cluster there; give --port 6443, say');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const probe = createServer();
  probe.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') reject(new UsageError(`port ${wanted} is in use by another program; end it, or choose another port with --port`));
    else reject(error);
  });
  probe.listen(wanted, '0.0.0.0', () => probe.close(() => resolve()));
  await promise;
}
