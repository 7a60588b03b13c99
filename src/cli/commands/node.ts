import { join } from 'node:path';
import type { Command } from 'commander';
import * as refs from '../../api/refs.ts';
import { loadCertificates } from '../../cluster/certificates.ts';
import { adminClient } from '../../cluster/local-cluster.ts';
import { serverOf } from '../../cluster/server-record.ts';
import { commandContext } from '../context.ts';
import { dataDirOf, withLocalFlags, type LocalFlags } from '../local-options.ts';

export default function nodeCommand(command: Command): void {
  withLocalFlags(command.command('remove').description('take a node out of the cluster: its phase becomes Terminated, then it is deleted').argument('<name>', 'the name of the node')).action(
    (name: string, flags: LocalFlags) => remove(name, flags),
  );
}

async function remove(name: string, flags: LocalFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const dataDir = dataDirOf(flags);
  const certificates = loadCertificates({ folder: join(dataDir, 'pki'), clock: context.clock, names: { dnsNames: [], ipAddresses: [] } });
  await using client = adminClient(serverOf(dataDir), certificates, context.clock);
  const nodes = client.resource(refs.nodes);
  // A watch shows the phase before the Node goes: who follows the node learns that it was meant.
  await nodes.patchStatus(name, { type: 'merge', patch: { status: { phase: 'Terminated' } } }, { signal: context.signal });
  await nodes.delete(name, { signal: context.signal });
  process.stdout.write(`node ${name} removed\n`);
}
