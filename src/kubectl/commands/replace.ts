import { hasReason, StatusError } from '../../apimachinery/status.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, fieldManagerFlag } from '../command.ts';
import { waitUntilGone } from '../deletion.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../dry-run.ts';
import { CommandError, oneOf, withSource } from '../errors.ts';
import { flag } from '../flags.ts';
import type { KubeJson } from '../kube-json.ts';
import { LAST_APPLIED, withLastApplied } from '../last-applied.ts';
import { printResult } from '../printers/object-printer.ts';
import { rawFlag, sendRaw } from '../raw.ts';
import { kindLabel } from '../resources/rest-mapper.ts';
import { infosOfFiles, type Info } from '../resources/select.ts';
import type { CommandContext } from '../command.ts';
import { fieldValidationOf, postObject } from './create.ts';

export const replace: Command = {
  name: 'replace',
  usage: '-f FILENAME',
  summary: 'Replace a resource by file name or stdin',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-replace'),
    'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
    validate: flag.string('Must be one of: strict (or true), warn, ignore (or false).', { default: 'strict', ifBare: 'strict' }),
    force: flag.bool('If true, delete the object and create it again.'),
    cascade: flag.string('Accepted for compatibility.', { ifBare: 'background' }),
    'grace-period': flag.int('Period of time in seconds given to the resource to terminate gracefully.', { default: '-1' }),
    subresource: flag.string('If specified, replace will operate on the subresource of the requested object.'),
    ...rawFlag('PUT'),
    timeout: flag.duration('The length of time to wait before giving up on a delete.', { default: '0s' }),
    wait: flag.bool('Accepted for compatibility.'),
  },
  run: async (context) => {
    if (context.flags.list('filename').length === 0 && context.flags.string('kustomize') === '') throw new CommandError('must specify one of -f and -k');
    if (context.flags.string('raw') !== '') return sendRaw(context, 'PUT');
    const { flags } = context;
    if (flags.int('grace-period') >= 0 && !flags.bool('force')) throw new CommandError('--grace-period must have --force specified');
    if (flags.has('timeout') && !flags.bool('force')) throw new CommandError('--timeout must have --force specified');
    const errors: unknown[] = [];
    const failures: unknown[] = [];
    for (const info of await infosOfFiles(context, failures)) {
      try {
        await (context.flags.bool('force') ? recreate(context, info) : replaceOne(context, info));
      } catch (error) {
        errors.push(withSource(error, 'replacing', info.source));
      }
    }
    if (errors.length + failures.length > 0) throw oneOf([...errors, ...failures]);
  },
};

async function replaceOne(context: CommandContext, info: Info): Promise<void> {
  const { connection, flags } = context;
  const dryRun = dryRunOf(flags);
  const object = flags.bool('save-config') || info.object.metadata.annotations?.[LAST_APPLIED] ? withLastApplied(info.object) : info.object;
  const path = connection.path(info.resource, info.namespace, info.name, flags.string('subresource') || undefined);
  const query = { fieldManager: flags.string('field-manager'), fieldValidation: fieldValidationOf(context), ...dryRunQuery(dryRun) };
  const replaced = dryRun === 'client' ? object : ((await connection.request({ method: 'PUT', path, query, body: await overwriting(context, path, object) })) as KubeJson);
  printResult(context, info.resource, replaced, `replaced${dryRunSuffix(dryRun)}`);
}

/** What names no version takes the place of whatever is there: some kinds want to be told of which. Source: cli-runtime pkg/resource/helper.go, Replace. */
async function overwriting({ connection }: CommandContext, path: string, object: KubeJson): Promise<KubeJson> {
  if (object.metadata.resourceVersion) return object;
  try {
    const { metadata: { resourceVersion } } = (await connection.request({ method: 'GET', path })) as KubeJson;
    return resourceVersion ? { ...object, metadata: { ...object.metadata, resourceVersion } } : object;
  } catch (error) {
    // The server says what is wrong with it.
    if (StatusError.is(error)) return object;
    throw error;
  }
}

async function recreate(context: CommandContext, info: Info): Promise<void> {
  const { connection } = context;
  const path = connection.path(info.resource, info.namespace, info.name);
  try {
    const old = await connection.get(info.resource, info.namespace, info.name);
    await connection.request({ method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', gracePeriodSeconds: Math.max(context.flags.int('grace-period'), 0) } });
    context.out(`${kindLabel(info.resource)} ${JSON.stringify(info.name)} deleted${info.namespace === undefined ? '' : ` from ${info.namespace} namespace`}\n`);
    await waitUntilGone(context, { ...info, uid: old.metadata.uid }, 0);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
  printResult(context, info.resource, await postObject(context, info), 'replaced');
}
