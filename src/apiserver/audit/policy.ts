import { parseDocument } from 'yaml';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { RequestInfo } from '../http/request-info.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { LEVELS, STAGES, type Level, type Stage } from './event.ts';

interface GroupResources {
  readonly group: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

interface Rule {
  readonly level: Level;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly GroupResources[];
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly omitStages: readonly Stage[];
  readonly omitManagedFields: boolean | undefined;
}

/** What the policy says of one request. */
export interface AuditDecision {
  readonly level: Level;
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

const NOTHING: AuditDecision = { level: 'None', omitStages: new Set(STAGES), omitManagedFields: false };
const VERSION = 'audit.k8s.io/v1';

/** An audit Policy: the first rule that fits a request tells how much of it is recorded. Source: "Auditing"; apiserver pkg/audit/policy. */
export class AuditPolicy {
  readonly #rules: readonly { readonly rule: Rule; readonly decision: AuditDecision }[];

  constructor(policy: { rules: readonly Rule[]; omitStages: readonly Stage[]; omitManagedFields: boolean }) {
    this.#rules = policy.rules.map((rule) => ({
      rule,
      decision: { level: rule.level, omitStages: new Set([...policy.omitStages, ...rule.omitStages]), omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields },
    }));
  }

  /** Reads a policy from YAML. Fields that nobody knows are told to `onUnknown` and left out, as in Kubernetes. Throws Error naming what is wrong. */
  static parse(text: string, onUnknown: (field: string) => void = () => undefined): AuditPolicy {
    const document = parseDocument(text);
    const [mistake] = document.errors;
    if (mistake) throw new Error(`no valid YAML: ${mistake.message.split('\n')[0]}`);
    const policy = new Fields(document.toJS(), '', onUnknown);
    if (policy.text('apiVersion') !== VERSION || policy.text('kind') !== 'Policy') throw new Error(`must be a Policy of ${VERSION}`);
    policy.only(['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields']);
    const rules = policy.list('rules').map((value, index) => ruleOf(policy.within(value, `rules[${index}]`)));
    if (rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
    return new AuditPolicy({ rules, omitStages: policy.choices('omitStages', STAGES), omitManagedFields: policy.flag('omitManagedFields') ?? false });
  }

  decide(user: UserInfo, info: RequestInfo): AuditDecision {
    for (const { rule, decision } of this.#rules) if (fits(rule, user, info)) return decision;
    return NOTHING;
  }
}

function fits(rule: Rule, user: UserInfo, info: RequestInfo): boolean {
  if (rule.users.length > 0 && !rule.users.includes(user.name)) return false;
  if (rule.userGroups.length > 0 && !rule.userGroups.some((group) => user.groups.includes(group))) return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(info.verb)) return false;
  if (rule.namespaces.length === 0 && rule.resources.length === 0 && rule.nonResourceURLs.length === 0) return true;
  if (!info.isResourceRequest) return rule.nonResourceURLs.some((pattern) => pattern === '*' || (pattern.endsWith('*') ? info.path.startsWith(pattern.slice(0, -1)) : pattern === info.path));
  if (rule.namespaces.length === 0 && rule.resources.length === 0) return false;
  if (rule.namespaces.length > 0 && !rule.namespaces.includes(info.namespace)) return false;
  return rule.resources.length === 0 || rule.resources.some((one) => one.group === info.group && coversResource(one, info));
}

/** `pods/*` is also pods themselves, as in Kubernetes. Source: apiserver pkg/audit/policy/checker.go. */
function coversResource({ resources, resourceNames }: GroupResources, { resource, subresource, name }: RequestInfo): boolean {
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some((one) => one === '*' || one === combined || (subresource !== '' && one === `*/${subresource}`) || one === `${resource}/*`);
}

function ruleOf(rule: Fields): Rule {
  rule.only(['level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs', 'omitStages', 'omitManagedFields']);
  const level = rule.choice('level', LEVELS);
  const read: Rule = {
    level, users: rule.texts('users'), userGroups: rule.texts('userGroups'), verbs: rule.texts('verbs'), namespaces: rule.texts('namespaces'),
    nonResourceURLs: rule.texts('nonResourceURLs'), omitStages: rule.choices('omitStages', STAGES), omitManagedFields: rule.flag('omitManagedFields'),
    resources: rule.list('resources').map((value, index) => {
      const one = rule.within(value, `${rule.path}.resources[${index}]`);
      one.only(['group', 'resources', 'resourceNames']);
      const read = { group: one.text('group'), resources: one.texts('resources'), resourceNames: one.texts('resourceNames') };
      const [fault] = read.group === '' ? [] : isDns1123Subdomain(read.group);
      if (fault !== undefined) throw new Error(`${one.path}.group: ${JSON.stringify(read.group)} is no group: ${fault}`);
      if (read.resourceNames.length > 0 && read.resources.length === 0) throw new Error(`${one.path}.resourceNames: using resourceNames requires at least one resource`);
      return read;
    }),
  };
  if (read.nonResourceURLs.length > 0 && (read.resources.length > 0 || read.namespaces.length > 0)) throw new Error(`${rule.path}.nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs`);
  for (const url of read.nonResourceURLs) if (url !== '*' && (!url.startsWith('/') || url.slice(0, -1).includes('*'))) throw new Error(`${rule.path}.nonResourceURLs: ${JSON.stringify(url)} must begin with "/" and may end with "*"`);
  return read;
}

/** The fields of a value from YAML, each read with a check. */
class Fields {
  readonly path: string;
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #onUnknown: (field: string) => void;

  constructor(value: unknown, path: string, onUnknown: (field: string) => void) {
    this.path = path;
    this.#onUnknown = onUnknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path === '' ? 'the file' : path} must be a mapping`);
    this.#value = value as Record<string, unknown>;
  }

  only(names: readonly string[]): void {
    for (const name of Object.keys(this.#value)) if (!names.includes(name)) this.#onUnknown(this.#at(name));
  }

  /** Those of a value that stands within this one. */
  within(value: unknown, path: string): Fields {
    return new Fields(value, path, this.#onUnknown);
  }

  text(name: string): string {
    const value = this.#value[name] ?? '';
    if (typeof value !== 'string') throw new Error(`${this.#at(name)} must be a text`);
    return value;
  }

  texts(name: string): string[] {
    return this.list(name).map((value) => {
      if (typeof value !== 'string') throw new Error(`${this.#at(name)} must be a list of texts`);
      return value;
    });
  }

  list(name: string): readonly unknown[] {
    const value = this.#value[name] ?? [];
    if (!Array.isArray(value)) throw new Error(`${this.#at(name)} must be a list`);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#value[name];
    if (value !== undefined && typeof value !== 'boolean') throw new Error(`${this.#at(name)} must be true or false`);
    return value;
  }

  choice<T extends string>(name: string, from: readonly T[]): T {
    const value = from.find((one) => one === this.#value[name]);
    if (value === undefined) throw new Error(`${this.#at(name)} must be one of ${from.join(', ')}`);
    return value;
  }

  choices<T extends string>(name: string, from: readonly T[]): T[] {
    return this.texts(name).map((text) => {
      const value = from.find((one) => one === text);
      if (value === undefined) throw new Error(`${this.#at(name)} may hold ${from.join(', ')}`);
      return value;
    });
  }

  #at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
