import { FILE_FLAGS, PRINT_FLAGS, DRY_RUN_FLAG, fieldManagerFlag, type Command, SELECTOR_FLAG } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { parseLabelSelector } from '../../../apimachinery/selectors/label-selector.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { changeObjects } from './change.ts';
import { NO_RESOURCES } from '../../resources/select.ts';

export const selector: Command = {
  name: 'selector', usage: '(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]', summary: 'Set the selector on a resource',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-set'), ...SELECTOR_FLAG, all: flag.bool('Select all resources in the namespace of the specified resource types'), local: flag.bool('If true, annotation will NOT contact api-server but run locally.'),
    'resource-version': flag.string('If non-empty, the selectors update will only succeed if this is the current resource-version for the object.'),
  },
  run: async (context) => {
    const { args, flags } = context;
    const expression = args.at(-1);
    if (expression === undefined || (args.length < 2 && flags.list('filename').length === 0)) {
      throw new CommandError(NO_RESOURCES);
    }
    const { labels, expressions } = partsOf(expression);
    const version = flags.string('resource-version');
    await changeObjects(context, args.slice(0, -1), { verb: 'selector updated', alwaysPrints: true }, (object) => {
      if (version) object.metadata.resourceVersion = version;
      const { spec } = object as { spec?: unknown };
      if (object.kind !== 'Service' || !isObject(spec)) throw new CommandError('setting a selector is only supported for Services');
      if (expressions.length > 0) throw new CommandError(`match expression [${expressions.join(' ')}] not supported on this object`);
      spec['selector'] = labels;
    });
  },
};

/** Operators of set-based requirements, as objects have them. */
const SET_BASED: Readonly<Record<string, string>> = { in: 'In', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist' };

/** Pairs of labels, and all else as Go prints it. */
function partsOf(expression: string): { labels: Record<string, string>; expressions: string[] } {
  const labels: Record<string, string> = {};
  const expressions: string[] = [];
  for (const { key, operator, values } of parseLabelSelector(expression).requirements) {
    const setBased = SET_BASED[operator];
    if (operator === '=' || operator === '==') labels[key] = [...values][0] ?? '';
    else if (setBased) expressions.push(`{${key} ${setBased} [${[...values].join(' ')}]}`);
    else throw new CommandError(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
  return { labels, expressions };
}
