import { FILE_FLAGS, SELECTOR_FLAG, type Command } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { describeObject } from '../describe/index.ts';
import { visitObjects } from '../resources/select.ts';

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
    const { connection, flags } = context;
    if (context.args.length === 0 && flags.list('filename').length === 0) throw new CommandError('You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.');
    let isFirst = true;
    const count = await visitObjects(context, async (info) => {
      context.out(`${isFirst ? '' : '\n\n'}${await describeObject(context, info)}`);
      isFirst = false;
    });
    if (count === 0) context.err(`No resources found in ${connection.namespace} namespace.\n`);
  },
};
