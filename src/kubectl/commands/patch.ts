import { readFileSync } from 'node:fs';
import { hasReason } from '../../apimachinery/status.ts';
import { jsonEqual } from '../../apimachinery/patch/json.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, fieldManagerFlag } from '../command.ts';
import { MEDIA_TYPES } from '../connection.ts';
import { dryRunOf, dryRunQuery } from '../dry-run.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { patchedLocally } from '../local-patch.ts';
import { printResult } from '../printers/object-printer.ts';
import { groupVersion } from '../resources/rest-mapper.ts';
import { parseDocuments } from '../resources/documents.ts';
import { type Info, infosOfFiles, visitObjects } from '../resources/select.ts';

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
    local: flag.bool('If true, patch will operate on the content of the file, not the server-side resource.'),
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
    const isLocal = flags.bool('local');
    if (isLocal && context.args.length > 0) throw new CommandError('cannot specify --local and server resources');
    if (isLocal && dryRun === 'server') throw new CommandError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
    const patchOne = async (info: Info): Promise<void> => {
      const path = connection.path(info.resource, info.namespace, info.name, flags.string('subresource') || undefined);
      const patched = isLocal || dryRun === 'client' ? patchedLocally(info.object, type, parsed) : await connection.patch(path, type, parsed, { fieldManager: flags.string('field-manager'), ...dryRunQuery(dryRun) }).catch((error: unknown) => {
        throw hasReason(error, 'UnsupportedMediaType') ? new CommandError(`${MEDIA_TYPES[type]} is not supported by ${groupVersion(info.resource)}, Kind=${info.resource.kind}: ${error.message}`, { cause: error }) : error;
      });
      printResult(context, info.resource, patched, jsonEqual(patched, info.object) ? 'patched (no change)' : 'patched');
    };
    if (isLocal) for (const info of await infosOfFiles(context)) await patchOne(info);
    else await visitObjects(context, patchOne);
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
