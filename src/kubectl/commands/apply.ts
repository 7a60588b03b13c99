import { parseWhole, stringifyWhole } from '../../apimachinery/whole-numbers.ts';
import { hasReason } from '../../apimachinery/status.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { CommandError, FlagError, oneOf, withSource } from '../errors.ts';
import { flag } from '../flags.ts';
import type { KubeJson } from '../kube-json.ts';
import { LAST_APPLIED, withLastApplied } from '../last-applied.ts';
import { printResult } from '../printers/object-printer.ts';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { infosOfFiles, type Info } from '../resources/select.ts';
import { threeWayPatch } from '../three-way.ts';
import { ApplySet } from './apply/apply-set.ts';
import { lastAppliedCommands } from './apply/last-applied.ts';
import { prune, prunedResources, type Visited } from './apply/prune.ts';
import { recreated } from './apply/recreate.ts';
import { applyOnServer } from './apply/server-side.ts';
import { fieldValidationOf, postObject } from './create.ts';

const MAX_CONFLICT_RETRIES = 5;

export const apply: Command = {
  name: 'apply',
  usage: '(-f FILENAME | -k DIRECTORY)',
  summary: 'Apply a configuration to a resource by file name or stdin',
  subcommands: lastAppliedCommands,
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-client-side-apply'),
    'server-side': flag.bool('If true, apply runs in the server instead of the client.'),
    'force-conflicts': flag.bool('If true, server-side apply will force the changes against conflicts.'),
    force: flag.bool('If true, immediately remove resources from API and bypass graceful deletion.'),
    overwrite: flag.bool('Automatically resolve conflicts between the modified and live configuration.', { default: 'true' }),
    validate: flag.string('Must be one of: strict (or true), warn, ignore (or false).', { default: 'strict', ifBare: 'strict' }),
    wait: flag.bool('If true, wait for resources to be gone before returning.'),
    'grace-period': flag.int('Period of time in seconds given to the resource to terminate gracefully.', { default: '-1' }),
    timeout: flag.duration('The length of time to wait before giving up on a delete.', { default: '0s' }),
    cascade: flag.string('Must be "background", "orphan", or "foreground".', { default: 'background', ifBare: 'background' }),
    prune: flag.bool('Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config.'),
    'prune-allowlist': flag.list('Overwrite the default allowlist with <group/version/kind> for --prune', { isWhole: true }),
    subresource: flag.string('If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side.'),
    'openapi-patch': flag.bool('Accepted for compatibility.', { default: 'true' }),
    applyset: flag.string('The name of the ApplySet that tracks which resources are being managed; only with KUBECTL_APPLYSET=true (alpha).'),
    all: flag.bool('Select all resources in the namespace of the specified resource types.'),
  },
  run: async (context) => {
    const { flags } = context;
    if (context.args.length > 0) throw new CommandError(`Unexpected args: [${context.args.join(' ')}]\nSee 'kubectl apply -h' for help and examples`);
    if (flags.list('filename').length === 0 && flags.string('kustomize') === '') throw new CommandError('must specify one of -f and -k');
    checkFlags(context);
    const selector = flags.string('selector') === '' ? undefined : parseLabelSelector(flags.string('selector'));
    const set = flags.string('applyset') === '' ? undefined : await ApplySet.read(context, flags.string('applyset'));
    const pruned = flags.bool('prune') && !set ? await context.connection.lookUp((mapper) => prunedResources(mapper, flags.list('prune-allowlist'))) : [];
    const failures: unknown[] = [];
    const found = (await infosOfFiles(context, failures)).filter((info) => !selector || selector.matches(info.object.metadata.labels));
    if (found.length === 0) throw failures.length > 0 ? oneOf(failures) : new CommandError('no objects passed to apply');
    const infos = set ? found.map((info) => set.label(info)) : found;
    await set?.announce(infos);
    const visited = await applyAll(context, infos, failures);
    if (set) await set.prune(infos, visited);
    else if (flags.bool('prune')) await prune(context, pruned, visited);
  },
};

