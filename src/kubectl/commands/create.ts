import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { CommandError, oneOf, UsageError, withSource } from '../errors.ts';
import { flag } from '../flags.ts';
import { LAST_APPLIED, withLastApplied } from '../last-applied.ts';
import { printResult } from '../printers/object-printer.ts';
import { rawFlag, sendRaw } from '../raw.ts';
import { infosOfFiles, type Info } from '../resources/select.ts';
import { editObjects } from './edit.ts';
import { createSubcommands } from './create/index.ts';

export const create: Command = {
  name: 'create',
  usage: '-f FILENAME',
  summary: 'Create a resource from a file or from stdin',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...SELECTOR_FLAG, ...fieldManagerFlag('kubectl-create'),
    'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
    validate: flag.string('Must be one of: strict (or true), warn, ignore (or false).', { default: 'strict', ifBare: 'strict' }),
    ...rawFlag('POST'),
    edit: flag.bool('Edit the API resource before creating'), 'windows-line-endings': flag.bool('Accepted for compatibility.'),
  },
  subcommands: createSubcommands,
  run: async (context) => {
    if (context.args.length > 0) throw new UsageError(`Unexpected args: [${context.args.join(' ')}]`);
    if (context.flags.list('filename').length === 0 && context.flags.string('kustomize') === '') {
      context.err(`error: must specify one of -f and -k\n`);
      return 1;
    }
    if (context.flags.string('raw') !== '') {
      if (context.flags.bool('edit')) throw new CommandError('--raw and --edit are mutually exclusive');
      await sendRaw(context, 'POST');
      return 0;
    }
    if (context.flags.bool('edit')) return editObjects(context, await infosOfFiles(context), (info, object) => createOne(context, { ...info, object }), true);
    fieldValidationOf(context);
    dryRunOf(context.flags);
    const errors: unknown[] = [];
    const failures: unknown[] = [];
    for (const info of await infosOfFiles(context, failures)) {
      try {
        await createOne(context, info);
      } catch (error) {
        errors.push(withSource(error, 'creating', info.source));
      }
    }
    if (errors.length + failures.length > 0) throw oneOf([...errors, ...failures]);
    return 0;
  },
};

async function createOne(context: CommandContext, info: Info): Promise<void> {
  const dryRun = dryRunOf(context.flags);
  const object = context.flags.bool('save-config') || info.object.metadata.annotations?.[LAST_APPLIED] !== undefined ? withLastApplied(info.object) : info.object;
  const created = dryRun === 'client' ? object : await postObject(context, { ...info, object });
  printResult(context, info.resource, created, `created${dryRunSuffix(dryRun)}`);
}

/** Creates an object as the flags of the command say; a version that it had elsewhere is left out. Source: cli-runtime pkg/resource/helper.go, CreateWithOptions. */
export async function postObject(context: CommandContext, info: Info): Promise<Info['object']> {
  const { connection, flags } = context;
  const { resourceVersion: _, ...metadata } = info.object.metadata;
  const query = { fieldManager: flags.string('field-manager'), fieldValidation: fieldValidationOf(context), ...dryRunQuery(dryRunOf(flags)) };
  return (await connection.request({ method: 'POST', path: connection.collection(info.resource, info.namespace), query, body: { ...info.object, metadata } })) as Info['object'];
}

export function fieldValidationOf(context: CommandContext): string {
  const value = context.flags.knows('validate') ? context.flags.string('validate') : 'strict';
  const validation = { strict: 'Strict', true: 'Strict', warn: 'Warn', ignore: 'Ignore', false: 'Ignore' }[value];
  if (!validation) throw new CommandError(`invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`);
  return validation;
}
