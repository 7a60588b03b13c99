import { DRY_RUN_FLAG, SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { ManyErrors, UsageError } from '../errors.ts';
import { at } from '../kube-json.ts';
import { type Info, visitObjects } from '../resources/select.ts';

const FLAGS = { ...DRY_RUN_FLAG, ...SELECTOR_FLAG };

export const cordon: Command = { name: 'cordon', usage: 'NODE', summary: 'Mark node as unschedulable', flags: FLAGS, run: (context) => setSchedulable(context, true) };
export const uncordon: Command = { name: 'uncordon', usage: 'NODE', summary: 'Mark node as schedulable', flags: FLAGS, run: (context) => setSchedulable(context, false) };

async function setSchedulable(context: CommandContext, unschedulable: boolean): Promise<void> {
  for (const node of await nodesOf(context)) await markNode(context, node, unschedulable);
}

/** The nodes that arguments or a selector name. Throws when none is named, or one is missing. */
export async function nodesOf(context: CommandContext): Promise<Info[]> {
  const { args, flags, commandPath } = context;
  if (args.length === 0 && flags.string('selector') === '') throw new UsageError(`USAGE: ${commandPath.replace('kubectl ', '')} NODE [flags]`);
  if (args.length > 0 && flags.string('selector') !== '') throw new UsageError('cannot specify both a node name and a --selector option');
  const nodes: Info[] = [];
  const errors: unknown[] = [];
  await visitObjects(context, async (info) => void nodes.push(info), args[0]?.includes('/') ? args : ['nodes', ...args]).catch((error: unknown) => void errors.push(...(error instanceof ManyErrors ? error.errors : [error])));
  if (errors.length > 0) throw errors[0]; // the first that is missing ends it
  return nodes;
}

/** `node/a cordoned`, or that it was so already. */
export async function markNode(context: CommandContext, node: Info, unschedulable: boolean): Promise<void> {
  const dryRun = dryRunOf(context.flags);
  const is = at(node.object, 'spec', 'unschedulable') === true;
  const verb = unschedulable ? 'cordoned' : 'uncordoned';
  if (is === unschedulable) {
    context.out(`node/${node.name} already ${verb}${dryRunSuffix(dryRun)}\n`);
    return;
  }
  if (dryRun !== 'client') {
    const path = context.connection.path(node.resource, undefined, node.name);
    await context.connection.patch(path, 'strategic', { spec: { unschedulable: unschedulable || null } }, { fieldManager: 'kubectl-cordon', ...dryRunQuery(dryRun) });
  }
  context.out(`node/${node.name} ${verb}${dryRunSuffix(dryRun)}\n`);
}
