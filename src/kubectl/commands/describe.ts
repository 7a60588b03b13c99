import { FILE_FLAGS, SELECTOR_FLAG, type Command } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { describeGeneric } from '../describe/generic.ts';
import { visitObjects } from '../resources/select.ts';

/** Shows every kind field by field: describers of single kinds do not exist yet. */
export const describe: Command = {
  name: 'describe',
  usage: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  summary: 'Show details of a specific resource or group of resources',
  flags: {
    ...FILE_FLAGS, ...SELECTOR_FLAG,
    'all-namespaces': flag.bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    all: flag.bool('Accepted for compatibility.', { default: 'true' }),
    'show-events': flag.bool('If true, display events related to the described object.', { default: 'true' }),
    'chunk-size': flag.int('Accepted for compatibility.', { default: '500' }),
  },
  run: async (context) => {
    const { connection, flags, io } = context;
    if (context.args.length === 0 && flags.list('filename').length === 0) throw new CommandError('You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.', { isBare: true });
    const events = (await connection.mapper()).resource('events');
    let isFirst = true;
    const count = await visitObjects(context, async (info) => {
      const fieldSelector = `involvedObject.name=${info.name},involvedObject.uid=${info.object.metadata.uid ?? ''}`;
      const found = flags.bool('show-events') ? await connection.list(events, info.namespace, { fieldSelector }) : undefined;
      context.out(`${isFirst ? '' : '\n\n'}${describeGeneric(info.object, found, io.clock.now())}`);
      isFirst = false;
    });
    if (count === 0) context.err(`No resources found in ${connection.namespace} namespace.\n`);
  },
};
