import { flushCompileCache } from 'node:module';
import type { Command } from 'commander';
import { keepServerSmall } from '../../base/server-memory.ts';
import { Server } from '../../cluster/server.ts';
import { commandContext } from '../context.ts';
import { hasStarted } from '../interrupted-start.ts';
import { addServerFlags, applyConfigFile, serverOptions, type ServerFlags } from '../server-flags/index.ts';

export default function serverCommand(command: Command): void {
  addServerFlags(command);
  command.action(async (given: ServerFlags) => {
    if (given.config !== undefined) applyConfigFile(command, given.config);
    await serve(command.opts<ServerFlags>(), flagTexts(command));
  });
}

/** The flags with their values, as texts; what was not given and has no default is empty. */
function flagTexts(command: Command): Record<string, string> {
  const values = command.opts();
  return Object.fromEntries(command.options.map((option) => [option.name(), valueText(values[option.attributeName()])]));
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? `[${value.map(String).join(',')}]` : typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

async function serve(flags: ServerFlags, texts: Readonly<Record<string, string>>): Promise<void> {
  const options = { ...serverOptions(flags), flags: texts };
  using context = commandContext({ level: flags.v >= 4 ? 'debug' : 'info' });
  await using server = new Server(options, context);
  if (flags.tokenAuthFile) context.logger.warn('static tokens neither expire nor can be revoked without a restart', { flag: '--token-auth-file' });
  if (options.authorization.modes.includes('AlwaysAllow')) context.logger.warn('everybody may do everything', { flag: '--authorization-mode' });
  if (!flags.serviceAccountLookup) context.logger.warn('tokens of service accounts live on after these are deleted', { flag: '--service-account-lookup' });
  if (!(await hasStarted(server, context.signal))) return;
  context.logger.info('the control plane is ready', { port: server.port });
  // The next start finds what this one has compiled, however this one ends.
  flushCompileCache();
  const keeping = keepServerSmall(context.clock, context.signal);
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve();
    context.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await keeping;
}
