import { hasReason } from '../../../apimachinery/status.ts';
import { jsonEqual, type JsonObject } from '../../../apimachinery/patch/json.ts';
import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, type Command, type CommandContext } from '../../command.ts';
import { dryRunOf, dryRunSuffix } from '../../dry-run.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { type KubeJson, listAt } from '../../kube-json.ts';
import { goFormat } from '../../printers/go-format.ts';
import { printResult } from '../../printers/object-printer.ts';
import { infosOfFiles, type Info } from '../../resources/select.ts';

const KINDS = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'];

export const reconcile: Command = {
  name: 'reconcile', usage: '-f FILENAME', summary: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  flags: { ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, 'remove-extra-permissions': flag.bool('If true, removes extra permissions added to roles'), 'remove-extra-subjects': flag.bool('If true, removes extra subjects added to rolebindings') },
  run: async (context) => {
    if (context.args.length > 0) throw new CommandError('no arguments are allowed');
    if (context.flags.list('filename').length === 0 && context.flags.string('kustomize') === '') throw new CommandError('must specify one of -f and -k');
    if (dryRunOf(context.flags) === 'server') throw new CommandError('--dry-run=server for command reconcile is not supported yet');
    for (const info of await infosOfFiles(context)) if (KINDS.includes(info.object.kind ?? '')) await reconcileOne(context, info);
  },
};

/** Source: kubernetes.io, "kubectl auth reconcile": what is missing is added; what is more stays unless a flag removes it; another role needs the binding anew. */
async function reconcileOne(context: CommandContext, info: Info): Promise<void> {
  const { connection, flags } = context;
  const dryRun = dryRunOf(flags);
  const path = connection.path(info.resource, info.namespace, info.name);
  const create = (): Promise<unknown> => (dryRun === 'client' ? Promise.resolve(info.object) : connection.request({ method: 'POST', path: connection.collection(info.resource, info.namespace), body: info.object}));
  const tell = (operation: string, changes: readonly (readonly [string, readonly JsonObject[]])[]): void => {
    context.err(`\treconciliation required ${operation}\n`);
    for (const [title, list] of changes) if (list.length > 0) context.err(`\t${title}:\n${list.map((one) => `\t\t${changeText(one)}\n`).join('')}`);
  };
  const isBinding = info.object['roleRef'] !== undefined;
  const field = isBinding ? 'subjects' : 'rules';
  const wanted = listAt(info.object, field);
  const done = (object: unknown): void => printResult(context, info.resource, object as KubeJson, `reconciled${dryRunSuffix(dryRun)}`);
  let current: KubeJson;
  try {
    current = await connection.get(info.resource, info.namespace, info.name);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    done(await create());
    return tell('create', [[`missing ${field} added`, wanted]]);
  }
  if (isBinding && !jsonEqual(current['roleRef'], info.object['roleRef'])) {
    if (dryRun !== 'client') await connection.request({ method: 'DELETE', path });
    done(await create());
    return tell('recreate', [[`missing ${field} added`, wanted]]);
  }
  const isExact = flags.bool(isBinding ? 'remove-extra-subjects' : 'remove-extra-permissions');
  const [has, isAmong] = [listAt(current, field), (list: readonly JsonObject[], one: JsonObject) => list.some((other) => (isBinding ? jsonEqual(one, other) : covers(other, one)))];
  const [missing, extra] = [wanted.filter((one) => !isAmong(has, one)), isExact ? has.filter((one) => !isAmong(wanted, one)) : []];
  const { labels, annotations } = info.object.metadata;
  const updated = {
    ...current, metadata: { ...current.metadata, ...(labels && { labels: { ...current.metadata.labels, ...labels } }), ...(annotations && { annotations: { ...current.metadata.annotations, ...annotations } }) },
    [field]: [...has.filter((one) => !extra.includes(one)), ...missing],
  };
  const isChanged = !jsonEqual(updated, current);
  done(dryRun === 'client' || !isChanged ? updated : await connection.request({ method: 'PUT', path, body: updated }));
  if (isChanged) tell('update', [[`missing ${field} added`, missing], [`extra ${field} removed`, extra]]);
}

/** A rule or a subject as Go prints it. */
function changeText(one: JsonObject): string {
  const text = (name: string): string => goFormat(one[name] ?? '');
  if (one['kind'] !== undefined) return `{Kind:${text('kind')} APIGroup:${text('apiGroup')} Name:${text('name')} Namespace:${text('namespace')}}`;
  const list = (name: string): string => goFormat(one[name] ?? []);
  return `{Verbs:${list('verbs')} APIGroups:${list('apiGroups')} Resources:${list('resources')} ResourceNames:${list('resourceNames')} NonResourceURLs:${list('nonResourceURLs')}}`;
}

function covers(owner: JsonObject, rule: JsonObject): boolean {
  return ['verbs', 'apiGroups', 'resources', 'nonResourceURLs'].every((field) => {
    const has = (owner[field] ?? []) as string[];
    return has.includes('*') || ((rule[field] ?? []) as string[]).every((one) => has.includes(one));
  }) && (listAt(owner, 'resourceNames').length === 0 || jsonEqual(owner['resourceNames'], rule['resourceNames']));
}
