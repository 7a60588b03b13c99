import { createReadStream, createWriteStream, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, relative, resolve } from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Pack } from 'tar-stream';
import type { CommandContext } from './command.ts';
import { CommandError } from './errors.ts';
import { containerOf } from './pods-of.ts';
import { connectRemote } from './remote.ts';
import { exitCodeOf } from '../streaming/index.ts';

/** A path in a container; without a pod, one of this machine. */
export interface FileSpec {
  readonly namespace: string;
  readonly pod: string;
  readonly file: string;
}

interface Remote {
  readonly stdin?: (writable: Writable) => Promise<void>;
  readonly stdout?: (readable: Readable) => Promise<void>;
  /** What the command says on stderr is told only when it fails. */
  readonly isQuiet?: boolean;
}

/** Runs a command in the container with our streams. Resolves with its exit code; its stderr goes to ours. */
async function runIn(context: CommandContext, { namespace, pod }: FileSpec, words: readonly string[], streams: Remote): Promise<number> {
  const { connection, flags, io } = context;
  const resource = (await connection.mapper()).resource('pods');
  const object = await connection.get(resource, namespace, pod);
  const container = containerOf(context, object, flags.string('container'));
  const options = { stdin: streams.stdin !== undefined, stdout: true, stderr: true, tty: false };
  const query = new URLSearchParams([...words.map((word) => ['command', word]), ['container', container], ['stdout', 'true'], ['stderr', 'true'], ...(options.stdin ? [['stdin', 'true']] : [])]);
  const client = await connectRemote(context, connection.path(resource, namespace, pod, 'exec'), query, options);
  let said = '';
  const abort = (): void => client.close();
  io.signal.addEventListener('abort', abort, { once: true });
  try {
    const work = [
      client.stdin && streams.stdin ? streams.stdin(client.stdin) : undefined,
      client.stdout && (streams.stdout ? streams.stdout(client.stdout) : pipeline(client.stdout, io.stdout, { end: false })),
      client.stderr && (streams.isQuiet ? text(client.stderr).then((all) => void (said = all)) : pipeline(client.stderr, io.stderr, { end: false })),
    ];
    const settled = Promise.allSettled(work.map((one) => Promise.resolve(one)));
    const status = await client.status;
    const failure = (await settled).find((one) => one.status === 'rejected');
    const code = exitCodeOf(status);
    if (code === undefined) throw new CommandError(`Internal error occurred: ${(status.message ?? '').replace(/^Internal error occurred: /, '')}`);
    if (code !== 0) io.stderr.write(said);
    if (code === 0 && failure?.status === 'rejected') throw failure.reason;
    return code;
  } finally {
    io.signal.removeEventListener('abort', abort);
    client.close();
  }
}

/** Copies a file or folder into a container that has `tar`. A destination that is a folder gets it under its own name. */
export async function copyToPod(context: CommandContext, source: string, to: FileSpec): Promise<void> {
  const trimmed = to.file.length > 1 ? to.file.replace(/\/+$/, '') : to.file;
  const isFolder = (await runIn(context, to, ['test', '-d', trimmed], {})) === 0;
  const target = isFolder ? posix.join(trimmed, basename(resolve(source))) : trimmed;
  const words = ['tar', ...(context.flags.bool('no-preserve') ? ['--no-same-permissions', '--no-same-owner'] : []), '-xmf', '-'];
  const folder = posix.dirname(target);
  const code = await runIn(context, to, folder === '' || folder === '.' ? words : [...words, '-C', folder], {
    stdin: async (writable) => {
      const archive = pack();
      const written = pipeline(archive, writable);
      await packTree(archive, source, posix.basename(target));
      archive.finalize();
      await written;
    },
  });
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, { exitCode: code, isBare: true });
}

async function packTree(archive: Pack, path: string, name: string): Promise<void> {
  const link = lstatSync(path);
  const common = { mode: link.mode & 0o7777, mtime: link.mtime, uid: link.uid, gid: link.gid };
  if (link.isSymbolicLink()) return void archive.entry({ ...common, name, type: 'symlink', linkname: readlinkSync(path) });
  if (link.isDirectory()) {
    const names = readdirSync(path).sort();
    if (names.length === 0) archive.entry({ ...common, name: `${name}/`, type: 'directory' });
    for (const one of names) await packTree(archive, join(path, one), `${name}/${one}`);
    return;
  }
  if (!link.isFile()) return;
  await pipeline(createReadStream(path), archive.entry({ ...common, name, type: 'file', size: link.size }));
}

/** Copies a file or folder out of a container that has `tar`. Links and whatever would land outside of the destination are left out. */
export async function copyFromPod(context: CommandContext, from: FileSpec, destination: string): Promise<void> {
  const isFolder = statSync(destination, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const source = from.file.length > 1 ? from.file.replace(/\/+$/, '') : from.file;
  const target = isFolder ? join(destination, basename(source)) : destination;
  const prefix = source.replace(/^\/+/, '').replace(/^(?:\.\.?\/)+/, '');
  let count = 0;
  const code = await runIn(context, from, ['tar', 'cf', '-', source], {
    isQuiet: true, // of slashes that tar takes away
    stdout: async (readable) => {
      const archive = extract();
      const feeding = pipeline(readable, new PassThrough(), archive);
      for await (const entry of archive) {
        const { name, type, linkname, mode } = entry.header;
        const path = pathWithin(target, prefix, name);
        if (path === undefined || (type !== 'file' && type !== 'directory')) {
          if (type === 'symlink') context.err(`warning: skipping symlink: ${JSON.stringify(path ?? name)} -> ${JSON.stringify(linkname ?? '')} (consider using "kubectl exec -n ${JSON.stringify(from.namespace)} ${JSON.stringify(from.pod)} -- tar cf - ${JSON.stringify(source)} | tar xf -")\n`);
          else if (path === undefined) context.err(`warning: file ${JSON.stringify(name)} is outside target destination, skipping\n`);
          entry.resume();
          continue;
        }
        count++;
        if (type === 'directory') {
          mkdirSync(path, { recursive: true });
          entry.resume();
        } else {
          mkdirSync(dirname(path), { recursive: true });
          await pipeline(entry, createWriteStream(path, { mode: mode ?? 0o644 }));
        }
      }
      await feeding;
    },
  });
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, { exitCode: code, isBare: true });
  if (count === 0) throw new CommandError(`${from.file} no such file or directory`);
}

/** Where an entry goes under `target`; undefined for one that would leave it. */
function pathWithin(target: string, prefix: string, name: string): string | undefined {
  const plain = name.replace(/^\/+/, '').replace(/^(?:\.\/)+/, '');
  const own = plain === prefix || plain.startsWith(`${prefix}/`) ? plain.slice(prefix.length) : prefix === '' || prefix === '.' ? `/${plain}` : undefined;
  if (own === undefined) return undefined;
  const path = join(target, own);
  return relative(target, path).startsWith('..') ? undefined : path;
}
