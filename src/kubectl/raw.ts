import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { CommandContext } from './command.ts';
import { CommandError } from './errors.ts';
import { flag, type FlagSpecs } from './flags.ts';
import { stringifyWhole } from '../apimachinery/whole-numbers.ts';

export const rawFlag = (verb: string): FlagSpecs => ({ raw: flag.string(`Raw URI to ${verb} to the server.  Uses the transport specified by the kubeconfig file.`) });

/** `--raw PATH`: the one file of `-f`, or nothing, goes to the server as it is; its answer is printed as it is. Source: kubectl pkg/rawhttp. */
export async function sendRaw(context: CommandContext, method: 'POST' | 'PUT' | 'DELETE'): Promise<void> {
  const { args, connection, flags, io } = context;
  const raw = flags.string('raw');
  if (args.length > 0 && method !== 'DELETE') throw new CommandError('arguments may not be passed when --raw is specified');
  if (flags.list('filename').length > 1) throw new CommandError('--raw can only use a single local file or stdin');
  if (flags.string('output') !== '') throw new CommandError('--raw and --output are mutually exclusive');
  const { path, query } = rawTarget(raw, connection.options.server);
  const [file] = flags.list('filename');
  const body = file === undefined ? undefined : file === '-' ? (await buffer(io.stdin)).toString() : readFileSync(file, 'utf8');
  const answer = await connection.request({ method, path, query, ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }) });
  context.out(typeof answer === 'string' ? answer : `${stringifyWhole(answer)}\n`);
}

/** A path, or a whole URL of the server, taken apart. Throws CommandError for what is neither. */
export function rawTarget(raw: string, server: string): { path: string; query: Record<string, string[]> } {
  if (!raw.startsWith('/') && !/^https?:\/\//.test(raw)) throw new CommandError(`--raw must be a valid URL path: parse ${JSON.stringify(raw)}: invalid URI for request`);
  const url = new URL(raw, server);
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  return { path: url.pathname, query };
}
