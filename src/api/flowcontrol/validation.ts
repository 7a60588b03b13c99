/** Source: pkg/apis/flowcontrol/validation. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type {
  FlowSchema, LimitedPriorityLevelConfiguration, NonResourcePolicyRule, PolicyRulesWithSubjects, PriorityLevelConfiguration, QueuingConfiguration, ResourcePolicyRule, Subject,
} from '../generated/flowcontrol-v1.ts';
import { goForm } from '../go-form.ts';
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from './bootstrap.ts';
import { addInvalid } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const MAX_PRECEDENCE = 10_000;
const MAX_QUEUES = 10_000_000;
const MAX_ENTROPY_BITS = 60;
const EXEMPT = 'exempt';
/** How `v1beta3`, served no more, told of zero shares: no object has it. */
const ZERO_SHARES = 'flowcontrol.k8s.io/preserve-zero-concurrency-shares';
const VERBS = new Set(['get', 'list', 'create', 'update', 'delete', 'deletecollection', 'patch', 'watch', 'proxy']);
const NAMESPACE_TEXT = "each member of this list must be '*' or a DNS-1123 label; ";
const MEMBERS = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

interface ListRules {
  readonly empty: string;
  /** As in "must not specify other ...". */
  readonly others: string;
}

function validateList(values: readonly string[] | undefined, path: FieldPath, { empty, others }: ListRules, errors: FieldErrors): void {
  const list = values ?? [];
  if (list.length === 0) errors.required(path, empty);
  else if (list.length > 1 && list.includes('*')) errors.invalid(path, list, `if '*' is present, must not specify other ${others}`);
}

function validateVerbs(verbs: readonly string[], path: FieldPath, errors: FieldErrors): void {
  validateList(verbs, path, { empty: 'verbs must contain at least one value', others: 'verbs' }, errors);
  if (!verbs?.includes('*') && verbs?.some((verb) => !VERBS.has(verb))) errors.notSupported(path, verbs, VERBS);
}

function validateResourceRule(rule: DeepReadonly<ResourcePolicyRule>, path: FieldPath, errors: FieldErrors): void {
  validateVerbs(rule.verbs, path.child('verbs'), errors);
  validateList(rule.apiGroups, path.child('apiGroups'), { empty: 'resource rules must supply at least one api group', others: 'api groups' }, errors);
  validateList(rule.resources, path.child('resources'), { empty: 'resource rules must supply at least one resource', others: 'resources' }, errors);
  const namespaces = rule.namespaces ?? [];
  const namespacesPath = path.child('namespaces');
  if (namespaces.length === 0 && !rule.clusterScope) errors.required(namespacesPath, 'resource rules that are not cluster scoped must supply at least one namespace');
  else if (namespaces.length > 1 && namespaces.includes('*')) errors.invalid(namespacesPath, namespaces, "if '*' is present, must not specify other namespaces");
  else namespaces.forEach((namespace, i) => {
    if (namespace !== '*') addInvalid(isDns1123Label(namespace).map((text) => NAMESPACE_TEXT + text), namespace, namespacesPath.index(i), errors);
  });
}

function validateUrlRule(rule: DeepReadonly<NonResourcePolicyRule>, path: FieldPath, errors: FieldErrors): void {
  validateVerbs(rule.verbs, path.child('verbs'), errors);
  const urlsPath = path.child('nonResourceURLs');
  validateList(rule.nonResourceURLs, urlsPath, { empty: 'nonResourceURLs must contain at least one value', others: 'non-resource URLs' }, errors);
  if (rule.nonResourceURLs?.includes('*')) return;
  rule.nonResourceURLs?.forEach((url, i) => {
    const fault = urlFault(url);
    if (fault !== undefined) errors.invalid(urlsPath.index(i), url, fault);
  });
}

