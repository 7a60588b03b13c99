import type { KubeJson } from '../kube-json.ts';
import { textAt } from '../kube-json.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { waitUntilGone } from '../deletion.ts';
import { dryRunOf, dryRunOption, dryRunSuffix } from '../dry-run.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, ManyErrors, withSource } from '../errors.ts';
import { flag } from '../flags.ts';
import { rawFlag, sendRaw } from '../raw.ts';
import { kindLabel } from '../resources/rest-mapper.ts';
import { allTargets, fetchTarget, isAllNamespaces, labelOf, NO_RESOURCES, type Target } from '../resources/select.ts';

export const deleteCommand: Command = {
  name: 'delete',
  usage: '([-f FILENAME] | TYPE [(NAME | -l label | --all)])',
  summary: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  flags: {
    ...FILE_FLAGS, ...SELECTOR_FLAG, ...DRY_RUN_FLAG,
    ...rawFlag('DELETE'),
    all: flag.bool('Delete all resources, in the namespace of the specified resource types.'),
    'all-namespaces': flag.bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    cascade: flag.string('Must be "background", "orphan", or "foreground".', { default: 'background', ifBare: 'background' }),
    'field-selector': flag.string('Selector (field query) to filter on.'),
    force: flag.bool('If true, immediately remove resources from API and bypass graceful deletion.'),
    'grace-period': flag.int('Period of time in seconds given to the resource to terminate gracefully.', { default: '-1' }),
    'ignore-not-found': flag.bool('Treat "resource not found" as a successful delete.'),
    interactive: flag.bool('If true, delete resource only when user confirms.', { short: 'i' }),
    now: flag.bool('If true, resources are signaled for immediate shutdown (same as --grace-period=1).'),
    output: flag.string('Output mode. Use "-o name" for shorter output (resource/name).', { short: 'o' }),
    timeout: flag.duration('The length of time to wait before giving up on a delete.', { default: '0s' }),
    wait: flag.bool('If true, wait for resources to be gone before returning.', { default: 'true' }),
  },
  run: (context) => deleteTargets(context),
};

async function deleteTargets(context: CommandContext): Promise<number> {
  const { flags } = context;
  const output = flags.string('output');
  if (output !== '' && output !== 'name') throw new CommandError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (flags.string('raw') !== '') {
    await sendRaw(context, 'DELETE');
    return 0;
  }
  warnOfBooleanCascade(context);
  const { gracePeriodSeconds, isForced } = gracePeriod(context);
  if (context.args.length === 0 && flags.bool('all')) throw new CommandError('at least one resource must be specified to use a selector');
  if (context.args.length === 0 && flags.list('filename').length === 0 && flags.string('kustomize') === '') throw new CommandError(NO_RESOURCES);
  if (flags.bool('all') && (context.args.length > 1 || context.args.some((arg) => arg.includes('/')))) throw new CommandError('name cannot be provided when a selector is specified');
  if (flags.bool('all') && (flags.string('selector') !== '' || flags.string('field-selector') !== '')) throw new CommandError("setting 'all' parameter but found a non empty selector. ");
  if (isForced) context.err('Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n');
  const isIgnoring = flags.bool('ignore-not-found') || (flags.bool('all') && !flags.has('ignore-not-found'));
  const { targets, errors } = await resolvedTargets(context);
  if (flags.bool('interactive') && targets.length > 0 && !(await isConfirmed(context, targets))) {
    context.out('deletion is cancelled\n');
    return 0;
  }
  if (context.connection.options.isNamespaceForced && !flags.bool('all-namespaces') && targets.some(({ resource }) => !resource.namespaced)) context.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
  const waiting: Parameters<typeof waitUntilGone>[1][] = [];
  for (const one of targets) {
    try {
      waiting.push({ ...one, name: one.name ?? '', uid: await deleteOne(context, one, gracePeriodSeconds, isForced) });
    } catch (error) {
      if (!(isIgnoring && (error as { reason?: string }).reason === 'NotFound')) errors.push(withSource(error, 'deleting', one.source ?? ''));
    }
  }
  if (flags.bool('wait') && dryRunOf(flags) === 'none') for (const one of waiting) await waitUntilGone(context, one, parseDuration(flags.string('timeout')));
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new ManyErrors(errors);
  if (targets.length === 0) context.out('No resources found\n');
  return 0;
}

