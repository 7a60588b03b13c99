import type { Command } from 'commander';
import { readClusterRecord, type ClusterRecord } from '../cluster/cluster-record.ts';
import { defaultDataDir } from '../cluster/data-dir.ts';
import { UsageError } from './errors.ts';
import { clusterName } from './flags.ts';

/** The flags with which commands name a cluster of this machine. */
export interface LocalFlags {
  readonly name: string;
  readonly dataDir?: string;
}

export function withLocalFlags(command: Command): Command {
  return command.option('--name <name>', 'the name of the cluster', clusterName, 'default').option('--data-dir <dir>', 'where the cluster keeps its data');
}

export function dataDirOf(flags: LocalFlags): string {
  return flags.dataDir ?? defaultDataDir(flags.name, process.env);
}

/** Throws UsageError when there is no such cluster. */
export function clusterOf(flags: LocalFlags): { dataDir: string; record: ClusterRecord } {
  const dataDir = dataDirOf(flags);
  const record = readClusterRecord(dataDir);
  if (!record) throw new UsageError(`there is no cluster in ${dataDir}; start one with "kubets up"`);
  return { dataDir, record };
}
