import type { CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { type Info, visitObjects } from '../../resources/select.ts';

/** What a command of `rollout` is about: a type alone means all of its objects in the namespace. */
export async function visitRollouts(context: CommandContext, visit: (info: Info) => Promise<void>): Promise<number> {
  const { args, flags } = context;
  if (args.length === 0 && flags.list('filename').length === 0 && flags.string('kustomize') === '') throw new CommandError('required resource not specified');
  return visitObjects(context, visit, args, { takesAll: true });
}
