import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, Secret } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import { hasReason } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { Client } from '../client/client.ts';
import { HttpsTransport } from '../client/https-transport.ts';
import { TransportError } from '../client/transport.ts';
import { LAST_FILE, loadCertificates, authorityHash, type ClusterCertificates } from './certificates.ts';
import { readClusterRecord, writeClusterRecord, type ClusterProcess, type ClusterRecord } from './cluster-record.ts';
import { formatJoinToken, newJoinToken, type JoinToken } from './join-token.ts';
import { detectMachine, whyNoContainers } from './local/detect.ts';
import { POD_RANGES, SERVICE_RANGES, chooseFreeRange, ipv6Beside } from './local/free-range.ts';
import { LocalMachine } from './local/machine.ts';
import { LocalNetwork } from './local/network.ts';
import { isRunning } from './local/processes.ts';
import { removeEverything } from './local/remove-everything.ts';
import { Commands } from '../base/commands.ts';
import { defaultServerOptions } from './default-server-options.ts';
import { keepSimulatedNodes, SIMULATED_NODES_ROLE, untilSimulatedNodesReady, type LocalSimulatedNodes } from './local-simulated-nodes.ts';
import { startDetached, stopProcess } from './processes.ts';
import { rangeForNodes } from './simulated-nodes-beside.ts';

export interface UpOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly nodes: number;
  /** More nodes, all in one process, without machines. Default: none. */
  readonly simulatedNodes?: number;
  /** Nodes and pods reach nothing beyond this machine, and know no names outside of the cluster. */
  readonly isIsolated: boolean;
  /** Which addresses nodes, pods and Services have; those of IPv6 reach no further than this machine. Default: `ipv4`. */
  readonly ipFamily?: 'ipv4' | 'ipv6' | 'dual';
  readonly runtime: 'auto' | 'containerd' | 'simulated';
  readonly port: number;
  readonly store: string;
  readonly waitMs: number;
  /** The command line that runs this program: what its processes are started with. */
  readonly program: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** More flags for every server or agent. */
  readonly serverFlags: readonly string[];
  readonly agentFlags: readonly string[];
  /** More flags for the process of the simulated nodes. */
  readonly simulateFlags?: readonly string[];
}

export interface Tools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Told what is being done, for the user to see. */
  readonly progress: (text: string) => void;
}

export interface RunningCluster {
  readonly record: ClusterRecord;
  readonly certificates: ClusterCertificates;
  readonly client: Client & AsyncDisposable;
}

const STOP_GRACE_MS = 10_000;
const POLL_MS = 10;

/** Starts what is not running of a local cluster, and resolves once the nodes are Ready. Safe to call again: what runs is left alone. */
export async function upCluster(options: UpOptions, tools: Tools): Promise<ClusterRecord> {
  const { name, dataDir } = options;
  const runtime = await chooseRuntime(options, tools);
  const known = readClusterRecord(dataDir);
  const local = runtime === 'containerd' && options.nodes > 0 ? await createNetwork(options, tools) : undefined;
  const network = local?.network;
  const server = `https://127.0.0.1:${options.port}`;
  const processes: ClusterProcess[] = [];
  let simulating = known?.processes.find(({ role }) => role === SIMULATED_NODES_ROLE);
  const remember = (): ClusterRecord => {
    const record: ClusterRecord = { version: 1, name, server, runtime, processes: [...processes, ...(simulating ? [simulating] : [])] };
    writeClusterRecord(dataDir, record);
    return record;
  };
  const startedAtMs = new Map<string, number>();
  const keep = async (role: string, start: () => Promise<ClusterProcess>): Promise<void> => {
    const old = known?.processes.find((one) => one.role === role);
    const runs = old !== undefined && (await isRunning(old));
    if (!runs) startedAtMs.set(role, tools.clock.now());
    processes.push(runs ? old : await start());
    remember();
  };
  const logFile = (role: string): string => join(dataDir, 'logs', `${role}.log`);
  const env = { ...FEW_ARENAS, ...options.environment };

  const machines = startMachines(options, network, tools);
  tools.progress('starting the control plane');
  await keep('server', async () => ({ role: 'server', ...(await startDetached(serverCommand(options, local), { logFile: logFile('server'), env })) }));
  const serverProcess = processes[0];
  const cluster = await connect({ server, dataDir }, tools, async () => {
    if (serverProcess && !(await isRunning(serverProcess))) throw new Error(`the control plane has ended; see ${logFile('server')}`);
  });
  await using client = cluster.client;
  if (options.nodes > 0) {
    const token = formatJoinToken(await ensureJoinToken(client, cluster.certificates, tools));
    tools.progress(`starting ${options.nodes} node${options.nodes === 1 ? '' : 's'}`);
    for (let index = 1; index <= options.nodes; index++) {
      const role = nodeName(name, index);
      const machine = (await machines)[index - 1];
      await keep(role, async () => {
        const command = agentCommand(options, { role, token, runtime, ...(machine && network && { machine, network }) });
        return { role, ...(await startDetached(command, { logFile: logFile(role), env })) };
      });
    }
    const names = Array.from({ length: options.nodes }, (_, index) => nodeName(name, index + 1));
    await waitForNodes(client, { names, startedAtMs, waitMs: options.waitMs, logFile }, tools);
  }
  const simulated = simulatedNodesOf(options, { server, runtime, env, logFile: logFile(SIMULATED_NODES_ROLE) });
  if (simulated.count > 0) tools.progress(`starting ${simulated.count} simulated node${simulated.count === 1 ? '' : 's'}`);
  simulating = await keepSimulatedNodes(simulated, { ...cluster, old: simulating }, tools);
  remember();
  if (simulating) await untilSimulatedNodesReady(simulated, { client, running: simulating }, tools);
  return remember();
}

