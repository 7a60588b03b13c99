import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { Option, type Command } from 'commander';
import { compileLittle, saveMemory } from '../../base/memory-saver.ts';
import { Agent } from '../../cluster/agent.ts';
import { parseJoinToken } from '../../cluster/join-token.ts';
import { commandContext, type CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { count, ipAddresses, keyValues, quantity, url } from '../flags.ts';
import { addEvictionFlags, evictionThresholds, type EvictionFlags } from '../eviction-flags.ts';
import { hasStarted } from '../interrupted-start.ts';
import { addNodeFlags, nodeSettings, type NodeFlags } from '../node-flags.ts';
import { addShutdownFlags, shutdownGracePeriods, type ShutdownFlags } from '../shutdown-flags.ts';
import { version } from '../version.ts';

interface AgentFlags extends EvictionFlags, NodeFlags, ShutdownFlags {
  readonly server: string;
  readonly token?: string;
  readonly certificateAuthority?: string;
  readonly hostnameOverride?: string;
  readonly nodeIp?: string[];
  readonly nodeExternalIp?: string[];
  readonly nodeLabels?: Record<string, string>;
  readonly dataDir: string;
  readonly runtime: 'containerd' | 'simulated';
  readonly containerRuntimeEndpoint?: string;
  readonly stateDir: string;
  readonly cgroupRoot: string;
  readonly cgroupDriver?: 'cgroupfs' | 'systemd';
  readonly maxPods: number;
  readonly containerLogMaxSize?: number;
  readonly containerLogMaxFiles?: number;
  readonly resolvConf?: string;
}

export default function agentCommand(command: Command): void {
  command
    .requiredOption('--server <url>', 'the API server, such as https://10.0.0.1:6443', url)
    .option('--token <token>', 'a join token of "kubets token create"; needed the first time only')
    .option('--certificate-authority <file>', 'the authority of the cluster, where the token does not name it')
    .option('--hostname-override <name>', 'the name of the node; default: the name of this machine')
    .option('--node-ip <addresses>', 'the addresses of the node, parted by commas', ipAddresses)
    .option('--node-external-ip <addresses>', 'addresses under which the node is reached from outside', ipAddresses)
    .option('--node-labels <labels>', 'labels of the node: key=value,key=value', keyValues)
    .option('--data-dir <dir>', 'where the node keeps its certificates and images', '/var/lib/kubets-agent')
    .addOption(new Option('--runtime <runtime>', 'what runs the containers').choices(['containerd', 'simulated']).default('containerd'))
    .option('--container-runtime-endpoint <endpoint>', 'a runtime with CRI that runs already: unix:///run/containerd/containerd.sock')
    .addOption(new Option('--state-dir <dir>', 'what is lost with the machine: sockets of containerd').default('/run/containerd').hideHelp())
    .option('--cgroup-root <path>', 'the control group under which pods are', '/')
    .addOption(new Option('--cgroup-driver <driver>', 'who makes the control groups of the runtime of --container-runtime-endpoint, if it does not tell').choices(['cgroupfs', 'systemd']))
    .option('--max-pods <count>', 'how many pods the node takes', count, 110)
    .option('--container-log-max-size <quantity>', 'above which the log of a container is put aside; default: 10Mi', quantity)
    .option('--container-log-max-files <count>', 'how many files are kept of the log of a container; default: 5', count)
    .option('--resolv-conf <file>', 'names the resolvers for names outside of the cluster, such as /etc/resolv.conf; default: pods know no such names');
  addNodeFlags(command);
  addEvictionFlags(command);
  addShutdownFlags(command);
  command.action((flags: AgentFlags) => run(flags));
}

async function run(flags: AgentFlags): Promise<void> {
  if (flags.runtime === 'containerd') compileLittle();
  using context = commandContext();
  const { server, certificateAuthority, runtime } = flags;
  if (flags.cgroupDriver === 'systemd' && flags.containerRuntimeEndpoint === undefined) throw new UsageError('--cgroup-driver=systemd is for a runtime that runs already: name it with --container-runtime-endpoint; the containerd that the agent starts itself needs no systemd');
  const gracePeriods = shutdownGracePeriods(flags);
  await using agent = new Agent(
    {
      server,
      token: flags.token === undefined ? undefined : parseJoinToken(flags.token),
      certificateAuthorityPem: certificateAuthority === undefined ? undefined : readFileSync(certificateAuthority, 'utf8'),
      nodeName: (flags.hostnameOverride ?? hostname()).toLowerCase(),
      nodeIPs: flags.nodeIp ?? [ownAddress()],
      externalIPs: flags.nodeExternalIp ?? [],
      labels: flags.nodeLabels ?? {},
      dataDir: flags.dataDir,
      runtime,
      runtimeEndpoint: flags.containerRuntimeEndpoint,
      stateDir: flags.stateDir,
      cgroupRoot: flags.cgroupRoot,
      cgroupDriver: flags.cgroupDriver,
      maxPods: flags.maxPods,
      node: nodeSettings(flags),
      ...(gracePeriods && { shutdownGracePeriods: gracePeriods }),
      ...(flags.podManifestPath !== undefined && { manifestsDir: flags.podManifestPath }),
      logs: {
        ...(flags.containerLogMaxSize !== undefined && { logMaxBytes: flags.containerLogMaxSize }),
        ...(flags.containerLogMaxFiles !== undefined && { logMaxFiles: flags.containerLogMaxFiles }),
      },
      thresholds: evictionThresholds(flags),
      pressureTransitionMs: flags.evictionPressureTransitionPeriod,
      resolvConf: flags.resolvConf,
      userAgent: `kubelet/v${version}`,
    },
    context,
  );
  if (!(await hasStarted(agent, context.signal))) return;
  const end = new AbortController();
  const saving = saveMemory(context.clock, AbortSignal.any([context.signal, end.signal]));
  await untilEnd(agent, context, gracePeriods !== undefined);
  end.abort();
  await saving;
}

/** Until it is stopped, or power fails: where pods have time to end before the machine does, they end first. */
async function untilEnd(agent: Agent, { signal, logger }: CommandContext, endsPods: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onPowerFailure = (): void => {
    agent.shutDown(signal).catch((error: unknown) => logger.error('the pods could not be ended', { error })).finally(resolve);
  };
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (endsPods) process.once('SIGPWR', onPowerFailure);
  await promise;
  process.off('SIGPWR', onPowerFailure);
}

function ownAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const one of addresses ?? []) if (one.family === 'IPv4' && !one.internal) return one.address;
  }
  throw new UsageError('this machine has no address that others could reach; name one with --node-ip');
}
