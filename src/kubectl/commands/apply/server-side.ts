import { hasReason, StatusError } from '../../../apimachinery/status.ts';
import { stringifyWhole } from '../../../apimachinery/whole-numbers.ts';
import type { CommandContext } from '../../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../../dry-run.ts';
import { CommandError } from '../../errors.ts';
import type { KubeJson } from '../../kube-json.ts';
import { LAST_APPLIED } from '../../last-applied.ts';
import { printResult } from '../../printers/object-printer.ts';
import type { Info } from '../../resources/select.ts';
import { fieldValidationOf } from '../create.ts';
import { ownersOfAnnotation, upgradedManagers } from './upgrade-managers.ts';

const KUBECTL = 'kubectl';
const ANNOTATION_MANAGER = 'kubectl-last-applied';
const MAX_ATTEMPTS = 5;

/** `apply --server-side`: what client-side apply owned before becomes the manager's own, so that it can be given up. Source: kubectl pkg/cmd/apply, applyOneObject. */
export async function applyOnServer(context: CommandContext, info: Info): Promise<KubeJson> {
  const { flags } = context;
  const manager = flags.has('field-manager') ? flags.string('field-manager') : KUBECTL;
  const applied = await migrated(context, info, manager, await applyAs(context, info, manager));
  printResult(context, info.resource, applied, `serverside-applied${dryRunSuffix(dryRunOf(flags))}`);
  return applied;
}

function send(context: CommandContext, info: Info, request: { readonly type: string; readonly body: unknown; readonly query: Record<string, string> }): Promise<KubeJson> {
  const { connection, flags } = context;
  const path = connection.path(info.resource, info.namespace, info.name, flags.string('subresource') || undefined);
  const query = { ...request.query, ...dryRunQuery(dryRunOf(flags)) };
  return connection.request({ method: 'PATCH', path, query, headers: { 'content-type': request.type }, body: stringifyWhole(request.body) }) as Promise<KubeJson>;
}

async function applyAs(context: CommandContext, info: Info, manager: string): Promise<KubeJson> {
  const query = { fieldManager: manager, force: String(context.flags.bool('force-conflicts')), fieldValidation: fieldValidationOf(context) };
  try {
    return await send(context, info, { type: 'application/apply-patch+yaml', body: info.object, query });
  } catch (error) {
    if (!hasReason(error, 'Conflict')) throw error;
    throw new CommandError(
      `error: Apply failed with ${error.message.replace(/^Apply failed with /, '')}\n` +
        'Please review the fields above--they currently have other managers. Here\nare the ways you can resolve this warning:\n' +
        '* If you intend to manage all of these fields, please re-run the apply\n  command with the `--force-conflicts` flag.\n' +
        '* If you do not intend to manage all of the fields, please edit your\n  manifest to remove references to the fields that should keep their\n  current managers.\n' +
        '* You may co-own fields by updating your manifest to match the existing\n  value; in this case, you\'ll become the manager if the other manager(s)\n  stop managing the field (remove it from their configuration).\n' +
        'See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts',
      { isBare: true, cause: error },
    );
  }
}

/** What goes wrong here is told and no more: the object has been applied, and the next apply tries again. */
async function migrated(context: CommandContext, info: Info, manager: string, applied: KubeJson): Promise<KubeJson> {
  const warned = (what: string) => (error: unknown): undefined => {
    if (!StatusError.is(error)) throw error;
    context.err(`Warning: ${what}: ${error.message}\n`);
    return undefined;
  };
  const kept = manager === KUBECTL ? await annotationKept(context, info, applied).catch(warned('the last applied configuration could not be kept')) : applied;
  const upgraded = kept && (await upgradedOnServer(context, info, manager, kept).catch(warned('the fields of client-side apply could not be taken over')));
  if (!upgraded) return kept ?? applied;
  return (await applyAs(context, info, manager).catch(warned('the object could not be applied once more'))) ?? upgraded;
}

/** Gives the annotation of client-side apply a manager of its own, or it would go with the fields that are taken over: who turns back needs it. */
async function annotationKept(context: CommandContext, info: Info, applied: KubeJson): Promise<KubeJson> {
  const annotation = applied.metadata.annotations?.[LAST_APPLIED];
  if (annotation === undefined || ownersOfAnnotation(applied, 'Apply').length > 0) return applied;
  const { apiVersion, kind, metadata: { name, namespace } } = applied;
  const body = { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), annotations: { [LAST_APPLIED]: annotation } } };
  return send(context, info, { type: 'application/apply-patch+yaml', body, query: { fieldManager: ANNOTATION_MANAGER, force: 'false' } });
}

/** Undefined where there was nothing to take over. */
async function upgradedOnServer(context: CommandContext, info: Info, manager: string, applied: KubeJson): Promise<KubeJson | undefined> {
  const names = ownersOfAnnotation(applied, 'Update');
  let current = applied;
  for (let attempt = 1; ; attempt++) {
    const managers = upgradedManagers(current, names, manager);
    if (!managers) return undefined;
    const body = [
      { op: 'replace', path: '/metadata/managedFields', value: managers },
      { op: 'replace', path: '/metadata/resourceVersion', value: current.metadata.resourceVersion },
    ];
    try {
      return await send(context, info, { type: 'application/json-patch+json', body, query: { fieldManager: manager } });
    } catch (error) {
      if (!hasReason(error, 'Conflict') || attempt === MAX_ATTEMPTS) throw error;
      current = await context.connection.get(info.resource, info.namespace, info.name);
    }
  }
}
