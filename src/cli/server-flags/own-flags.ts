import { Option, type Command } from 'commander';
import { ipAddress, port } from '../flags.ts';
import { appended, isTrue, wholeNumber } from './values.ts';

/** What is kubets' own, and where the server listens. */
export interface OwnFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly store: string;
  readonly bindAddress: string;
  readonly port: number;
  readonly securePort?: number;
  readonly advertiseAddress?: string;
  readonly tlsSan: readonly string[];
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly clusterDomain: string;
  readonly disableScheduler: boolean;
  readonly schedulerConfig?: string;
  readonly disableAgent: boolean;
  readonly nodeRoutes?: string;
  readonly v: number;
}

export function addOwnFlags(command: Command): void {
  command
    .optionsGroup('The server:')
    .option('--config <file>', 'a YAML file with flags by their names, without the dashes; what the command line says wins')
    .option('--data-dir <dir>', 'where objects, certificates and images are kept')
    .option('--store <store>', 'lmdb, memory, or etcd=URL,URL', 'lmdb')
    .option('--bind-address <address>', 'where to listen', ipAddress, '0.0.0.0')
    .option('--port <port>', 'the port of the API', port, 6443)
    .addOption(new Option('--secure-port <port>', 'the same, as kube-apiserver names it').argParser(port))
    .option('--advertise-address <address>', 'under which pods and nodes reach this server', ipAddress)
    .option('--tls-san <name>', 'one more name or address for the serving certificate; may be repeated', appended, [])
    .option('--tls-cert-file <file>', 'the serving certificate with its chain, in place of one of the cluster\'s own authority')
    .option('--tls-private-key-file <file>', 'the key of --tls-cert-file')
    .option('--cluster-domain <domain>', 'the domain of cluster DNS', 'cluster.local')
    .option('--disable-scheduler [bool]', 'run no scheduler', isTrue, false)
    .option('--scheduler-config <file>', 'a KubeSchedulerConfiguration: profiles, plugins and their arguments, as of kube-scheduler --config')
    .option('--disable-agent [bool]', 'run no node in this process (there is none yet: accepted for configuration files)', isTrue, false)
    .option('--node-routes <link>', 'keep routes to the pods of the nodes behind this link of the machine')
    .option('--v <level>', 'how much to log: 4 and more for details', wholeNumber({ min: 0, max: 10 }), 0);
}