/** glibc would keep a heap for each of a dozen threads, and in each what was freed there: 5 to 10 MB a process. It reads this when a process starts. Source: mallopt(3). */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '1' };

function simulatedNodesOf(options: UpOptions, { server, runtime, env: environment, logFile }: { server: string; runtime: string; env: NodeJS.ProcessEnv; logFile: string }): LocalSimulatedNodes {
  const { simulatedNodes: count = 0, simulateFlags: flags = [], dataDir, program, waitMs, nodes } = options;
  return { count, flags, dataDir, server, program, environment, waitMs, logFile, others: runtime === 'simulated' ? nodes : 0 };
}

/** Makes the machines of the nodes side by side, while the control plane starts. */
function startMachines(options: UpOptions, network: LocalNetwork | undefined, tools: Tools): Promise<LocalMachine[]> {
  if (!network) return Promise.resolve([]);
  const indexes = Array.from({ length: options.nodes }, (_, index) => index + 1);
  const machines = Promise.all(indexes.map((index) => LocalMachine.create({ name: nodeName(options.name, index), index, network, clock: tools.clock, signal: tools.signal })));
  machines.catch(() => undefined); // told when it is awaited, if the control plane came up
  return machines;
}

export function nodeName(cluster: string, index: number): string {
  return cluster === 'default' ? `node-${index}` : `${cluster}-node-${index}`;
}

async function chooseRuntime(options: UpOptions, tools: Tools): Promise<'containerd' | 'simulated'> {
  if (options.nodes === 0 || options.runtime === 'simulated') return 'simulated';
  const facts = await detectMachine(options.environment);
  const why = whyNoContainers(facts);
  if (why === undefined) return 'containerd';
  // Root on Linux can have containers: there, simulated nodes in their place would deceive.
  if (options.runtime === 'containerd' || (facts.linux && facts.root)) throw new Error(why);
  tools.progress(`containers cannot run here (${why}): the nodes are simulated`);
  return 'simulated';
}

/** The network of the nodes, and the ranges of pods and services, which must not leave the machine. */
interface ClusterNetwork {
  readonly network: LocalNetwork;
  readonly podRanges: readonly string[];
  readonly serviceRanges: readonly string[];
}

async function createNetwork(options: UpOptions, tools: Tools): Promise<ClusterNetwork> {
  const { podRange, serviceRange } = await ranges(options.dataDir);
  const hasIPv6 = options.ipFamily === 'dual' || options.ipFamily === 'ipv6';
  const inFamilies = (range: string, bits: number): string[] => [...(options.ipFamily === 'ipv6' ? [] : [range]), ...(hasIPv6 ? [ipv6Beside(range, bits)] : [])];
  const podRanges = inFamilies(podRange, 56);
  const serviceRanges = inFamilies(serviceRange, 112);
  const network = await LocalNetwork.create({
    cluster: options.name, dataDir: options.dataDir, clusterRanges: [...podRanges, ...serviceRanges], outbound: !options.isIsolated, hasIPv6, logger: tools.logger,
  });
  return { network, podRanges, serviceRanges };
}

