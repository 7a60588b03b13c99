import type { Command, CommandContext } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { copyFromPod, copyToPod, type FileSpec } from '../copy.ts';
import { existsSync } from 'node:fs';

export const cp: Command = {
  name: 'cp', usage: '<file-spec-src> <file-spec-dest>', summary: 'Copy files and directories to and from containers',
  flags: {
    container: flag.string('Container name.', { short: 'c' }), 'no-preserve': flag.bool("The copied file/directory's ownership and permissions will not be preserved in the container"),
    retries: flag.int('Set number of retries to complete a copy operation from a container.'),
  },
  run: async (context) => {
    const { args } = context;
    if (args.length !== 2) throw new CommandError('source and destination are required');
    const [from, to] = [parseSpec(args[0] ?? ''), parseSpec(args[1] ?? '')];
    if (from.pod !== '' && to.pod !== '') throw new CommandError('one of src or dest must be a local file specification');
    if (from.file === '' || to.file === '') throw new CommandError('filepath can not be empty');
    if (from.pod !== '') return copyFromPod(context, inNamespace(context, from), to.file);
    if (to.pod !== '') {
      if (!existsSync(from.file)) throw new CommandError(`${from.file} doesn't exist in local filesystem`);
      return copyToPod(context, from.file, inNamespace(context, to));
    }
    throw new CommandError('one of src or dest must be a remote file specification');
  },
};

/** `file`, `pod:file`, `namespace/pod:file`. */
function parseSpec(text: string): FileSpec {
  const colon = text.indexOf(':');
  if (colon < 0) return { namespace: '', pod: '', file: text };
  if (colon === 0) throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  const [file, parts] = [text.slice(colon + 1), text.slice(0, colon).split('/')];
  if (parts.length === 1) return { namespace: '', pod: parts[0] ?? '', file };
  if (parts.length === 2) return { namespace: parts[0] ?? '', pod: parts[1] ?? '', file };
  throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path');
}

const inNamespace = (context: CommandContext, spec: FileSpec): FileSpec => ({ ...spec, namespace: spec.namespace || context.connection.namespace });
