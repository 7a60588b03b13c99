import { hasReason } from '../../apimachinery/status.ts';
import { FILE_FLAGS, SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { describeObject } from '../describe/index.ts';
import { fetchTarget, type Info, targetsOf, visitObjects } from '../resources/select.ts';

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
    const show = async (info: Info): Promise<void> => {
      context.out(`${isFirst ? '' : '\n\n'}${await describeObject(context, info)}`);
      isFirst = false;
    };
    const count = await visitObjects(context, show).catch(async (error: unknown) => {
      const found = hasReason(error, 'NotFound') ? await namedLike(context) : [];
      if (found.length === 0) throw error;
      for (const info of found) context.out(`${await describeObject(context, info)}\n`);
      return found.length;
    });
    if (count === 0) context.err(`No resources found in ${connection.namespace} namespace.\n`);
  },
};

/** `TYPE NAME_PREFIX`: all that begin so, where nothing has just that name. Source: kubectl pkg/cmd/describe, DescribeMatchingResources. */
async function namedLike(context: CommandContext): Promise<Info[]> {
  const { args, connection } = context;
  const [type = '', prefix = ''] = args;
  if (args.length !== 2 || type.includes('/') || prefix.includes('/')) return [];
  const targets = await connection.lookUp((mapper) => targetsOf(mapper, [type], connection.namespace));
  const infos = await Promise.all(targets.map((target) => fetchTarget(context, target)));
  return infos.flat().filter(({ name }) => name.startsWith(prefix));
}