/** The ranges of pods and services: those of last time, else the first free ones. */
async function ranges(dataDir: string): Promise<{ podRange: string; serviceRange: string }> {
  const file = join(dataDir, 'ranges.json');
  const { readIfExists, writeFileDurably } = await import('./files.ts');
  const known = readIfExists(file);
  if (known !== undefined) return JSON.parse(known) as { podRange: string; serviceRange: string };
  const routes = await new Commands().run(['ip', '-4', 'route', 'show', 'table', 'all']);
  const chosen = { podRange: chooseFreeRange(POD_RANGES, routes), serviceRange: chooseFreeRange(SERVICE_RANGES, routes) };
  writeFileDurably(file, JSON.stringify(chosen));
  return chosen;
}

/** Where nodes and pods reach the Master. Machines of a cluster of IPv6 alone have addresses of IPv4 too; nothing of the cluster uses them. */
function hostAddress({ ipFamily }: UpOptions, network: LocalNetwork): string {
  return (ipFamily === 'ipv6' ? network.address6Of(0) : undefined) ?? network.hostAddress;
}

function serverCommand(options: UpOptions, local: ClusterNetwork | undefined): string[] {
  const flags = ['--data-dir', options.dataDir, '--port', String(options.port), '--store', options.store, '--disable-agent'];
  if (local) flags.push('--advertise-address', hostAddress(options, local.network), '--node-routes', local.network.link, '--cluster-cidr', local.podRanges.join(), '--service-cluster-ip-range', local.serviceRanges.join());
  else if (options.simulatedNodes) flags.push('--cluster-cidr', rangeForNodes(defaultServerOptions().clusterRanges, options.simulatedNodes + options.nodes).join());
  if (local && options.ipFamily === 'ipv6') flags.push('--bind-address', '::'); // of both families: the way from the host itself stays
  return [...options.program, 'server', ...flags, ...options.serverFlags];
}

function agentCommand(
  options: UpOptions,
  agent: { role: string; token: string; runtime: string; machine?: LocalMachine; network?: LocalNetwork },
): string[] {
  const { role, token, runtime, machine, network } = agent;
  const host = network ? hostAddress(options, network) : '127.0.0.1';
  const flags = ['--server', `https://${host.includes(':') ? `[${host}]` : host}:${options.port}`, '--token', token, '--hostname-override', role, '--runtime', runtime, '--data-dir', join(options.dataDir, 'agents', role)];
  if (machine) flags.push('--node-ip', machine.ips.filter((ip) => options.ipFamily !== 'ipv6' || ip.includes(':')).join(), '--cgroup-root', machine.cgroup);
  else flags.push('--node-ip', '127.0.0.1');
  if (machine && !options.isIsolated) flags.push('--resolv-conf', '/etc/resolv.conf');
  const command = [...options.program, 'agent', ...flags, ...options.agentFlags];
  if (!machine) return command;
  const inside = machine.command(command);
  return [inside.file, ...inside.args];
}

/** A client of the server whose certificates are under `dataDir`, once it is ready. `check` throws when waiting is in vain. */
export async function connect(target: { server: string; dataDir: string }, tools: Tools, check: () => Promise<void>): Promise<{ certificates: ClusterCertificates; client: Client & AsyncDisposable }> {
  const { clock, signal } = tools;
  const folder = join(target.dataDir, 'pki');
  // Sooner, certificates would be missed and made here, beside the server's own.
  while (!existsSync(join(folder, LAST_FILE))) {
    await check();
    await clock.sleep(POLL_MS, signal);
  }
  const certificates = loadCertificates({ folder, clock, names: { dnsNames: [], ipAddresses: [] } });
  const client = adminClient(target.server, certificates, clock);
  for (;;) {
    try {
      await client.send({ method: 'GET', path: '/readyz', signal });
      return { certificates, client };
    } catch (error) {
      if (!(error instanceof TransportError) && !hasReason(error, 'InternalError', 'ServiceUnavailable')) throw error;
    }
    await check();
    await clock.sleep(POLL_MS, signal);
  }
}

