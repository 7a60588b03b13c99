import type { CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';

export const RULE_FLAGS = {
  verb: flag.list('Verb that applies to the resources contained in the rule'),
  resource: flag.list('Resource that the rule applies to'),
  'resource-name': flag.list('Resource in the white list that the rule applies to', { isWhole: true }),
};

const RBAC = 'rbac.authorization.k8s.io';
const RESOURCE_VERBS = ['*', 'get', 'delete', 'list', 'create', 'update', 'patch', 'watch', 'proxy', 'deletecollection', 'use', 'bind', 'escalate', 'impersonate'];
const URL_VERBS = ['*', 'get', 'post', 'put', 'delete', 'patch', 'head', 'options'];

/** Verbs that mean something for these resources only, by group: they may be named though nobody serves them. */
const SPECIAL_VERBS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  use: [['policy', 'podsecuritypolicies'], ['extensions', 'podsecuritypolicies']],
  bind: [[RBAC, 'roles'], [RBAC, 'clusterroles']],
  escalate: [[RBAC, 'roles'], [RBAC, 'clusterroles']],
  impersonate: [['', 'users'], ['', 'serviceaccounts'], ['', 'groups'], ['authentication.k8s.io', 'userextras']],
};

/**
 * The rules of `--verb`, `--resource` and `--resource-name`: one a group, sorted by group. Warns of verbs that nobody knows. Throws CommandError
 * without verbs, and for resources that the server has not. Source: kubectl pkg/cmd/create, CreateRoleOptions.
 */
export async function resourceRules(context: CommandContext): Promise<object[]> {
  const { flags } = context;
  const verbs = verbsOf(context);
  const resources = flags.list('resource');
  const isRole = !flags.knows('non-resource-url');
  if (isRole || resources.length > 0) for (const verb of verbs) if (!RESOURCE_VERBS.includes(verb)) context.err(`Warning: '${verb}' is not a standard resource verb\n`);
  const byGroup = new Map<string, Set<string>>();
  for (const text of resources.includes('*') ? ['*'] : resources) {
    const { group, resource } = await namedResource(context, text, verbs);
    byGroup.set(group, (byGroup.get(group) ?? new Set()).add(resource));
  }
  const resourceNames = [...new Set(flags.list('resource-name'))];
  const groups = [...byGroup].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([group, names]) => ({ apiGroups: [group], ...(resourceNames.length > 0 && { resourceNames }), resources: [...names], verbs }));
}

/** Throws CommandError for URLs and verbs that do not go together. */
export function urlRules(context: CommandContext): object[] {
  const nonResourceURLs = [...new Set(context.flags.list('non-resource-url'))];
  if (nonResourceURLs.length === 0) return [];
  const verbs = verbsOf(context);
  for (const verb of verbs) if (!URL_VERBS.includes(verb)) throw new CommandError(`invalid verb: '${verb}' for nonResourceURL`);
  for (const url of nonResourceURLs) {
    if (url === '*') continue;
    if (!url.startsWith('/')) throw new CommandError('nonResourceURL should start with /');
    if (url.slice(0, -1).includes('*')) throw new CommandError("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
  return [{ nonResourceURLs, verbs }];
}

function verbsOf({ flags }: CommandContext): string[] {
  const verbs = [...new Set(flags.list('verb'))];
  if (verbs.length === 0) throw new CommandError('at least one verb must be specified');
  return verbs.includes('*') ? ['*'] : verbs;
}

/** `deploy.apps/scale` as a rule names it. */
async function namedResource({ connection }: CommandContext, text: string, verbs: readonly string[]): Promise<{ group: string; resource: string }> {
  const [path = '', subresource] = splitOnce(text, '/');
  const [word = '', group = ''] = splitOnce(path, '.');
  if (word === '') throw new CommandError('resource must be specified if apiGroup/subresource specified');
  const found = word === '*' ? undefined : await connection.lookUp((mapper) => mapper.findInGroup(word, group));
  const named = found ?? { group, resource: word };
  if (word !== '*') {
    const special = verbs.filter((verb) => Object.hasOwn(SPECIAL_VERBS, verb));
    for (const verb of special) if (!isSpecial(verb, named)) throw new CommandError(`can not perform '${verb}' on '${named.resource}' in group '${named.group}'`);
    if (!found && special.length === 0) throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(word)}${group === '' ? '' : ` in group ${JSON.stringify(group)}`}`, { isBare: true });
  }
  return { group: named.group, resource: subresource === undefined ? named.resource : `${named.resource}/${subresource}` };
}

function isSpecial(verb: string, named: { readonly group: string; readonly resource: string }): boolean {
  return SPECIAL_VERBS[verb]?.some(([group, resource]) => group === named.group && resource === named.resource) ?? false;
}

function splitOnce(text: string, mark: string): string[] {
  const index = text.indexOf(mark);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
