import type { Command, CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { at, type KubeJson, listAt, textAt } from '../../kube-json.ts';
import { alignRows } from '../../printers/table.ts';
import { isAllNamespaces } from '../../resources/select.ts';

const RESOURCE_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'use', 'bind', 'impersonate', '*', 'approve', 'sign', 'escalate', 'attest'];
const URL_VERBS = ['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*'];

export const canI: Command = {
  name: 'can-i', usage: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]', summary: 'Check whether an action is allowed',
  flags: {
    'all-namespaces': flag.bool('If true, check the specified action in all namespaces.', { short: 'A' }), list: flag.bool('If true, prints all allowed actions.'), 'no-headers': flag.bool('If true, prints allowed actions without headers'),
    quiet: flag.bool('If true, suppress output and just return the exit code.', { short: 'q' }), subresource: flag.string('SubResource such as pod/log or deployment/scale'),
  },
  run: (context) => (context.flags.bool('list') ? listRules(context) : ask(context)),
};

async function ask(context: CommandContext): Promise<number> {
  const { args, flags } = context;
  const [verb, what] = args;
  if (verb === undefined || what === undefined || args.length > 2) throw new CommandError("you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.");
  const attributes = what.startsWith('/') ? urlAttributes(context, verb, what) : { resourceAttributes: await resourceAttributes(context, verb, what) };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: {}, spec: attributes };
  const { status } = (await context.connection.request({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body: review })) as KubeJson & { status: unknown };
  const isAllowed = at(status, 'allowed') === true;
  if (flags.bool('quiet')) return isAllowed ? 0 : 1;
  const notes = [textAt(status, 'reason') && ` - ${textAt(status, 'reason')}`, textAt(status, 'evaluationError') && ` - ${textAt(status, 'evaluationError')}`];
  context.out(isAllowed ? 'yes\n' : `no${notes.join('')}\n`);
  return isAllowed ? 0 : 1;
}

function urlAttributes(context: CommandContext, verb: string, path: string): object {
  if (!URL_VERBS.includes(verb)) context.err(`Warning: verb '${verb}' is not a known verb\n\n`);
  if (context.flags.string('subresource') !== '') throw new CommandError('--subresource can not be used with NonResourceURL');
  return { nonResourceAttributes: { path, verb } };
}

async function resourceAttributes(context: CommandContext, verb: string, what: string): Promise<object> {
  const { connection, flags } = context;
  const [type = '', name] = what.split('/', 2);
  const subresource = flags.string('subresource');
  let namespace = isAllNamespaces(context) ? '' : connection.namespace;
  const found = type === '*' ? undefined : await connection.lookUp((mapper) => mapper.find(type));
  if (!found && type !== '*') {
    const [, ...group] = type.split('.');
    context.err(group.length > 0 ? `Warning: the server doesn't have a resource type '${type.split('.')[0]}' in group '${group.join('.')}'\n\n` : `Warning: the server doesn't have a resource type '${type}'\n\n`);
  }
  if (!RESOURCE_VERBS.includes(verb)) context.err(`Warning: verb '${verb}' is not a known verb\n\n`);
  if (found && !found.namespaced && namespace !== '') {
    if (flags.has('namespace')) context.err(`Warning: resource '${found.resource}' is not namespace scoped${found.group ? ` in group '${found.group}'` : ''}\n\n`);
    namespace = '';
  }
  const [resource = '', ...group] = type.split('.');
  return {
    ...(namespace && { namespace }), verb, group: found?.group ?? (type === '*' ? '*' : group.join('.')), resource: found?.resource ?? resource,
    ...(subresource && { subresource }), ...(name && { name }),
  };
}

async function listRules(context: CommandContext): Promise<void> {
  const { connection, flags } = context;
  const { namespace } = connection;
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', metadata: {}, spec: { namespace } };
  const answer = await connection.request({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', body: review });
  const error = textAt(answer, 'status', 'evaluationError');
  if (error) context.err(`warning: the list may be incomplete: ${error}\n`);
  const texts = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : []);
  const bracket = (values: readonly string[]): string => `[${values.join(' ')}]`;
  const byKey = new Map<string, { resource: string; names: string[]; verbs: string[] }>();
  for (const rule of listAt(answer, 'status', 'resourceRules')) {
    for (const group of texts(rule['apiGroups'])) {
      for (const resource of texts(rule['resources'])) {
        const [base = '', sub] = resource.split('/');
        const qualified = group === '' ? resource : `${base}.${group}${sub ? `/${sub}` : ''}`;
        const names = texts(rule['resourceNames']);
        const key = `${qualified}\0${names.join(',')}`;
        const row = byKey.get(key) ?? { resource: qualified, names, verbs: [] };
        row.verbs = [...new Set([...row.verbs, ...texts(rule['verbs'])])];
        byKey.set(key, row);
      }
    }
  }
  const rows = [...byKey.values()].sort((a, b) => (a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : 0)).map((row) => [row.resource, '[]', bracket(row.names), bracket(row.verbs)]);
  for (const rule of listAt(answer, 'status', 'nonResourceRules').flatMap((one) => texts(one['nonResourceURLs']).map((url) => ({ url, verbs: texts(one['verbs']) }))).sort((a, b) => (a.url < b.url ? -1 : 1))) rows.push(['', bracket([rule.url]), '[]', bracket(rule.verbs)]);
  context.out(alignRows([...(flags.bool('no-headers') ? [] : [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']]), ...rows]));
}