export function adminClient(server: string, certificates: ClusterCertificates, clock: Clock): Client & AsyncDisposable {
  const tls = { ca: certificates.authority.certificatePem, cert: certificates.admin.certificatePem, key: certificates.admin.keyPem };
  const transport = new HttpsTransport({ server, tls: () => tls, userAgent: 'kubets', clock });
  return Object.assign(new Client({ transport, clock, userAgent: 'kubets' }), { [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() });
}

const TOKEN_LIFE_MS = 24 * 3_600_000;

/** Makes a bootstrap token of a day in the cluster. Source: "Authenticating with Bootstrap Tokens". */
export async function createJoinToken(client: Client, options: { token: JoinToken; description: string; lifeMs: number | undefined }, tools: Pick<Tools, 'clock' | 'signal'>): Promise<void> {
  const { token, description, lifeMs } = options;
  const expiration = lifeMs === undefined ? {} : { expiration: new Date(tools.clock.now() + lifeMs).toISOString().replace(/\.\d+/, '') };
  const secret = {
    metadata: { name: `bootstrap-token-${token.id}`, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    stringData: {
      'token-id': token.id, 'token-secret': token.secret, description, ...expiration,
      'usage-bootstrap-authentication': 'true', 'usage-bootstrap-signing': 'true', 'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
    },
  };
  await client.resource(refs.secrets, 'kube-system').create(secret as Parameters<ReturnType<typeof client.resource<Secret>>['create']>[0], { signal: tools.signal });
}

async function ensureJoinToken(client: Client, certificates: ClusterCertificates, tools: Tools): Promise<JoinToken> {
  const token = newJoinToken(tools.random, authorityHash(certificates.authority.certificate));
  await createJoinToken(client, { token, description: 'made by kubets up', lifeMs: TOKEN_LIFE_MS }, tools);
  return token;
}

export interface AwaitedNodes {
  readonly names: readonly string[];
  /** When the agents that this call started were: what their nodes were said to be before is of an earlier run. */
  readonly startedAtMs?: ReadonlyMap<string, number>;
  readonly waitMs: number;
  readonly logFile?: (role: string) => string;
}

/** Resolves once all these nodes are Ready. Throws Error, naming those that are not, after `waitMs`. */
export async function waitForNodes(client: Client, { names, startedAtMs, waitMs, logFile }: AwaitedNodes, tools: Pick<Tools, 'clock' | 'signal'>): Promise<void> {
  const { clock, signal } = tools;
  const deadline = clock.monotonic() + waitMs;
  const isReady = (node: Node | undefined): boolean => node?.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
  for (;;) {
    const [{ items }, beats] = await Promise.all([client.resource(refs.nodes).list({ signal }), client.resource(refs.leases, 'kube-node-lease').list({ signal })]);
    const beatMs = (name: string): number => Date.parse(beats.items.find(({ metadata }) => metadata.name === name)?.spec?.renewTime ?? '') || 0;
    const isBack = (name: string): boolean => beatMs(name) >= (startedAtMs?.get(name) ?? 0);
    const missing = names.filter((name) => !isBack(name) || !isReady(items.find((node) => node.metadata.name === name) as Node | undefined));
    if (missing.length === 0) return;
    if (clock.monotonic() > deadline) throw new Error(`not Ready after ${Math.round(waitMs / 1000)} s: ${missing.join(', ')}${logFile ? `; see ${missing.map(logFile).join(', ')}` : ''}`);
    await clock.sleep(POLL_MS * 2, signal);
  }
}

/** Stops the cluster's processes and removes every trace of it from the machine; its stored objects too when `removeData` says so. */
export async function downCluster(options: { dataDir: string; removeData: boolean }, tools: Tools): Promise<void> {
  const record = readClusterRecord(options.dataDir);
  const stop = async (one: ClusterProcess): Promise<void> => stopProcess(one, { clock: tools.clock, graceMs: STOP_GRACE_MS, signal: tools.signal });
  // Agents first: they take their pods down in order, and tell the server.
  await Promise.all((record?.processes ?? []).filter((one) => one.role !== 'server').map(stop));
  await Promise.all((record?.processes ?? []).filter((one) => one.role === 'server').map(stop));
  await removeEverything(options.dataDir, tools);
  if (record) writeClusterRecord(options.dataDir, { ...record, processes: [] });
  for (const folder of ['nodes', 'agents']) rmSync(join(options.dataDir, folder), { recursive: true, force: true });
  if (options.removeData) rmSync(options.dataDir, { recursive: true, force: true });
}