function gracePeriod(context: CommandContext): { gracePeriodSeconds: number; isForced: boolean } {
  const { flags } = context;
  const given = flags.int('grace-period');
  if (flags.bool('now') && given !== -1) throw new CommandError('--now and --grace-period cannot be specified together');
  if (flags.bool('force') && (given > 0 || flags.bool('now'))) throw new CommandError('--force and --grace-period greater than 0 cannot be specified together');
  if (flags.bool('now')) return { gracePeriodSeconds: 1, isForced: false };
  if (flags.bool('force') && given < 0) return { gracePeriodSeconds: 0, isForced: true };
  // Without --force, 0 would delete a pod whose containers may still run.
  return { gracePeriodSeconds: given === 0 && !flags.bool('force') ? 1 : given, isForced: flags.bool('force') };
}

/** Everything that is meant, by name, and what could not be found out. */
async function resolvedTargets(context: CommandContext): Promise<{ targets: Target[]; errors: unknown[] }> {
  const targets: Target[] = [];
  const errors: unknown[] = [];
  const all = await allTargets(context, context.args, { failures: errors });
  if (isAllNamespaces(context) && all.some(({ name, source }) => name !== undefined && source === undefined)) throw new CommandError('a resource cannot be retrieved by name across all namespaces');
  for (const target of all) {
    try {
      targets.push(...(await namedTargets(context, target)));
    } catch (error) {
      errors.push(error);
    }
  }
  return { targets, errors };
}

async function isConfirmed(context: CommandContext, targets: readonly Target[]): Promise<boolean> {
  context.out(`You are about to delete the following ${targets.length} resource(s):\n${targets.map(({ resource, name = '' }) => `${labelOf({ resource, name })}\n`).join('')}Do you want to continue? (y/N): `);
  for await (const chunk of context.io.stdin as AsyncIterable<Buffer>) return /^\s*y\s*$/.test(chunk.toString().split('\n')[0] ?? '');
  return false;
}

async function namedTargets(context: CommandContext, target: Target): Promise<Target[]> {
  if (target.name !== undefined) return [target];
  const infos = await fetchTarget(context, isAllNamespaces(context) ? { ...target, namespace: undefined } : target);
  return infos.map(({ resource, namespace, name }) => ({ resource, namespace, name }));
}

function warnOfBooleanCascade(context: CommandContext): void {
  const given = context.flags.string('cascade');
  const instead = { true: 'background', false: 'orphan' }[given];
  if (instead) context.err(`warning: --cascade=${given} is deprecated (boolean value) and can be replaced with --cascade=${instead}.\n`);
}

/** `--cascade` as a propagation policy. */
export function cascadeOf(flags: CommandContext['flags']): string {
  const cascade = { background: 'Background', true: 'Background', foreground: 'Foreground', orphan: 'Orphan', false: 'Orphan' }[flags.string('cascade')];
  if (!cascade) throw new CommandError(`invalid cascade value (${flags.string('cascade')}). Must be "background", "foreground", or "orphan"`);
  return cascade;
}

async function deleteOne(context: CommandContext, target: Target, gracePeriodSeconds: number, isForced: boolean): Promise<string | undefined> {
  const { connection, flags } = context;
  const { resource, namespace, name = '' } = target;
  const dryRun = dryRunOf(flags);
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: cascadeOf(flags), ...(gracePeriodSeconds >= 0 && { gracePeriodSeconds }), ...dryRunOption(dryRun) };
  const path = connection.path(resource, namespace, name);
  const answer = dryRun === 'client' ? undefined : await connection.request({ method: 'DELETE', path, body });
  if (flags.string('output') === 'name') context.out(`${labelOf({ resource, name })}\n`);
  else context.out(`${kindLabel(resource)} ${JSON.stringify(name)} ${isForced ? 'force deleted' : 'deleted'}${namespace !== undefined && namespace !== '' && resource.namespaced ? ` from ${namespace} namespace` : ''}${dryRunSuffix(dryRun)}\n`);
  return textAt(answer, 'details', 'uid') || (answer as KubeJson | undefined)?.metadata?.uid;
}
