import { join } from 'node:path';
import type { Command } from 'commander';
import type { Secret } from '../../api/generated/core-v1.ts';
import * as refs from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { authorityHash, loadCertificates } from '../../cluster/certificates.ts';
import { formatJoinToken, newJoinToken } from '../../cluster/join-token.ts';
import { adminClient, createJoinToken } from '../../cluster/local-cluster.ts';
import { serverOf } from '../../cluster/server-record.ts';
import { commandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { duration } from '../flags.ts';
import { dataDirOf, withLocalFlags, type LocalFlags } from '../local-options.ts';
import { printTable } from '../print-table.ts';

const PREFIX = 'bootstrap-token-';

export default function tokenCommand(command: Command): void {
  withLocalFlags(command.command('create').description('make a token and print it'))
    .option('--ttl <duration>', 'how long it is good; 0s: for ever', duration, 24 * 3_600_000)
    .option('--description <text>', 'what it is for', '')
    .action((flags: LocalFlags & { ttl: number; description: string }) => create(flags));
  withLocalFlags(command.command('list').description('list the tokens')).action((flags: LocalFlags) => list(flags));
  withLocalFlags(command.command('delete').description('delete a token').argument('<id>', 'the token, or its first six characters')).action((id: string, flags: LocalFlags) => remove(id, flags));
}

function connectAsAdmin(flags: LocalFlags, clock: Parameters<typeof adminClient>[2]): { client: ReturnType<typeof adminClient>; hash: string } {
  const dataDir = dataDirOf(flags);
  const server = serverOf(dataDir);
  const certificates = loadCertificates({ folder: join(dataDir, 'pki'), clock, names: { dnsNames: [], ipAddresses: [] } });
  return { client: adminClient(server, certificates, clock), hash: authorityHash(certificates.authority.certificate) };
}

async function create(flags: LocalFlags & { ttl: number; description: string }): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const { client, hash } = connectAsAdmin(flags, context.clock);
  await using _ = client;
  const token = newJoinToken(context.random, hash);
  await createJoinToken(client, { token, description: flags.description, lifeMs: flags.ttl === 0 ? undefined : flags.ttl }, context);
  process.stdout.write(`${formatJoinToken(token)}\n`);
}

async function list(flags: LocalFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  const { client } = connectAsAdmin(flags, context.clock);
  await using _ = client;
  const { items } = await client.resource(refs.secrets, 'kube-system').list({ fieldSelector: 'type=bootstrap.kubernetes.io/token', signal: context.signal });
  const text = (secret: DeepReadonly<Secret>, key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  const rows = items.map((secret) => [text(secret, 'token-id'), text(secret, 'expiration') || '<never>', text(secret, 'description')]);
  process.stdout.write(printTable([['ID', 'EXPIRES', 'DESCRIPTION'], ...rows]));
}

async function remove(id: string, flags: LocalFlags): Promise<void> {
  using context = commandContext({ level: 'warn' });
  if (!/^[a-z0-9]{6}(\.|$)/.test(id)) throw new UsageError(`"${id}" is no token: its id has six lower-case letters or digits; see "kubets token list"`);
  const { client } = connectAsAdmin(flags, context.clock);
  await using _ = client;
  await client.resource(refs.secrets, 'kube-system').delete(PREFIX + id.slice(0, 6), { signal: context.signal });
  process.stdout.write(`token ${id.slice(0, 6)} deleted\n`);
}
