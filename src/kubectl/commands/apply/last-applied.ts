import { goJson } from '../../../apimachinery/go-json.ts';
import { parseWhole, stringifyWhole } from '../../../apimachinery/whole-numbers.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../../dry-run.ts';
import { CommandError, UsageError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import type { KubeJson } from '../../kube-json.ts';
import { LAST_APPLIED, withLastApplied } from '../../last-applied.ts';
import { yamlText } from '../../../apimachinery/codec/yaml.ts';
import { printResult, sortKeys } from '../../printers/object-printer.ts';
import { type Info, infosOfFiles, NO_RESOURCES, visitObjects } from '../../resources/select.ts';
import { editObjects } from '../edit.ts';

/** The annotation from which the next apply learns what was removed: to be seen, set and edited. */
export const lastAppliedCommands: readonly Command[] = [
  {
    name: 'view-last-applied', usage: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)', summary: 'View the latest last-applied-configuration annotations of a resource/object',
    flags: { ...FILE_FLAGS, ...SELECTOR_FLAG, output: flag.string('Output format. Must be one of (yaml, json)', { short: 'o', default: 'yaml' }), all: flag.bool('Select all resources in the namespace of the specified resource types') },
    run: view,
  },
  {
    name: 'set-last-applied', usage: '-f FILENAME', summary: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
    flags: { ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-last-applied'), 'create-annotation': flag.bool("Will create 'last-applied-configuration' annotations if current objects doesn't have one") },
    run: async (context) => {
      if (context.flags.list('filename').length === 0) throw new CommandError(NO_RESOURCES);
      for (const info of await infosOfFiles(context)) await set(context, info);
    },
  },
  {
    name: 'edit-last-applied', usage: '(RESOURCE/NAME | -f FILENAME)', summary: 'Edit latest last-applied-configuration annotations of a resource/object',
    flags: { ...PRINT_FLAGS, ...FILE_FLAGS, ...fieldManagerFlag('kubectl-client-side-apply'), validate: flag.string('Must be one of: strict (or true), warn, ignore (or false).', { default: 'strict', ifBare: 'strict' }), 'windows-line-endings': flag.bool('Accepted for compatibility.') },
    run: (context) => edit(context),
  },
];

function isNamed({ args, flags }: CommandContext): boolean {
  return args.length > 0 || flags.list('filename').length > 0 || flags.string('kustomize') !== '';
}

async function view(context: CommandContext): Promise<void> {
  const output = context.flags.string('output');
  if (output !== 'yaml' && output !== 'json') throw new UsageError(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
  if (!isNamed(context)) throw new CommandError(NO_RESOURCES);
  if (context.flags.bool('all')) throw new CommandError("setting 'all' parameter but found a non empty selector. "); // the selector that nobody gave counts as one
  await visitObjects(context, async ({ object }) => {
    const text = object.metadata.annotations?.[LAST_APPLIED];
    if (text === undefined) return;
    const applied = parseWhole(text);
    context.out(output === 'json' ? `${stringifyWhole(sortKeys(applied), null, 2)}\n` : yamlText(applied));
  }, context.args, { takesAll: true });
}

async function set(context: CommandContext, info: Info): Promise<void> {
  const { connection, flags } = context;
  const dryRun = dryRunOf(flags);
  const current = await connection.get(info.resource, info.namespace, info.name);
  const before = current.metadata.annotations?.[LAST_APPLIED];
  if (before === undefined && !flags.bool('create-annotation')) throw new CommandError(`no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`);
  const after = `${goJson(info.object)}\n`;
  if (before === after) return context.out(`set-last-applied ${info.name}: no changes required.\n`);
  const patch = { metadata: { annotations: { [LAST_APPLIED]: after } } };
  const object = dryRun === 'client' ? current : await connection.patch(connection.path(info.resource, info.namespace, info.name), 'merge', patch, { fieldManager: flags.string('field-manager'), ...dryRunQuery(dryRun) });
  printResult(context, info.resource, object, `configured${dryRunSuffix(dryRun)}`);
}

/** The editor gets what was applied; what it leaves becomes the annotation. */
async function edit(context: CommandContext): Promise<number> {
  const { connection, flags } = context;
  if (!isNamed(context)) throw new CommandError(NO_RESOURCES);
  const infos: Info[] = [];
  await visitObjects(context, async (info) => {
    const text = info.object.metadata.annotations?.[LAST_APPLIED];
    if (text === undefined) throw new CommandError(`no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, use the command 'kubectl apply set-last-applied --create-annotation'`);
    infos.push({ ...info, object: parseWhole(text) as KubeJson });
  });
  return editObjects(context, infos, async (info, edited) => {
    const annotation = withLastApplied(edited).metadata.annotations?.[LAST_APPLIED] ?? '';
    const patch = { metadata: { annotations: { [LAST_APPLIED]: annotation } } };
    const object = await connection.patch(connection.path(info.resource, info.namespace, info.name), 'merge', patch, { fieldManager: flags.string('field-manager') });
    printResult(context, info.resource, object, 'edited');
  });
}
