import type { PolicyRule } from '../../api/generated/rbac-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';

type Rule = DeepReadonly<PolicyRule>;

/** The parts of `wanted` that `held` does not allow, each a rule of one verb, group, resource and name. Source: component-helpers auth/rbac/validation. */
export function missingRules(held: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  return wanted.flatMap(atoms).filter((atom) => !held.some((rule) => ruleCovers(rule, atom)));
}

function atoms(rule: Rule): Rule[] {
  const parts: Rule[] = [];
  for (const apiGroup of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const atom = { apiGroups: [apiGroup], resources: [resource], verbs: [verb] };
        if (!rule.resourceNames?.length) parts.push(atom);
        else for (const name of rule.resourceNames) parts.push({ ...atom, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) for (const verb of rule.verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  return parts;
}

function holds(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

function ruleCovers(rule: Rule, atom: Rule): boolean {
  if (!holds(rule.verbs, atom.verbs[0] ?? '')) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return (rule.nonResourceURLs ?? []).some((one) => one === url || (one.endsWith('*') && url.startsWith(one.slice(0, -1))));
  const resource = atom.resources?.[0] ?? '';
  const slash = resource.indexOf('/');
  const coversResource = holds(rule.resources, resource) || (slash >= 0 && (rule.resources?.includes(`*${resource.slice(slash)}`) ?? false));
  if (!coversResource || !holds(rule.apiGroups, atom.apiGroups?.[0] ?? '')) return false;
  const name = atom.resourceNames?.[0];
  return !rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name));
}

/** Rules as a refusal lists them: verbs on the same thing together, sorted. */
export function ruleTexts(rules: readonly Rule[]): string[] {
  const verbs = new Map<string, string[]>();
  for (const { verbs: [verb = ''], ...what } of rules) {
    const key = JSON.stringify(what);
    const known = verbs.get(key);
    if (known) known.push(verb);
    else verbs.set(key, [verb]);
  }
  return [...verbs].map(([what, list]) => ruleText({ ...(JSON.parse(what) as Omit<PolicyRule, 'verbs'>), verbs: [...new Set(list)] })).sort();
}

function ruleText(rule: Rule): string {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', rule.apiGroups], ['Resources', rule.resources], ['NonResourceURLs', rule.nonResourceURLs], ['ResourceNames', rule.resourceNames], ['Verbs', rule.verbs],
  ];
  const texts = parts.flatMap(([name, values]) => (values?.length ? [`${name}:[${values.map((one) => JSON.stringify(one)).join(' ')}]`] : []));
  return `{${texts.join(', ')}}`;
}
