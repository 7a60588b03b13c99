import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { restoreSnapshot, saveSnapshot, type SnapshotOptions } from '../../cluster/snapshots.ts';
import { openSnapshot } from '../../storage/snapshot/read.ts';
import { commandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { dataDirOf, withLocalFlags, type LocalFlags } from '../local-options.ts';
import { printTable } from '../print-table.ts';

interface SnapshotFlags extends LocalFlags {
  readonly store: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
}

export default function snapshotCommand(command: Command): void {
  withStoreFlags(command.command('save').description('save all objects and the keys of the cluster to a file; the server may run meanwhile').argument('<file>')).action((file: string, flags: SnapshotFlags) => save(file, flags));
  withStoreFlags(command.command('restore').description('make a cluster from a file, in a new data folder or an empty etcd').argument('<file>')).action((file: string, flags: SnapshotFlags) => restore(file, flags));
  command.command('status').description('check a file, and tell what it holds').argument('<file>').action((file: string) => status(file));
}

function withStoreFlags(command: Command): Command {
  return withLocalFlags(command)
    .option('--store <store>', 'lmdb, in the data folder, or etcd=URL,URL', 'lmdb')
    .option('--etcd-cafile <file>', 'whom to believe that an etcd over TLS is the right one')
    .option('--etcd-certfile <file>', 'the certificate with which to prove oneself to etcd')
    .option('--etcd-keyfile <file>', 'the key of --etcd-certfile');
}

function optionsOf(file: string, flags: SnapshotFlags): SnapshotOptions {
  const { store, etcdCafile, etcdCertfile, etcdKeyfile } = flags;
  return {
    path: resolve(file), dataDir: dataDirOf(flags), store,
    ...(etcdCafile !== undefined && { etcdCaFile: etcdCafile }),
    ...(etcdCertfile !== undefined && { etcdCertFile: etcdCertfile }),
    ...(etcdKeyfile !== undefined && { etcdKeyFile: etcdKeyfile }),
  };
}

async function save(file: string, flags: SnapshotFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  if (!existsSync(dirname(resolve(file)))) throw new UsageError(`there is no folder ${dirname(resolve(file))} to write ${file} to`);
  const { keys, revision } = await saveSnapshot(optionsOf(file, flags), context, context.signal);
  process.stdout.write(`saved ${keys} keys of revision ${revision} to ${file}; the file holds the keys of the cluster: keep it secret\n`);
}

async function restore(file: string, flags: SnapshotFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const options = optionsOf(file, flags);
  const { keys, revision } = await restoreSnapshot(options, context, context.signal);
  const start = flags.store === 'lmdb' ? `--data-dir ${options.dataDir}` : `--store ${flags.store}`;
  process.stdout.write(`restored ${keys} keys of revision ${revision}; start a server with: kubets server ${start}\n`);
}

function status(file: string): void {
  const { sha256, revision, keys, takenAt } = openSnapshot(resolve(file));
  process.stdout.write(printTable([['SHA-256', 'REVISION', 'KEYS', 'TAKEN'], [sha256, String(revision), String(keys), takenAt]]));
}
