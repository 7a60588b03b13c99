import type { Command } from 'commander';
import { readClusterRecord } from '../../cluster/cluster-record.ts';
import { kubeconfigPath } from '../../cluster/data-dir.ts';
import { removeFromFile } from '../../cluster/kubeconfig-file.ts';
import { downCluster } from '../../cluster/local-cluster.ts';
import { commandContext } from '../context.ts';
import { dataDirOf, withLocalFlags, type LocalFlags } from '../local-options.ts';

export default function downCommand(command: Command): void {
  withLocalFlags(command)
    .option('--remove-data', 'remove the stored objects and certificates too', false)
    .action((flags: LocalFlags & { removeData: boolean }) => down(flags));
}

async function down(flags: LocalFlags & { removeData: boolean }): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const dataDir = dataDirOf(flags);
  const record = readClusterRecord(dataDir);
  await downCluster({ dataDir, removeData: flags.removeData }, { ...context, progress: () => undefined });
  removeFromFile(kubeconfigPath(process.env), flags.name);
  if (!record) process.stdout.write(`There is no cluster "${flags.name}": nothing to do.\n`);
  else if (flags.removeData) process.stdout.write(`Cluster "${flags.name}" is down, and its data is removed.\n`);
  else process.stdout.write(`Cluster "${flags.name}" is down. Its objects are kept in ${dataDir}: "kubets up" brings it back, "kubets down --remove-data" removes them.\n`);
}
