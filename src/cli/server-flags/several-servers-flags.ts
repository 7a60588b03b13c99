import type { Command } from 'commander';
import type { ServerOptions } from '../../cluster/server-options.ts';
import { duration } from '../flags.ts';
import { durationOrZero } from './values.ts';
import { isTrue } from './values.ts';

/** How several servers share one cluster, under the names of kube-apiserver and kube-controller-manager. */
export interface SeveralServersFlags {
  readonly etcdServers?: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly etcdCompactionInterval: number;
  readonly leaderElect?: boolean;
  readonly leaderElectLeaseDuration?: number;
  readonly leaderElectRenewDeadline?: number;
  readonly leaderElectRetryPeriod?: number;
}

export function addSeveralServersFlags(command: Command): void {
  command
    .optionsGroup('Several servers on one etcd:')
    .option('--etcd-servers <urls>', 'the same as --store etcd=URL,URL')
    .option('--etcd-cafile <file>', 'whom to believe that an etcd over TLS is the right one')
    .option('--etcd-certfile <file>', 'the certificate with which the server proves itself to etcd')
    .option('--etcd-keyfile <file>', 'the key of --etcd-certfile')
    .option('--etcd-compaction-interval <duration>', 'how long history is kept, in any store; 0: as long as there is room', durationOrZero, 300_000)
    .option('--leader-elect [bool]', 'whether the servers elect one that runs the controllers, and one that runs the scheduler (default: with etcd)', isTrue)
    .option('--leader-elect-lease-duration <duration>', 'after so long without renewal another server takes over (default: 15s)', duration)
    .option('--leader-elect-renew-deadline <duration>', 'a leader that cannot renew for so long stops leading (default: 10s)', duration)
    .option('--leader-elect-retry-period <duration>', 'how often a server tries to become the leader, or renews (default: 2s)', duration);
}

export function leaderElection(flags: SeveralServersFlags): ServerOptions['leaderElection'] {
  const { leaderElect, leaderElectLeaseDuration, leaderElectRenewDeadline, leaderElectRetryPeriod } = flags;
  return {
    ...(leaderElect !== undefined && { isEnabled: leaderElect }),
    ...(leaderElectLeaseDuration !== undefined && { leaseDurationMs: leaderElectLeaseDuration }),
    ...(leaderElectRenewDeadline !== undefined && { renewDeadlineMs: leaderElectRenewDeadline }),
    ...(leaderElectRetryPeriod !== undefined && { retryMs: leaderElectRetryPeriod }),
  };
}

export function etcdFiles(flags: SeveralServersFlags): Pick<ServerOptions, 'etcdCaFile' | 'etcdCertFile' | 'etcdKeyFile'> {
  const { etcdCafile, etcdCertfile, etcdKeyfile } = flags;
  return {
    ...(etcdCafile !== undefined && { etcdCaFile: etcdCafile }),
    ...(etcdCertfile !== undefined && { etcdCertFile: etcdCertfile }),
    ...(etcdKeyfile !== undefined && { etcdKeyFile: etcdKeyfile }),
  };
}
