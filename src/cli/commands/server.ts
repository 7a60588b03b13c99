import { networkInterfaces } from 'node:os';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { Server } from '../../cluster/server.ts';
import type { ServerOptions } from '../../cluster/server-options.ts';
import { defaultDataDir } from '../../cluster/data-dir.ts';
import { commandContext } from '../context.ts';
import { cidr, duration, ipAddress, port } from '../flags.ts';

interface ServerFlags {
  readonly dataDir?: string;
  readonly store: string;
  readonly bindAddress: string;
  readonly port: number;
  readonly securePort?: number;
  readonly advertiseAddress?: string;
  readonly tlsSan: readonly string[];
  readonly serviceClusterIpRange: string;
  readonly serviceNodePortRange: { first: number; last: number };
  readonly clusterCidr: string;
  readonly clusterDomain: string;
  readonly serviceAccountIssuer: string;
  readonly tokenAuthFile?: string;
  readonly clientCaFile?: string;
  readonly anonymousAuth: boolean;
  readonly enableBootstrapTokenAuth: boolean;
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly admissionControlConfigFile?: string;
  readonly controllers: readonly string[];
  readonly nodeMonitorGracePeriod: number;
  readonly disableScheduler: boolean;
  readonly disableAgent: boolean;
  readonly nodeRoutes?: string;
}

const list = (value: string, before: readonly string[]): readonly string[] => [...before, ...value.split(',').map((one) => one.trim()).filter(Boolean)];

function names(value: string): readonly string[] {
  return value.split(',').map((one) => one.trim()).filter(Boolean);
}

function isTrue(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('must be true or false.');
  return text === 'true';
}

function portRange(text: string): { first: number; last: number } {
  const [first, last] = text.split('-').map(port);
  if (first === undefined || last === undefined || last < first) throw new InvalidArgumentError('a range looks like 30000-32767.');
  return { first, last };
}

export default function serverCommand(command: Command): void {
  command
    .option('--data-dir <dir>', 'where objects, certificates and images are kept')
    .option('--store <store>', 'lmdb, memory, or etcd=URL,URL', 'lmdb')
    .option('--bind-address <address>', 'where to listen', ipAddress, '0.0.0.0')
    .option('--port <port>', 'the port of the API', port, 6443)
    .addOption(new Option('--secure-port <port>', 'the same, as kube-apiserver names it').argParser(port).hideHelp())
    .option('--advertise-address <address>', 'under which pods and nodes reach this server', ipAddress)
    .option('--tls-san <name>', 'one more name or address for the serving certificate; may be repeated', list, [])
    .option('--service-cluster-ip-range <cidr>', 'addresses of Services', cidr, '10.96.0.0/16')
    .option('--service-node-port-range <range>', 'node ports of Services', portRange, { first: 30_000, last: 32_767 })
    .option('--cluster-cidr <cidr>', 'addresses of pods, of which each node gets a part', cidr, '10.244.0.0/16')
    .option('--cluster-domain <domain>', 'the domain of cluster DNS', 'cluster.local')
    .option('--service-account-issuer <url>', 'who issues the tokens of service accounts', 'https://kubernetes.default.svc.cluster.local')
    .option('--token-auth-file <file>', 'static tokens: lines of token,user,uid,"group,group"')
    .option('--client-ca-file <file>', 'one more authority for client certificates')
    .option('--anonymous-auth [bool]', 'whether requests without credentials reach authorization', isTrue, true)
    .option('--enable-bootstrap-token-auth [bool]', 'whether nodes may join with bootstrap tokens', isTrue, true)
    .option('--enable-admission-plugins <names>', 'admission plugins besides the default ones', list, [])
    .option('--disable-admission-plugins <names>', 'default admission plugins to leave out', list, [])
    .option('--admission-control-config-file <file>', 'an AdmissionConfiguration: what each admission plugin is told')
    .option('--controllers <names>', 'which controllers to run: names, * for the default ones, -name to leave one out', names, ['*'])
    .option('--node-monitor-grace-period <duration>', 'a node that has not reported for so long is Unknown', duration, 40_000)
    .option('--disable-scheduler', 'run no scheduler', false)
    .option('--disable-agent', 'run no node in this process (there is none yet: accepted for configuration files)', false)
    .option('--node-routes <link>', 'keep routes to the pods of the nodes behind this link of the machine')
    .action((flags: ServerFlags) => serve(flags));
}

async function serve(flags: ServerFlags): Promise<void> {
  using context = commandContext();
  await using server = new Server(optionsOf(flags), context);
  if (flags.tokenAuthFile) context.logger.warn('static tokens neither expire nor can be revoked without a restart', { flag: '--token-auth-file' });
  await server.start(context.signal);
  context.logger.info('the control plane is ready', { port: server.port });
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve();
    context.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function optionsOf(flags: ServerFlags): ServerOptions {
  return {
    dataDir: flags.dataDir ?? defaultDataDir('default', process.env),
    store: flags.store,
    bindAddress: flags.bindAddress,
    port: flags.securePort ?? flags.port,
    advertiseAddress: flags.advertiseAddress ?? ownAddress(),
    tlsNames: flags.tlsSan,
    serviceRange: flags.serviceClusterIpRange,
    nodePortRange: flags.serviceNodePortRange,
    clusterRange: flags.clusterCidr,
    clusterDomain: flags.clusterDomain,
    serviceAccountIssuer: flags.serviceAccountIssuer,
    tokenAuthFile: flags.tokenAuthFile,
    clientCaFile: flags.clientCaFile,
    allowAnonymous: flags.anonymousAuth,
    enableBootstrapTokens: flags.enableBootstrapTokenAuth,
    enableAdmissionPlugins: flags.enableAdmissionPlugins,
    disableAdmissionPlugins: flags.disableAdmissionPlugins,
    admissionConfigFile: flags.admissionControlConfigFile,
    controllers: flags.controllers,
    enableScheduler: !flags.disableScheduler,
    nodeRoutes: flags.nodeRoutes,
    controllerOptions: { nodeMonitorGracePeriodMs: flags.nodeMonitorGracePeriod },
  };
}

/** The first address of this machine that others can reach; a machine without one is reached by loopback only. */
function ownAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const one of addresses ?? []) if (one.family === 'IPv4' && !one.internal) return one.address;
  }
  return '127.0.0.1';
}
