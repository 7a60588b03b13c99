import { join } from 'node:path';
import type { Command } from 'commander';
import * as refs from '../../api/refs.ts';
import { loadCertificates } from '../../cluster/certificates.ts';
import { adminClient } from '../../cluster/local-cluster.ts';
import { isRunning } from '../../cluster/local/processes.ts';
import { commandContext } from '../context.ts';
import { clusterOf, withLocalFlags, type LocalFlags } from '../local-options.ts';
import { printTable } from '../print-table.ts';

export default function statusCommand(command: Command): void {
  withLocalFlags(command).action((flags: LocalFlags) => status(flags));
}

async function status(flags: LocalFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const { dataDir, record } = clusterOf(flags);
  const rows: string[][] = [['PROCESS', 'STATE', 'PID', 'LOG']];
  let isServerUp = false;
  for (const one of record.processes) {
    const runs = await isRunning(one);
    if (one.role === 'server') isServerUp = runs;
    rows.push([one.role, runs ? 'Running' : 'Stopped', String(one.pid), join(dataDir, 'logs', `${one.role}.log`)]);
  }
  process.stdout.write(printTable(rows));
  if (!isServerUp) {
    process.stdout.write('\nThe control plane does not run; start it with "kubets up".\n');
    process.exitCode = 1;
    return;
  }
  const certificates = loadCertificates({ folder: join(dataDir, 'pki'), clock: context.clock, names: { dnsNames: [], ipAddresses: [] } });
  await using client = adminClient(record.server, certificates, context.clock);
  const { items } = await client.resource(refs.nodes).list({ signal: context.signal });
  const nodes = items.map((node) => {
    const ready = node.status.conditions?.find((condition) => condition.type === 'Ready')?.status;
    return [node.metadata.name, ready === 'True' ? 'Ready' : ready === 'False' ? 'NotReady' : 'Unknown', node.status.phase ?? '', node.status.nodeInfo?.containerRuntimeVersion ?? ''];
  });
  process.stdout.write(`\n${printTable([['NODE', 'STATUS', 'PHASE', 'RUNTIME'], ...nodes])}`);
}
