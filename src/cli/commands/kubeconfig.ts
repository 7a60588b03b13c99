import { join } from 'node:path';
import type { Command } from 'commander';
import { loadCertificates } from '../../cluster/certificates.ts';
import { clusterKubeconfig } from '../../cluster/kubeconfig-file.ts';
import { serverOf } from '../../cluster/server-record.ts';
import { formatKubeconfig, issueCredentials } from '../../pki/index.ts';
import { commandContext } from '../context.ts';
import { duration } from '../flags.ts';
import { dataDirOf, withLocalFlags, type LocalFlags } from '../local-options.ts';

interface KubeconfigFlags extends LocalFlags {
  readonly user?: string;
  readonly group: readonly string[];
  readonly ttl: number;
}

export default function kubeconfigCommand(command: Command): void {
  withLocalFlags(command)
    .option('--user <name>', 'the user of the certificate; default: the administrator of the cluster')
    .option('--group <name>', 'a group of the user; may be repeated', (value: string, before: readonly string[]) => [...before, value], [])
    .option('--ttl <duration>', 'how long the certificate is good', duration, 365 * 86_400_000)
    .action((flags: KubeconfigFlags) => print(flags));
}

async function print(flags: KubeconfigFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const dataDir = dataDirOf(flags);
  const server = serverOf(dataDir);
  const { authority, admin } = loadCertificates({ folder: join(dataDir, 'pki'), clock: context.clock, names: { dnsNames: [], ipAddresses: [] } });
  const now = context.clock.now();
  const credentials =
    flags.user === undefined
      ? admin
      : issueCredentials(authority, { subject: { commonName: flags.user, organizations: flags.group }, usages: ['client auth'], notBefore: now - 300_000, notAfter: now + flags.ttl });
  process.stdout.write(formatKubeconfig(clusterKubeconfig({ name: flags.name, server, authorityPem: authority.certificatePem, credentials })));
}