/** Which flags go together. Source: kubectl pkg/cmd/apply, Validate. */
function checkFlags({ flags, io }: CommandContext): void {
  const isServerSide = flags.bool('server-side');
  if (flags.string('applyset') !== '') {
    if (io.env['KUBECTL_APPLYSET'] !== 'true') throw new FlagError('unknown flag: --applyset');
    if (!flags.bool('prune')) throw new CommandError('--applyset requires --prune');
    if (flags.string('selector') !== '') throw new CommandError('--selector is incompatible with --applyset');
    if (flags.list('prune-allowlist').length > 0) throw new CommandError('--prune-allowlist is incompatible with --applyset');
  }
  if (flags.string('subresource') !== '' && !isServerSide) throw new CommandError('--subresource can only be specified for --server-side');
  if (flags.bool('force-conflicts') && !isServerSide) throw new CommandError('--force-conflicts only works with --server-side');
  if (dryRunOf(flags) === 'client' && isServerSide) throw new CommandError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  if (flags.bool('force') && isServerSide) throw new CommandError('--force cannot be used with --server-side');
  if (flags.bool('force') && dryRunOf(flags) === 'server') throw new CommandError('--dry-run=server cannot be used with --force');
  if (flags.bool('all') && flags.string('selector') !== '') throw new CommandError('cannot set --all and --selector at the same time');
  if (!flags.bool('prune') || flags.string('applyset') !== '') return;
  if (isServerSide) throw new CommandError("--prune is in alpha and doesn't currently work on objects created by server-side apply");
  if (!flags.bool('all') && flags.string('selector') === '') throw new CommandError('all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector');
}

async function applyAll(context: CommandContext, infos: readonly Info[], failures: readonly unknown[]): Promise<Visited> {
  const errors = [...failures];
  const uids = new Set<string>();
  const namespaces = new Set<string>();
  for (const info of infos) {
    try {
      const applied = await (context.flags.bool('server-side') ? applyOnServer(context, info) : applyOne(context, info));
      if (applied.metadata.uid !== undefined) uids.add(applied.metadata.uid);
      if (info.namespace !== undefined) namespaces.add(info.namespace);
    } catch (error) {
      context.io.signal.throwIfAborted();
      errors.push(error);
    }
  }
  if (errors.length > 0) throw oneOf(errors);
  return { uids, namespaces };
}

async function applyOne(context: CommandContext, info: Info): Promise<KubeJson> {
  const { connection } = context;
  const dryRun = dryRunOf(context.flags);
  const modified = withLastApplied(info.object);
  if (info.name === '') throw withSource(new CommandError('resource name may not be empty'), 'retrieving current configuration of:', info.source);
  let current: KubeJson;
  try {
    current = await connection.get(info.resource, info.namespace, info.name);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    const created = dryRun === 'client' ? modified : await posted(context, { ...info, object: modified });
    printResult(context, info.resource, created, `created${dryRunSuffix(dryRun)}`);
    return created;
  }
  if (!current.metadata.annotations?.[LAST_APPLIED]) {
    context.err(`Warning: resource ${info.resource.resource}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`);
  }
  // Without the server's word for it, Kubernetes' kubectl takes everything for changed.
  const { object, changed } = dryRun === 'client' ? { object: { ...current, ...modified, metadata: { ...current.metadata, ...modified.metadata } }, changed: true } : await patched(context, info, modified, current);
  printResult(context, info.resource, object, `${changed ? 'configured' : 'unchanged'}${dryRunSuffix(dryRun)}`);
  return object;
}

async function posted(context: CommandContext, info: Info): Promise<KubeJson> {
  try {
    return await postObject(context, info);
  } catch (error) {
    throw withSource(error, 'creating', info.source);
  }
}

async function patched(context: CommandContext, info: Info, modified: KubeJson, first: KubeJson): Promise<{ object: KubeJson; changed: boolean }> {
  const { connection, flags } = context;
  const path = connection.path(info.resource, info.namespace, info.name);
  let current = first;
  for (let attempt = 0; ; attempt++) {
    const annotation = current.metadata.annotations?.[LAST_APPLIED];
    const original = annotation ? (parseWhole(annotation) as KubeJson) : ({} as KubeJson);
    const { type, patch } = threeWayPatch(info.resource, original, modified, current);
    if (Object.keys(patch).length === 0) return { object: current, changed: false };
    const query = { fieldManager: flags.string('field-manager'), fieldValidation: fieldValidationOf(context), ...dryRunQuery(dryRunOf(flags)) };
    try {
      const object = await connection.patch(path, type, patch, query);
      return { object, changed: object.metadata.resourceVersion !== current.metadata.resourceVersion || dryRunOf(flags) === 'server' };
    } catch (error) {
      if (hasReason(error, 'Conflict') && attempt < MAX_CONFLICT_RETRIES) current = await connection.get(info.resource, info.namespace, info.name);
      else if (hasReason(error, 'Conflict', 'Invalid') && flags.bool('force')) return { object: await recreated(context, info, modified, current), changed: true };
      else throw withSource(error, `applying patch:\n${stringifyWhole(patch)}\nto:\nResource: ${JSON.stringify(`${info.resource.group ? `${info.resource.group}/` : ''}${info.resource.version}, Resource=${info.resource.resource}`)}, GroupVersionKind: ${stringifyWhole(`${info.resource.group ? `${info.resource.group}/` : ''}${info.resource.version}, Kind=${info.resource.kind}`)}\nName: ${stringifyWhole(info.name)}, Namespace: ${stringifyWhole(info.namespace ?? '')}\nfor:`, info.source);
    }
  }
}
