import { isLabelValue } from '../../apimachinery/validation/labels.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { printResult } from '../printers/object-printer.ts';
import { type Info, visitObjects } from '../resources/select.ts';

const PAIR_FLAGS = {
  ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG, ...DRY_RUN_FLAG,
  all: flag.bool('Select all resources, in the namespace of the specified resource types'),
  'all-namespaces': flag.bool('If true, check the specified action in all namespaces.', { short: 'A' }),
  'field-selector': flag.string('Selector (field query) to filter on.'),
  overwrite: flag.bool('If true, allow labels to be overwritten.'),
  list: flag.bool('If true, display the labels for a given resource.'),
  'resource-version': flag.string('If non-empty, the labels update will only succeed if this is the current resource-version for the object.'),
  local: flag.bool('Not supported.'),
};

export const label: Command = {
  name: 'label', usage: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]', summary: 'Update the labels on a resource',
  flags: { ...PAIR_FLAGS, ...fieldManagerFlag('kubectl-label') }, run: (context) => changePairs(context, 'labels'),
};

export const annotate: Command = {
  name: 'annotate', usage: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]', summary: 'Update the annotations on a resource',
  flags: { ...PAIR_FLAGS, ...fieldManagerFlag('kubectl-annotate') }, run: (context) => changePairs(context, 'annotations'),
};

type Field = 'labels' | 'annotations';

interface Changes {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Arguments up to the first `key=value` or `key-` name resources. */
function splitArguments(args: readonly string[], field: Field): { resources: string[]; changes: Changes } {
  const first = args.findIndex((arg) => (arg.includes('=') && !arg.startsWith('=')) || (arg.endsWith('-') && arg.length > 1));
  const resources = first < 0 ? [...args] : args.slice(0, first);
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const arg of first < 0 ? [] : args.slice(first)) {
    const equals = arg.indexOf('=');
    if (equals > 0) {
      if (field === 'labels') refuseLabel(arg, arg.slice(equals + 1));
      set[arg.slice(0, equals)] = arg.slice(equals + 1);
    } else if (arg.endsWith('-')) remove.push(arg.slice(0, -1));
    else throw new CommandError('all resources must be specified before label changes: ' + arg);
  }
  const both = remove.filter((key) => Object.hasOwn(set, key));
  if (both.length > 0) throw new CommandError(`can not both modify and remove ${field === 'labels' ? 'a label' : 'the following annotation(s)'} in the same command${field === 'labels' ? '' : `: ${both.join(', ')}`}`);
  return { resources, changes: { set, remove } };
}

function refuseLabel(pair: string, value: string): void {
  if (value.includes('=')) throw new CommandError(`invalid label spec: ${pair}`);
  const complaints = isLabelValue(value);
  if (complaints.length > 0) throw new CommandError(`invalid label value: ${JSON.stringify(pair)}: ${complaints.join(';')}`);
}

async function changePairs(context: CommandContext, field: Field): Promise<void> {
  const { flags } = context;
  const { resources, changes } = splitArguments(context.args, field);
  if (resources.length === 0 && flags.list('filename').length === 0) throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (Object.keys(changes.set).length + changes.remove.length === 0 && !flags.bool('list')) throw new CommandError(`at least one ${field === 'labels' ? 'label' : 'annotation'} update is required`);
  if (flags.bool('list')) return list(context, field, resources, changes);
  await visitObjects(context, (info) => changeOne(context, info, field, changes), resources);
}

/** As they would be with the changes, of which none is written. A heading stands over each object but a lone one that was named. */
async function list(context: CommandContext, field: Field, resources: readonly string[], changes: Changes): Promise<void> {
  const { flags } = context;
  const infos: Info[] = [];
  await visitObjects(context, async (info) => void infos.push(info), resources);
  const isNamed = !flags.bool('all') && flags.string('selector') === '' && flags.string('field-selector') === '';
  const isLone = infos.length === 1 && isNamed;
  for (const { object, resource, name } of infos) {
    const before = object.metadata[field] ?? {};
    refuseOverwrites(context, before, field, changes);
    if (!isLone) context.out(`Listing ${field} for ${resource.kind}.${resource.group}/${name}:\n`);
    for (const [key, value] of sortedPairs(changed(before, changes))) context.out(`${isLone ? '' : ' '}${key}=${value}\n`);
  }
}

function changed(before: Readonly<Record<string, string>>, { set, remove }: Changes): Record<string, string> {
  const after = { ...before, ...set };
  for (const key of remove) delete after[key];
  return after;
}

function refuseOverwrites({ flags }: CommandContext, before: Readonly<Record<string, string>>, field: Field, { set }: Changes): void {
  if (flags.bool('overwrite')) return;
  for (const [key, value] of Object.entries(set)) {
    const old = before[key];
    if (old === undefined || old === value) continue;
    throw new CommandError(field === 'labels' ? `'${key}' already has a value (${old}), and --overwrite is false` : `--overwrite is false but found the following declared annotation(s): '${key}' already has a value (${old})`);
  }
}

async function changeOne(context: CommandContext, info: Info, field: Field, changes: Changes): Promise<void> {
  const { connection, flags } = context;
  const before = info.object.metadata[field] ?? {};
  refuseOverwrites(context, before, field, changes);
  if (field === 'labels') for (const key of changes.remove) if (!Object.hasOwn(before, key)) context.out(`label ${JSON.stringify(key)} not found.\n`);
  const after = changed(before, changes);
  const hasChanged = JSON.stringify(sortedPairs(before)) !== JSON.stringify(sortedPairs(after));
  const patch: Record<string, string | null> = { ...changes.set };
  for (const key of changes.remove) patch[key] = null;
  const dryRun = dryRunOf(flags);
  const version = flags.string('resource-version');
  const body = { metadata: { [field]: patch, ...(version && { resourceVersion: version }) } };
  const path = connection.path(info.resource, info.namespace, info.name);
  const isWritten = dryRun !== 'client' && (hasChanged || version !== '' || field === 'annotations');
  const object = isWritten ? await connection.patch(path, 'merge', body, { fieldManager: flags.string('field-manager'), ...dryRunQuery(dryRun) }) : { ...info.object, metadata: { ...info.object.metadata, [field]: after } };
  const isShorter = JSON.stringify(after).length < JSON.stringify(before).length;
  const verb = field === 'annotations' ? 'annotated' : !hasChanged ? 'not labeled' : isShorter && !flags.bool('overwrite') ? 'unlabeled' : 'labeled';
  printResult(context, info.resource, object, `${verb}${dryRunSuffix(dryRun)}`);
}

function sortedPairs(map: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
