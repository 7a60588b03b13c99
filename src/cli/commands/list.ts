import type { Command } from 'commander';
import { readClusterRecord } from '../../cluster/cluster-record.ts';
import { knownClusters } from '../../cluster/data-dir.ts';
import { isRunning } from '../../cluster/local/processes.ts';
import { printTable } from '../print-table.ts';

export default function listCommand(command: Command): void {
  command.action(async () => {
    const rows: string[][] = [];
    for (const { name, dataDir } of knownClusters(process.env)) {
      const record = readClusterRecord(dataDir);
      if (!record) continue;
      const running = await Promise.all(record.processes.map(isRunning));
      const count = running.filter(Boolean).length;
      const state = count === 0 ? 'Stopped' : count === running.length ? 'Running' : 'Degraded';
      rows.push([name, state, String(record.processes.filter((one) => one.role !== 'server').length), record.server, dataDir]);
    }
    process.stdout.write(rows.length === 0 ? 'No clusters.\n' : printTable([['NAME', 'STATE', 'NODES', 'SERVER', 'DATA'], ...rows]));
  });
}
