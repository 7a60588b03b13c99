import { FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { describePodTemplate } from '../../describe/pod-template.ts';
import { flag } from '../../flags.ts';
import { annotatedTemplate, type Revision, revisionsOf } from '../../history.ts';
import { objectPrinter } from '../../printers/object-printer.ts';
import { alignTabs, DESCRIBE_TABS } from '../../printers/tab-writer.ts';
import { groupKind, labelOf } from '../../resources/select.ts';
import { visitRollouts } from './targets.ts';

const KINDS = ['Deployment', 'DaemonSet', 'StatefulSet'];
/** Kinds that have pods; of the others stock kubectl says it in other words. */
const VISITED = [...KINDS, 'Pod', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob'];

export const history: Command = {
  name: 'history', usage: '(TYPE NAME | TYPE/NAME) [flags]', summary: 'View rollout history', flags: { ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG, revision: flag.int('See the details, including podTemplate of the revision specified') },
  run: async (context) => {
    const { flags } = context;
    const number = flags.int('revision');
    if (number < 0) throw new CommandError('revision must be a positive integer: ' + String(number));
    await visitRollouts(context, async (info) => {
      if (!VISITED.includes(info.object.kind ?? '')) throw new CommandError(`error retrieving history for ${JSON.stringify(groupKind(info))}, no visitor method exists for {${info.resource.group} ${info.object.kind}}`);
      if (!KINDS.includes(info.object.kind ?? '')) throw new CommandError(`no history viewer has been implemented for ${JSON.stringify(groupKind(info))}`);
      const revisions = await revisionsOf(context, info);
      const printer = objectPrinter(context);
      if (printer && flags.string('output') === '') return context.out(printer(info.object, info.resource)); // a template alone is about the workload itself
      if (printer) {
        if (number > 0 && !revisions.some((one) => one.number === number)) throw new CommandError('unable to find the specified revision');
        const resource = info.object.kind === 'Deployment' ? (await context.connection.mapper()).resource('replicasets.apps') : info.resource;
        for (const { shown } of number > 0 ? revisions.filter((one) => one.number === number) : revisions) context.out(printer(shown, resource));
        return;
      }
      const text = number > 0 ? detailsOf(revisions, number) : tableOf(revisions);
      context.out(`${labelOf(info)} ${number > 0 ? `with revision #${number}` : ''}\n${text}\n`);
    });
  },
};

function tableOf(revisions: readonly Revision[]): string {
  if (revisions.length === 0) return 'No rollout history found.';
  const rows = revisions.map((one) => `${one.number}\t${one.changeCause || '<none>'}`);
  return `${alignTabs(['REVISION\tCHANGE-CAUSE', ...rows].join('\n'), DESCRIBE_TABS)}\n`;
}

function detailsOf(revisions: readonly Revision[], number: number): string {
  if (revisions.length === 0) return 'No rollout history found.';
  const found = revisions.find((one) => one.number === number);
  if (!found) throw new CommandError('unable to find the specified revision');
  return describePodTemplate(annotatedTemplate(found));
}
