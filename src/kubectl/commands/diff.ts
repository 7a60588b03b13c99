import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWhole, stringifyWhole } from '../../apimachinery/whole-numbers.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import { FILE_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { CommandError, errorText, ManyErrors, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { copyJson, mapAt, type KubeJson } from '../kube-json.ts';
import { LAST_APPLIED } from '../last-applied.ts';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { yamlText } from '../../apimachinery/codec/yaml.ts';
import { infosOfFiles, type Info } from '../resources/select.ts';
import { threeWayPatch } from '../three-way.ts';
import { prunable, prunedResources } from './apply/prune.ts';

const FAILED = 2;

export const diff: Command = {
  name: 'diff', usage: '-f FILENAME', summary: 'Diff the live version against a would-be applied version',
  flags: {
    ...FILE_FLAGS, ...SELECTOR_FLAG, ...fieldManagerFlag('kubectl-client-side-apply'), 'server-side': flag.bool('If true, apply runs in the server instead of the client.'), 'force-conflicts': flag.bool('If true, server-side apply will force the changes against conflicts.'),
    'show-managed-fields': flag.bool('If true, include managed fields in the diff.'), concurrency: flag.int('Accepted for compatibility.', { default: '1' }), prune: flag.bool('Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned'), 'prune-allowlist': flag.list('Overwrite the default allowlist with <group/version/kind> for --prune', { isWhole: true }),
  },
  run: async (context) => {
    const { flags } = context;
    if (context.args.length > 0) throw new UsageError(`Unexpected args: [${context.args.join(' ')}]`);
    if (flags.list('filename').length === 0 && flags.string('kustomize') === '') throw new CommandError('must specify one of -f and -k', { exitCode: FAILED });
    const folders = { live: mkdtempSync(join(tmpdir(), 'LIVE-')), merged: mkdtempSync(join(tmpdir(), 'MERGED-')) };
    try {
      const selector = flags.string('selector') === '' ? undefined : parseLabelSelector(flags.string('selector'));
      const infos = (await infosOfFiles(context)).filter((info) => !selector || selector.matches(info.object.metadata.labels));
      const visited = { uids: new Set<string>(), namespaces: new Set(infos.flatMap(({ namespace }) => namespace ?? [])) };
      for (const info of infos) visited.uids.add((await writeBoth(context, info, folders))?.metadata.uid ?? '');
      if (flags.bool('prune')) {
        for (const { resource, object } of await prunable(context, await context.connection.lookUp((mapper) => prunedResources(mapper, flags.list('prune-allowlist'))), visited)) {
          writeFileSync(join(folders.live, fileName({ resource, namespace: object.metadata.namespace, name: object.metadata.name ?? '' })), yamlText(object.kind === 'Secret' ? masked(context, undefined, object)[1] : object));
        }
      }
      return await runDiff(context, [folders.live, folders.merged]);
    } catch (error) {
      if (error instanceof CommandError || error instanceof ManyErrors || StatusError.is(error)) throw new CommandError(errorText(error, ''), { exitCode: FAILED, cause: error, isBare: true });
      throw error;
    } finally {
      for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function writeBoth(context: CommandContext, info: Info, folders: { readonly live: string; readonly merged: string }): Promise<KubeJson | undefined> {
  const { connection } = context;
  let live: KubeJson | undefined;
  try {
    live = await connection.get(info.resource, info.namespace, info.name);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
  const merged = await wouldBe(context, info, live);
  const file = fileName(info);
  const [shownLive, shownMerged] = masked(context, live, merged);
  writeFileSync(join(folders.live, file), shownLive ? yamlText(shownLive) : merged.kind === 'Secret' ? 'null\n' : ''); // as kubectl does after it hid the values
  writeFileSync(join(folders.merged, file), yamlText(shownMerged));
  return live;
}

function fileName({ resource, namespace, name }: Pick<Info, 'resource' | 'namespace' | 'name'>): string {
  const group = resource.group === '' ? resource.version : `${resource.group}.${resource.version}`;
  return `${group}.${resource.kind}.${namespace ?? ''}.${name}`;
}

/** What apply would make of it, asked of the server without keeping it. */
async function wouldBe(context: CommandContext, info: Info, live: KubeJson | undefined): Promise<KubeJson> {
  const { connection, flags } = context;
  const path = connection.path(info.resource, info.namespace, info.name);
  const query = { dryRun: 'All', fieldManager: flags.string('field-manager') };
  if (flags.bool('server-side')) {
    const manager = flags.has('field-manager') ? flags.string('field-manager') : 'kubectl';
    return (await connection.request({ method: 'PATCH', path, query: { ...query, fieldManager: manager, force: String(flags.bool('force-conflicts')) }, headers: { 'content-type': 'application/apply-patch+yaml' }, body: stringifyWhole(info.object) })) as KubeJson;
  }
  const { metadata } = info.object;
  // Annotations that are there but empty: without them the live ones would all count as removed.
  const modified = { ...info.object, metadata: { ...metadata, annotations: metadata.annotations ?? {} } };
  if (!live) return (await connection.request({ method: 'POST', path: connection.collection(info.resource, info.namespace), query, body: info.object })) as KubeJson;
  const annotation = live.metadata.annotations?.[LAST_APPLIED];
  const { type, patch } = threeWayPatch(info.resource, annotation ? (parseWhole(annotation) as KubeJson) : {}, modified, live);
  const withVersion = { ...patch, metadata: { ...(patch['metadata'] as object | undefined), resourceVersion: live.metadata.resourceVersion } };
  return connection.patch(path, type, Object.keys(patch).length === 0 ? {} : withVersion, query);
}

/** Without managedFields, and with the values of Secrets hidden: only whether they change is told. */
function masked(context: CommandContext, live: KubeJson | undefined, merged: KubeJson): [KubeJson | undefined, KubeJson] {
  const [from, to] = [live && copyJson(live), copyJson(merged)];
  if (!context.flags.bool('show-managed-fields')) for (const one of [from, to]) if (one) delete one.metadata.managedFields;
  if (to.kind !== 'Secret' || to.apiVersion !== 'v1') return [from, to];
  const [before, after] = [mapAt(from, 'data'), mapAt(to, 'data')];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const isSame = before[key] === after[key];
    if (Object.hasOwn(before, key)) before[key] = !isSame && Object.hasOwn(after, key) ? '*** (before)' : '***';
    if (Object.hasOwn(after, key)) after[key] = isSame || live === undefined || !Object.hasOwn(mapAt(live, 'data'), key) ? '***' : '*** (after)';
  }
  for (const one of [from, to]) if (one?.metadata.annotations?.[LAST_APPLIED]) delete one.metadata.annotations[LAST_APPLIED];
  return [from, to];
}

/** `diff -u -N`, or the program and arguments of $KUBECTL_EXTERNAL_DIFF. Resolves with its exit code. */
function runDiff(context: CommandContext, folders: readonly string[]): Promise<number> {
  const { env } = context.io;
  const words = (env['KUBECTL_EXTERNAL_DIFF'] ?? '').split(' ').filter((word, index) => word !== '' && (index === 0 || /^[a-zA-Z0-9-=]+$/.test(word)));
  const [program = 'diff', ...args] = words.length > 0 ? words : ['diff', '-u', '-N'];
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, [...args, ...folders], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk: Buffer) => context.out(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => context.err(chunk.toString()));
  child.on('error', (error) => reject(new CommandError(`failed to run ${JSON.stringify(program)}: ${error.message}`, { exitCode: FAILED, cause: error })));
  child.on('close', (code) => resolve(code ?? FAILED));
  return promise;
}
