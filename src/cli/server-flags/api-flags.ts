import type { Command } from 'commander';
import { duration, serviceRanges } from '../flags.ts';
import { appended, isTrue, pairs, portRange, wholeNumber } from './values.ts';

/** What the API serves, under kube-apiserver's names. */
export interface ApiFlags {
  readonly serviceClusterIpRange: string[];
  readonly serviceNodePortRange: { first: number; last: number };
  readonly enableAdmissionPlugins: readonly string[];
  readonly disableAdmissionPlugins: readonly string[];
  readonly admissionControlConfigFile?: string;
  readonly runtimeConfig: ReadonlyMap<string, string>;
  readonly featureGates: ReadonlyMap<string, string>;
  readonly defaultNotReadyTolerationSeconds: number;
  readonly defaultUnreachableTolerationSeconds: number;
  readonly eventTtl: number;
  readonly encryptionProviderConfig?: string;
  readonly encryptionProviderConfigAutomaticReload: boolean;
  readonly requestTimeout: number;
  readonly maxRequestsInflight: number;
  readonly maxConnections: number;
  readonly maxOpenWatches: number;
  readonly maxMutatingRequestsInflight: number;
  readonly enablePriorityAndFairness: boolean;
  readonly minRequestTimeout: number;
}

export function addApiFlags(command: Command): void {
  command
    .optionsGroup('The API:')
    .option('--service-cluster-ip-range <cidrs>', 'addresses of Services: one range, or one of each family, parted by a comma', serviceRanges, ['10.96.0.0/16'])
    .option('--service-node-port-range <range>', 'node ports of Services', portRange, { first: 30_000, last: 32_767 })
    .option('--enable-admission-plugins <names>', 'admission plugins besides the default ones', appended, [])
    .option('--disable-admission-plugins <names>', 'default admission plugins to leave out', appended, [])
    .option('--admission-control-config-file <file>', 'an AdmissionConfiguration: what each admission plugin is told')
    .option('--runtime-config <pairs>', 'turn APIs on or off: api/all=false, api/beta=true, batch/v1=false, apps/v1/deployments=false', pairs, new Map())
    .option('--feature-gates <pairs>', 'turn features on or off: Name=true,Other=false', pairs, new Map())
    .option('--default-not-ready-toleration-seconds <seconds>', 'how long pods that say nothing of it stay on a node that is not ready', wholeNumber({ min: 0 }), 300)
    .option('--default-unreachable-toleration-seconds <seconds>', 'the same for a node that cannot be reached', wholeNumber({ min: 0 }), 300)
    .option('--event-ttl <duration>', 'how long events are kept', duration, 3_600_000)
    .option('--encryption-provider-config <file>', 'an EncryptionConfiguration: how what is stored is encrypted')
    .option('--encryption-provider-config-automatic-reload [bool]', 'whether that file is read again when it changes', isTrue, false)
    .option('--request-timeout <duration>', 'how long a request may take, unless it is a watch, a log or a connection', duration, 60_000)
    .option('--max-requests-inflight <count>', 'how many reads run at once; 0: any number', wholeNumber({ min: 0 }), 400)
    .option('--max-mutating-requests-inflight <count>', 'how many writes run at once; 0: any number', wholeNumber({ min: 0 }), 200)
    .option('--max-connections <count>', 'how many connections may be open at once, more are closed; 0: any number', wholeNumber({ min: 0 }), 16_384)
    .option('--max-open-watches <count>', 'how many watches clients may have open at once, more get 429; 0: any number', wholeNumber({ min: 0 }), 100_000)
    .option('--enable-priority-and-fairness [bool]', 'whether FlowSchemas share out both of these numbers together', isTrue, true)
    .option('--min-request-timeout <seconds>', 'how long a watch without a timeout of its own lives at least', wholeNumber({ min: 0 }), 1800);
}