function urlFault(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split('*').length - 1;
  return wildcards > 1 || (wildcards === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}

function validateSubject(subject: DeepReadonly<Subject>, path: FieldPath, errors: FieldErrors): void {
  const own = MEMBERS[subject.kind as keyof typeof MEMBERS] as (typeof MEMBERS)[keyof typeof MEMBERS] | undefined;
  if (own === undefined) {
    errors.notSupported(path.child('kind'), subject.kind, new Set(Object.keys(MEMBERS)));
    return;
  }
  validateNamed(subject, own, path, errors);
  for (const [kind, member] of Object.entries({ ServiceAccount: MEMBERS.ServiceAccount, User: MEMBERS.User, Group: MEMBERS.Group })) {
    if (member !== own && subject[member]) errors.forbidden(path.child(member), `${member} is forbidden when subject kind is not '${kind}'`);
  }
}

function validateNamed(subject: DeepReadonly<Subject>, own: (typeof MEMBERS)[keyof typeof MEMBERS], path: FieldPath, errors: FieldErrors): void {
  const named = subject[own];
  if (!named) errors.required(path.child(own), `${own} is required when subject kind is '${subject.kind}'`);
  else if (named.name === '') errors.required(path.child(own, 'name'));
  else if (own === 'serviceAccount' && named.name !== '*') addInvalid(isDns1123Subdomain(named.name), named.name, path.child(own, 'name'), errors);
  if (own !== 'serviceAccount' || !subject.serviceAccount) return;
  const { namespace } = subject.serviceAccount;
  if (namespace === '') errors.required(path.child(own, 'namespace'), 'must specify namespace for service account');
  else addInvalid(isDns1123Label(namespace), namespace, path.child(own, 'namespace'), errors);
}

function validateRules(rules: DeepReadonly<PolicyRulesWithSubjects>, path: FieldPath, errors: FieldErrors): void {
  const subjects = rules.subjects ?? [];
  if (subjects.length === 0) errors.required(path.child('subjects'), 'subjects must contain at least one value');
  subjects.forEach((subject, i) => validateSubject(subject, path.child('subjects').index(i), errors));
  if ((rules.resourceRules ?? []).length === 0 && (rules.nonResourceRules ?? []).length === 0) errors.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty');
  rules.resourceRules?.forEach((rule, i) => validateResourceRule(rule, path.child('resourceRules').index(i), errors));
  rules.nonResourceRules?.forEach((rule, i) => validateUrlRule(rule, path.child('nonResourceRules').index(i), errors));
}

export function validateFlowSchema({ metadata, spec }: DeepReadonly<FlowSchema>, errors: FieldErrors): void {
  const precedence = spec.matchingPrecedence ?? 0;
  const path = SPEC.child('matchingPrecedence');
  if (precedence <= 0) errors.invalid(path, precedence, 'must be a positive value');
  if (precedence > MAX_PRECEDENCE) errors.invalid(path, precedence, `must not be greater than ${MAX_PRECEDENCE}`);
  if (precedence === 1 && metadata.name !== EXEMPT) errors.invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  const method = spec.distinguisherMethod;
  const methods = new Set(['ByNamespace', 'ByUser']);
  if (method && !methods.has(method.type)) errors.notSupported(SPEC.child('distinguisherMethod', 'type'), { Type: method.type }, methods);
  const level = spec.priorityLevelConfiguration.name;
  const levelPath = SPEC.child('priorityLevelConfiguration', 'name');
  if (level === '') errors.required(levelPath, 'must reference a priority level');
  else addInvalid(isDns1123Subdomain(level), level, levelPath, errors);
  spec.rules?.forEach((rules, i) => validateRules(rules, SPEC.child('rules').index(i), errors));
  const fixed = mandatoryFlowSchemas.find((one) => one.metadata.name === metadata.name);
  if (fixed && !isDeepStrictEqual(plain(fixed.spec), plain(spec))) errors.invalid(SPEC, goForm('flowcontrol.v1.FlowSchemaSpec', spec), `spec of '${metadata.name}' must equal the fixed value`);
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** How many bits of a hash it takes to deal a hand. */
function entropyBits(deck: number, hand: number): number {
  let product = 1;
  for (let i = 0; i < hand; i++) product *= deck - i;
  return Math.ceil(Math.log2(product));
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: DeepReadonly<QueuingConfiguration>, path: FieldPath, errors: FieldErrors): void {
  if (queueLengthLimit <= 0) errors.invalid(path.child('queueLengthLimit'), queueLengthLimit, 'must be positive');
  if (queues <= 0) errors.invalid(path.child('queues'), queues, 'must be positive');
  else if (queues > MAX_QUEUES) errors.invalid(path.child('queues'), queues, `must not be greater than ${MAX_QUEUES}`);
  if (handSize <= 0) errors.invalid(path.child('handSize'), handSize, 'must be positive');
  else if (handSize > queues) errors.invalid(path.child('handSize'), handSize, `should not be greater than queues (${queues})`);
  else if (entropyBits(queues, handSize) > MAX_ENTROPY_BITS) {
    errors.invalid(path.child('handSize'), handSize, `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_ENTROPY_BITS}`);
  }
}

function validatePercent(value: number | undefined, path: FieldPath, errors: FieldErrors): void {
  if (value !== undefined && (value < 0 || value > 100)) errors.invalid(path, value, 'must be between 0 and 100, inclusive');
}

function validateShares(shares = 0, path: FieldPath, errors: FieldErrors): void {
  if (shares < 0) errors.invalid(path.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer');
}

function validateLimited(limited: DeepReadonly<LimitedPriorityLevelConfiguration>, path: FieldPath, errors: FieldErrors): void {
  validateShares(limited.nominalConcurrencyShares, path, errors);
  const { type, queuing } = limited.limitResponse;
  const responsePath = path.child('limitResponse');
  if (type === 'Reject') {
    if (queuing) errors.forbidden(responsePath.child('queuing'), 'must be nil if limited.limitResponse.type is not Limited');
  } else if (type === 'Queue') {
    if (queuing) validateQueuing(queuing, responsePath.child('queuing'), errors);
    else errors.required(responsePath.child('queuing'), 'must not be empty if limited.limitResponse.type is Limited');
  } else errors.notSupported(responsePath.child('type'), type, new Set(['Queue', 'Reject']));
  validatePercent(limited.lendablePercent, path.child('lendablePercent'), errors);
  const borrowing = limited.borrowingLimitPercent;
  if (borrowing !== undefined && borrowing < 0) errors.invalid(path.child('borrowingLimitPercent'), borrowing, 'if specified, must be a non-negative integer');
}

export function validatePriorityLevel({ metadata, spec }: DeepReadonly<PriorityLevelConfiguration>, errors: FieldErrors): void {
  if (metadata.annotations?.[ZERO_SHARES] !== undefined) errors.forbidden(FieldPath.of('metadata.annotations'), `annotation '${ZERO_SHARES}' is forbidden`);
  if ((metadata.name === EXEMPT) !== (spec.type === 'Exempt')) errors.invalid(SPEC.child('type'), spec.type, "must be 'Exempt' if and only if `name` is 'exempt'");
  switch (spec.type) {
    case 'Exempt':
      if (spec.limited) errors.forbidden(SPEC.child('limited'), 'must be nil if the type is not Limited');
      validateShares(spec.exempt?.nominalConcurrencyShares, SPEC.child('exempt'), errors);
      validatePercent(spec.exempt?.lendablePercent, SPEC.child('exempt', 'lendablePercent'), errors);
      break;
    case 'Limited':
      if (spec.exempt) errors.forbidden(SPEC.child('exempt'), 'must be nil if the type is Limited');
      if (spec.limited) validateLimited(spec.limited, SPEC.child('limited'), errors);
      else errors.required(SPEC.child('limited'), 'must not be empty when type is Limited');
      break;
    default:
      errors.notSupported(SPEC.child('type'), spec.type, new Set(['Exempt', 'Limited']));
  }
  validateFixedLevel(metadata.name, spec, errors);
}

/** The levels that the server cannot do without are as they are, but for what of the exempt one's share others may borrow. */
function validateFixedLevel(name: string, spec: DeepReadonly<PriorityLevelConfiguration['spec']>, errors: FieldErrors): void {
  const fixed = mandatoryPriorityLevels.find((one) => one.metadata.name === name);
  if (!fixed) return;
  const shown = (): unknown => goForm('flowcontrol.v1.PriorityLevelConfigurationSpec', spec);
  const isExempt = name === EXEMPT;
  const compared = (one: DeepReadonly<PriorityLevelConfiguration['spec']> | undefined): unknown => plain(isExempt ? { ...one, exempt: undefined } : one);
  if (isDeepStrictEqual(compared(fixed.spec), compared(spec))) return;
  errors.invalid(SPEC, shown(), isExempt ? "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value" : `spec of '${name}' must equal the fixed value`);
}
