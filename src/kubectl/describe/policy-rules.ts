import { at } from '../kube-json.ts';

interface Row {
  readonly resource: string;
  readonly url: string;
  readonly name: string;
  readonly verbs: string[];
  /** The rule as Go prints it, as far as rows are put in order by it. */
  readonly order: () => string;
}

/**
 * The rules of a role, taken apart: a row for each resource, or name of one, with all the verbs that any rule gives to it; a row for each verb on a path that is no
 * resource. In the order of their texts as Go prints them. Source: kubectl pkg/describe, RoleDescriber, and pkg/util/rbac.
 */
export function ruleRows(rules: readonly object[]): string[] {
  const paths: Row[] = [];
  const resources = new Map<string, Row>();
  for (const rule of rules) {
    for (const { group, resource, name, verb } of resourceParts(rule)) {
      const key = JSON.stringify([group, resource, name]);
      const known = resources.get(key);
      if (!known) resources.set(key, resourceRow(group, resource, name, verb));
      else if (!known.verbs.includes(verb)) known.verbs.push(verb);
    }
    for (const url of words(rule, 'nonResourceURLs')) for (const verb of words(rule, 'verbs')) paths.push({ resource: '', url, name: '', verbs: [verb], order: () => `[${verb}][][][][${url}]` });
  }
  const rows = [...paths, ...resources.values()].map((row) => ({ ...row, key: row.order() }));
  return rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ resource, url, name, verbs }) => `  ${resource}\t[${url}]\t[${name}]\t[${verbs.join(' ')}]`);
}

function words(rule: object, field: string): string[] {
  const value = at(rule, field);
  return Array.isArray(value) ? (value as string[]) : [];
}

function resourceParts(rule: object): { group: string; resource: string; name: string; verb: string }[] {
  const names = words(rule, 'resourceNames').length === 0 ? [''] : words(rule, 'resourceNames');
  return words(rule, 'apiGroups').flatMap((group) => words(rule, 'resources').flatMap((resource) => words(rule, 'verbs').flatMap((verb) => names.map((name) => ({ group, resource, name, verb })))));
}

/** `pods/log`, `deployments.apps/scale`. */
function resourceRow(group: string, resource: string, name: string, verb: string): Row {
  const [base = '', sub] = resource.split('/');
  const verbs = [verb];
  return { resource: group === '' ? resource : `${base}.${group}${sub ? `/${sub}` : ''}`, url: '', name, verbs, order: () => `[${verbs.join(' ')}][${group}][${resource}][${name}]` };
}
