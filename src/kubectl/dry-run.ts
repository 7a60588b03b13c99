import { CommandError } from './errors.ts';
import type { Flags } from './flags.ts';

export type DryRun = 'none' | 'client' | 'server';

/** Source: cmdutil.GetDryRunStrategy. */
export function dryRunOf(flags: Flags): DryRun {
  const value = flags.string('dry-run');
  if (value === 'none' || value === 'client' || value === 'server') return value;
  if (value === 'unchanged') throw new CommandError('--dry-run flag without a value was specified. A value must be set: "none", "server", or "client".');
  if (value === 'true' || value === 'false') throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

/** What is added to `created` and the like. */
export function dryRunSuffix(dryRun: DryRun): string {
  return dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
}

export function dryRunQuery(dryRun: DryRun): { dryRun?: string } {
  return dryRun === 'server' ? { dryRun: 'All' } : {};
}

/** For DELETE: a body of options takes the place of the query. */
export function dryRunOption(dryRun: DryRun): { dryRun?: string[] } {
  return dryRun === 'server' ? { dryRun: ['All'] } : {};
}
