import { readFileSync } from 'node:fs';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, fieldManagerFlag } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { printResult } from '../printers/object-printer.ts';
import { parseDocuments } from '../resources/documents.ts';
import { visitObjects } from '../resources/select.ts';

export const patch: Command = {
  name: 'patch',
  usage: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  summary: 'Update fields of a resource',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-patch'),
    patch: flag.string('The patch to be applied to the resource JSON file.', { short: 'p' }),
    'patch-file': flag.string('A file containing a patch to be applied to the resource.'),
    type: flag.string('The type of patch being provided; one of [json merge strategic]', { default: 'strategic' }),
    subresource: flag.string('If specified, patch will operate on the subresource of the requested object.'),
    local: flag.bool('Not supported.'),
  },
  run: async (context) => {
    const { connection, flags } = context;
    const [given, file] = [flags.string('patch'), flags.string('patch-file')];
    if (given && file) throw new CommandError('cannot specify --patch and --patch-file together');
    if (!given && !file) throw new CommandError('must specify --patch or --patch-file containing the contents of the patch');
    const type = flags.string('type').toLowerCase();
    if (type !== 'json' && type !== 'merge' && type !== 'strategic') throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.string('type'))}`);
    const text = given || readPatch(file);
    let parsed: unknown;
    try {
      [parsed] = parseDocuments(text, 'patch');
    } catch (error) {
      throw new CommandError(`unable to parse ${JSON.stringify(text)}: ${(error as Error).message}`, { cause: error });
    }
    const dryRun = dryRunOf(flags);
    await visitObjects(context, async (info) => {
      const path = connection.path(info.resource, info.namespace, info.name, flags.string('subresource') || undefined);
      const patched = dryRun === 'client' ? info.object : await connection.patch(path, type, parsed, { fieldManager: flags.string('field-manager'), ...dryRunQuery(dryRun) });
      const isSame = patched.metadata.resourceVersion === info.object.metadata.resourceVersion && dryRun === 'none';
      printResult(context, info.resource, patched, `patched${isSame ? ' (no change)' : ''}${dryRunSuffix(dryRun)}`);
    });
  },
};

function readPatch(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CommandError(`unable to read patch file: open ${path}: no such file or directory`, { cause: error });
  }
}
