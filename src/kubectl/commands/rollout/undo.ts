import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext } from '../../command.ts';
import { describePodTemplate } from '../../describe/pod-template.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../../dry-run.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { annotationsAfterUndo, chooseRevision, isAtRevision, type Revision, revisionsOf } from '../../history.ts';
import { at } from '../../kube-json.ts';
import { printResult } from '../../printers/object-printer.ts';
import { groupKind, type Info } from '../../resources/select.ts';
import { visitRollouts } from './targets.ts';

const KINDS = ['Deployment', 'DaemonSet', 'StatefulSet'];

export const undo: Command = {
  name: 'undo', usage: '(TYPE NAME | TYPE/NAME) [flags]', summary: 'Undo a previous rollout', flags: { ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG, ...DRY_RUN_FLAG, 'to-revision': flag.int('The revision to rollback to. Default to 0 (last revision).') },
  run: async (context) => void (await visitRollouts(context, (info) => undoOne(context, info))),
};

async function undoOne(context: CommandContext, info: Info): Promise<void> {
  if (!KINDS.includes(info.object.kind ?? '')) throw new CommandError(`no rollbacker has been implemented for ${JSON.stringify(groupKind(info))}`);
  const number = context.flags.int('to-revision');
  if (number < 0) throw new CommandError(`unable to find specified revision ${number} in history`);
  const revision = chooseRevision(await revisionsOf(context, info), number, info);
  const dryRun = dryRunOf(context.flags);
  if (dryRun === 'client') return printResult(context, info.resource, info.object, `${describePodTemplate(revision.kept)}${dryRunSuffix(dryRun)}`);
  if (at(info.object, 'spec', 'paused') === true) throw new CommandError(`you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`);
  if (isAtRevision(info.object, revision)) return printResult(context, info.resource, info.object, `skipped rollback (current template already matches revision ${revision.number})`);
  await restore(context, info, revision);
  return printResult(context, info.resource, info.object, `rolled back${dryRunSuffix(dryRun)}`);
}

async function restore(context: CommandContext, info: Info, revision: Revision): Promise<void> {
  const { connection, flags } = context;
  const path = connection.path(info.resource, info.namespace, info.name);
  const query = dryRunQuery(dryRunOf(flags));
  if (info.object.kind !== 'Deployment') {
    await connection.patch(path, 'strategic', revision.source['data'], query);
    return;
  }
  await connection.patch(path, 'json', [
    { op: 'replace', path: '/spec/template', value: revision.template },
    { op: info.object.metadata.annotations ? 'replace' : 'add', path: '/metadata/annotations', value: annotationsAfterUndo(info.object, revision) },
  ], query);
}
