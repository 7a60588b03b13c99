import { hasReason } from '../../../apimachinery/status.ts';
import type { CommandContext } from '../../command.ts';
import { dryRunOf, dryRunOption, dryRunSuffix } from '../../dry-run.ts';
import { CommandError } from '../../errors.ts';
import type { KubeJson } from '../../kube-json.ts';
import { LAST_APPLIED } from '../../last-applied.ts';
import { printResult } from '../../printers/object-printer.ts';
import { type ApiResource, NoMatch, type RestMapper } from '../../resources/rest-mapper.ts';
import { cascadeOf } from '../delete.ts';

/** What was applied: objects that are not among them may go. */
export interface Visited {
  readonly uids: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

/** Kinds that are looked through where none are named. Source: kubectl pkg/util/prune. */
const DEFAULT_KINDS: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['v1', 'ConfigMap'], ['v1', 'Endpoints'], ['v1', 'Namespace'], ['v1', 'PersistentVolumeClaim'], ['v1', 'PersistentVolume'], ['v1', 'Pod'], ['v1', 'ReplicationController'], ['v1', 'Secret'], ['v1', 'Service'], ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'], ['networking.k8s.io/v1', 'Ingress'], ['apps/v1', 'DaemonSet'], ['apps/v1', 'Deployment'], ['apps/v1', 'ReplicaSet'], ['apps/v1', 'StatefulSet'],
];

/** The kinds of `--prune-allowlist`, or the default ones. Throws CommandError for what cannot be read or is not served. */
export function prunedResources(mapper: RestMapper, allowlist: readonly string[]): ApiResource[] {
  if (allowlist.length === 0) return DEFAULT_KINDS.map(([apiVersion, kind]) => mapper.ofKind(apiVersion, kind)).filter((one) => one !== undefined);
  return allowlist.map((text) => {
    const parts = text.split('/');
    const [group = '', version = '', kind = ''] = parts;
    if (parts.length !== 3) throw new CommandError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
    const apiVersion = group === 'core' || group === '' ? version : `${group}/${version}`;
    const resource = mapper.ofKind(apiVersion, kind);
    if (!resource) throw new NoMatch(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
    return resource;
  });
}

/** Deletes what an earlier apply made, `--selector` selects, and this one did not name. */
export async function prune(context: CommandContext, resources: readonly ApiResource[], visited: Visited): Promise<void> {
  for (const { resource, object } of await prunable(context, resources, visited)) await pruneOne(context, resource, object);
}

/** What `prune` would delete. */
export async function prunable(context: CommandContext, resources: readonly ApiResource[], visited: Visited): Promise<{ readonly resource: ApiResource; readonly object: KubeJson }[]> {
  const { connection, flags } = context;
  const found: { resource: ApiResource; object: KubeJson }[] = [];
  if (connection.options.isNamespaceForced && flags.list('prune-allowlist').length === 0) {
    context.err('Warning: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.\n');
  }
  const selector = flags.string('selector');
  const places = [...visited.namespaces].flatMap((namespace) => resources.filter((one) => one.namespaced).map((resource) => ({ resource, namespace: namespace as string | undefined })));
  for (const { resource, namespace } of [...places, ...resources.filter((one) => !one.namespaced).map((one) => ({ resource: one, namespace: undefined }))]) {
    for (const object of await connection.list(resource, namespace, selector === '' ? {} : { labelSelector: selector })) {
      if (object.metadata.annotations?.[LAST_APPLIED] === undefined || visited.uids.has(object.metadata.uid ?? '')) continue;
      found.push({ resource, object });
    }
  }
  return found;
}

export async function pruneOne(context: CommandContext, resource: ApiResource, object: KubeJson): Promise<void> {
  const { connection, flags } = context;
  const dryRun = dryRunOf(flags);
  const gracePeriodSeconds = flags.int('grace-period');
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: cascadeOf(flags), ...(gracePeriodSeconds >= 0 && { gracePeriodSeconds }), ...dryRunOption(dryRun) };
  try {
    if (dryRun !== 'client') await connection.request({ method: 'DELETE', path: connection.path(resource, object.metadata.namespace, object.metadata.name ?? ''), body });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
  printResult(context, resource, object, `pruned${dryRunSuffix(dryRun)}`);
}
