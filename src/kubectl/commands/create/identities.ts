import { StatusError } from '../../../apimachinery/status.ts';
import { PRINT_FLAGS, type Command, type CommandContext } from '../../command.ts';
import { CommandError, FlagError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { textAt, type KubeJson } from '../../kube-json.ts';
import { objectPrinter } from '../../printers/object-printer.ts';
import { parseDuration } from '../../duration.ts';
import { generator, nameArgument } from './generator.ts';
import { resourceRules, RULE_FLAGS, urlRules } from './rules.ts';

const RBAC = 'rbac.authorization.k8s.io';

export const serviceaccount: Command = generator({
  name: 'serviceaccount', failure: 'failed to create serviceaccount: ', aliases: ['sa'], usage: 'NAME', summary: 'Create a service account with the specified name', flags: {},
  make: (_context, name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }),
});

export const role: Command = generator({
  name: 'role', usage: 'NAME --verb=verb --resource=resource.group/subresource', summary: 'Create a role with single rule', flags: RULE_FLAGS,
  make: async (context, name) => {
    const rules = await resourceRules(context);
    if (rules.length === 0) throw new CommandError('at least one resource must be specified');
    return { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name }, rules };
  },
});

export const clusterrole: Command = generator({
  name: 'clusterrole', usage: 'NAME --verb=verb --resource=resource.group', summary: 'Create a cluster role',
  flags: { ...RULE_FLAGS, 'non-resource-url': flag.list('A partial url that user should have access to.'), 'aggregation-rule': flag.list('An aggregation label selector for combining ClusterRoles.') },
  make: async (context, name): Promise<KubeJson> => {
    const { flags } = context;
    const aggregation = flags.list('aggregation-rule');
    const base: KubeJson = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name } };
    if (aggregation.length > 0) {
      if (['verb', 'resource', 'resource-name', 'non-resource-url'].some((one) => flags.has(one))) throw new CommandError('aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames');
      return { ...base, aggregationRule: { clusterRoleSelectors: [{ matchLabels: Object.fromEntries(aggregation.map(aggregationPair)) as object }] }, rules: null };
    }
    const rules = [...(await resourceRules(context)), ...urlRules(context)];
    if (rules.length === 0) throw new CommandError('one of resource or nonResourceURL must be specified');
    return { ...base, rules };
  },
});

function aggregationPair(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 0) throw new FlagError(`invalid argument ${JSON.stringify(text)} for "--aggregation-rule" flag: malformed pair, expect string=string`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

const SUBJECT_FLAGS = {
  clusterrole: flag.string('ClusterRole this binding should reference'),
  user: flag.list('Usernames to bind to the role.'),
  group: flag.list('Groups to bind to the role.'),
  serviceaccount: flag.list('Service accounts to bind to the role, in the format <namespace>:<name>.'),
};

function subjectsOf(context: CommandContext): object[] {
  const { flags } = context;
  return [
    ...flags.list('user').map((name) => ({ apiGroup: RBAC, kind: 'User', name })),
    ...flags.list('group').map((name) => ({ apiGroup: RBAC, kind: 'Group', name })),
    ...flags.list('serviceaccount').map((text) => {
      const [namespace = '', name = '', more] = text.split(':');
      if (!namespace || !name || more !== undefined) throw new CommandError('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', name, namespace };
    }),
  ];
}

export const clusterrolebinding: Command = generator({
  name: 'clusterrolebinding', required: ['clusterrole'], failure: 'failed to create clusterrolebinding: ', usage: 'NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]', summary: 'Create a cluster role binding for a particular cluster role', flags: SUBJECT_FLAGS,
  make: (context, name) => {
    const clusterRole = context.flags.string('clusterrole');
    if (!clusterRole) throw new CommandError('clusterrole must be specified');
    const subjects = subjectsOf(context);
    return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole }, ...(subjects.length > 0 && { subjects }) };
  },
});

export const rolebinding: Command = generator({
  name: 'rolebinding', failure: 'failed to create rolebinding: ', usage: 'NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]', summary: 'Create a role binding for a particular role or cluster role', flags: { ...SUBJECT_FLAGS, role: flag.string('Role this RoleBinding should reference') },
  make: (context, name) => {
    const [clusterRole, ownRole] = [context.flags.string('clusterrole'), context.flags.string('role')];
    if ((clusterRole === '') === (ownRole === '')) throw new CommandError('exactly one of clusterrole or role must be specified');
    const subjects = subjectsOf(context);
    return { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name }, roleRef: { apiGroup: RBAC, kind: clusterRole ? 'ClusterRole' : 'Role', name: clusterRole || ownRole }, ...(subjects.length > 0 && { subjects }) };
  },
});

async function tokenOf(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (StatusError.is(error)) throw new CommandError(`failed to create token: ${error.message}`, { cause: error });
    throw error;
  }
}

export const token: Command = {
  name: 'token', usage: 'SERVICE_ACCOUNT_NAME', summary: 'Request a service account token',
  flags: { ...PRINT_FLAGS, audience: flag.list('Audience of the requested token.'), duration: flag.string('Requested lifetime of the issued token.'), 'bound-object-kind': flag.string('Kind of an object to bind the token to.'), 'bound-object-name': flag.string('Name of an object to bind the token to.'), 'bound-object-uid': flag.string('UID of an object to bind the token to.') },
  run: async (context) => {
    const { connection, flags } = context;
    const name = nameArgument(context);
    const resource = (await connection.mapper()).resource('serviceaccounts');
    const [kind, boundName, uid] = [flags.string('bound-object-kind'), flags.string('bound-object-name'), flags.string('bound-object-uid')];
    if (kind && !['Node', 'Pod', 'Secret'].includes(kind)) throw new CommandError('supported --bound-object-kind values are Node, Pod, Secret');
    if (kind && !boundName) throw new CommandError('--bound-object-name is required if --bound-object-kind is provided');
    if (flags.string('duration') && parseDuration(flags.string('duration')) < 0) throw new CommandError('--duration must be greater than or equal to 0');
    const expirationSeconds = flags.string('duration') ? Math.floor(parseDuration(flags.string('duration')) / 1000) : undefined;
    const boundObjectRef = kind ? { kind, apiVersion: 'v1', name: boundName, ...(uid && { uid }) } : undefined;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: { audiences: flags.list('audience'), ...(expirationSeconds && { expirationSeconds }), ...(boundObjectRef && { boundObjectRef }) } };
    const answer = (await tokenOf(() => connection.request({ method: 'POST', path: connection.path(resource, connection.namespace, name, 'token'), body }))) as KubeJson;
    const printer = objectPrinter(context);
    context.out(printer ? printer(answer) : `${textAt(answer, 'status', 'token')}\n`);
  },
};
