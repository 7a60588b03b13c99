/** `authorizer`: may somebody do something? Source: apiserver pkg/cel/library/authz.go. */
import { BOOL, opaque, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { OpaqueValue, sizeOf, type Value } from '../runtime/values.ts';
import { member, type Declaration } from './declare.ts';

export const AUTHORIZER = opaque('kubernetes.authorization.Authorizer');
export const RESOURCE_CHECK = opaque('kubernetes.authorization.ResourceCheck');
const PATH_CHECK = opaque('kubernetes.authorization.PathCheck');
const GROUP_CHECK = opaque('kubernetes.authorization.GroupCheck');
const DECISION = opaque('kubernetes.authorization.Decision');

/** What is asked: of a path if `path` is given, else of a resource. */
export interface CheckAttributes {
  readonly verb: string;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Asked for somebody else than the request's user. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

export interface CheckDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

/** Answers at once: expressions do not wait. */
export type Authorize = (attributes: CheckAttributes) => CheckDecision;

const CHECK_COST = 350_000;
const LIST_COST = 10;
const REQUIREMENT_COST = 50;
const SIMPLE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export class AuthorizerValue extends OpaqueValue {
  readonly typeName: string;
  readonly authorize: Authorize;
  readonly attributes: Omit<CheckAttributes, 'verb'>;

  constructor(authorize: Authorize, attributes: Omit<CheckAttributes, 'verb'> = {}, typeName = 'kubernetes.authorization.Authorizer') {
    super();
    this.authorize = authorize;
    this.attributes = attributes;
    this.typeName = typeName;
  }

  with(attributes: Omit<CheckAttributes, 'verb'>, typeName: string = this.typeName): AuthorizerValue {
    return new AuthorizerValue(this.authorize, { ...this.attributes, ...attributes }, typeName);
  }
}

class DecisionValue extends OpaqueValue {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly decision: CheckDecision;

  constructor(decision: CheckDecision) {
    super();
    this.decision = decision;
  }
}

function serviceAccount(of: AuthorizerValue, namespace: string, name: string): AuthorizerValue {
  if (!SIMPLE.test(name) || name.length > 253) throw new EvaluationError('Invalid service account name');
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace) || namespace.length > 63) throw new EvaluationError('Invalid service account namespace');
  return of.with({ serviceAccount: { namespace, name } });
}

function path(of: AuthorizerValue, text: string): AuthorizerValue {
  if (text.trim() === '') throw new EvaluationError('path must not be empty');
  return of.with({ path: text }, 'kubernetes.authorization.PathCheck');
}

function resource(of: AuthorizerValue, name: string): AuthorizerValue {
  if (name.trim() === '') throw new EvaluationError('resource must not be empty');
  return of.with({ resource: name }, 'kubernetes.authorization.ResourceCheck');
}

const check = (of: AuthorizerValue, verb: string): DecisionValue => new DecisionValue(of.authorize({ ...of.attributes, verb }));
/** Parsing a text, and making a list of requirements of it: the shortest takes two characters. */
const selectorCost = ([, text]: readonly Value[]): number => LIST_COST + Math.ceil(sizeOf(text) * 0.1) + Math.ceil(sizeOf(text) * 0.5) * REQUIREMENT_COST;
const narrow = (name: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector'): Declaration => [name, member(`resourcecheck_${name}`, [RESOURCE_CHECK, STRING], RESOURCE_CHECK, (of: AuthorizerValue, text: string) => of.with({ [name]: text }), name.endsWith('Selector') ? selectorCost : undefined)];

export const authorizerLibrary: readonly Declaration[] = [
  ['serviceAccount', member('authorizer_serviceaccount', [AUTHORIZER, STRING, STRING], AUTHORIZER, serviceAccount)],
  ['path', member('authorizer_path', [AUTHORIZER, STRING], PATH_CHECK, path)],
  ['group', member('authorizer_group', [AUTHORIZER, STRING], GROUP_CHECK, (of: AuthorizerValue, group: string) => of.with({ group }, 'kubernetes.authorization.GroupCheck'))],
  ['resource', member('groupcheck_resource', [GROUP_CHECK, STRING], RESOURCE_CHECK, resource)],
  narrow('subresource'), narrow('namespace'), narrow('name'), narrow('fieldSelector'), narrow('labelSelector'),
  ['check', member('pathcheck_check', [PATH_CHECK, STRING], DECISION, check, () => CHECK_COST), member('resourcecheck_check', [RESOURCE_CHECK, STRING], DECISION, check, () => CHECK_COST)],
  ['allowed', member('decision_allowed', [DECISION], BOOL, ({ decision }: DecisionValue) => decision.allowed)],
  ['reason', member('decision_reason', [DECISION], STRING, ({ decision }: DecisionValue) => decision.reason)],
  ['errored', member('decision_errored', [DECISION], BOOL, ({ decision }: DecisionValue) => decision.error !== undefined)],
  ['error', member('decision_error', [DECISION], STRING, ({ decision }: DecisionValue) => decision.error ?? '')],
];
