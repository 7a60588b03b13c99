import { hasReason } from '../../../apimachinery/status.ts';
import { jsonEqual, type JsonObject } from '../../../apimachinery/patch/json.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, type CommandContext } from '../../command.ts';
import { dryRunOf, dryRunQuery } from '../../dry-run.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { type KubeJson, listAt } from '../../kube-json.ts';
import { printResult } from '../../printers/object-printer.ts';
import { infosOfFiles, type Info } from '../../resources/select.ts';

const KINDS = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];

export const reconcile: Command = {
  name: 'reconcile', usage: '-f FILENAME', summary: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  flags: { ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, 'remove-extra-permissions': flag.bool('If true, removes extra permissions added to roles'), 'remove-extra-subjects': flag.bool('If true, removes extra subjects added to rolebindings') },
  run: async (context) => {
    if (context.args.length > 0) throw new CommandError('no arguments are allowed');
    if (context.flags.list('filename').length === 0 && context.flags.string('kustomize') === '') throw new CommandError('must specify one of -f and -k');
    for (const info of await infosOfFiles(context)) if (KINDS.includes(info.object.kind ?? '')) await reconcileOne(context, info);
  },
};

/** Source: kubernetes.io, "kubectl auth reconcile": what is missing is added; what is more stays unless a flag removes it; another role needs the binding anew. */
async function reconcileOne(context: CommandContext, info: Info): Promise<void> {
  const { connection, flags } = context;
  const dryRun = dryRunOf(flags);
  const query = dryRunQuery(dryRun);
  const path = connection.path(info.resource, info.namespace, info.name);
  const create = (): Promise<unknown> => (dryRun === 'client' ? Promise.resolve(info.object) : connection.request({ method: 'POST', path: connection.collection(info.resource, info.namespace), body: info.object, query }));
  let current: KubeJson;
  try {
    current = await connection.get(info.resource, info.namespace, info.name);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    return printResult(context, info.resource, (await create()) as KubeJson, 'reconciled');
  }
  const isBinding = info.object['roleRef'] !== undefined;
  if (isBinding && !jsonEqual(current['roleRef'], info.object['roleRef'])) {
    if (dryRun !== 'client') await connection.request({ method: 'DELETE', path, query });
    return printResult(context, info.resource, (await create()) as KubeJson, 'reconciled');
  }
  const field = isBinding ? 'subjects' : 'rules';
  const wanted = listAt(info.object, field);
  const isExact = flags.bool(isBinding ? 'remove-extra-subjects' : 'remove-extra-permissions');
  const isCovered = isBinding ? (one: JsonObject) => listAt(current, field).some((other) => jsonEqual(one, other)) : (one: JsonObject) => listAt(current, field).some((other) => covers(other, one));
  const merged = isExact ? wanted : [...listAt(current, field), ...wanted.filter((one) => !isCovered(one))];
  const { labels, annotations } = info.object.metadata;
  const updated = { ...current, metadata: { ...current.metadata, labels: { ...current.metadata.labels, ...labels }, annotations: { ...current.metadata.annotations, ...annotations } }, [field]: merged };
  const result = dryRun === 'client' || jsonEqual(updated[field], current[field]) ? updated : await connection.request({ method: 'PUT', path, body: updated, query });
  printResult(context, info.resource, result as KubeJson, 'reconciled');
}

function covers(owner: JsonObject, rule: JsonObject): boolean {
  return ['verbs', 'apiGroups', 'resources', 'nonResourceURLs'].every((field) => {
    const has = (owner[field] ?? []) as string[];
    return has.includes('*') || ((rule[field] ?? []) as string[]).every((one) => has.includes(one));
  }) && (listAt(owner, 'resourceNames').length === 0 || jsonEqual(owner['resourceNames'], rule['resourceNames']));
}
