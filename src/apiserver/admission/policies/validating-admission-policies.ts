import { policyOptions } from '../../../api/admissionregistration/expressions.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../api/generated/admissionregistration-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { BOOL, NULL, STRING } from '../../../cel/checker/types.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';
import { isExemptFromPolicies } from '../webhook/rules.ts';
import { AuthorizerChecks } from './authorizer-checks.ts';
import { compileBasics, compileIn, Evaluation, PolicyEvaluationError, type CompiledBasics, type PolicyExpression } from './evaluation.ts';
import { givenOf } from './given.ts';
import { matchOf, type Match, type MatchContext } from './matching.ts';
import { ConfigurationError, paramsOf } from './params.ts';
import type { PolicyTools } from './policy-tools.ts';
import { PolicyHooks, type PolicyHook } from './policy-hooks.ts';

interface Compiled extends CompiledBasics {
  readonly validations: readonly { readonly expression: PolicyExpression; readonly message: PolicyExpression | undefined }[];
  readonly audits: readonly PolicyExpression[];
}

type Policy = DeepReadonly<ValidatingAdmissionPolicy>;
type Binding = DeepReadonly<ValidatingAdmissionPolicyBinding>;
type Hook = PolicyHook<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Compiled>;

/** What a policy says against a request. */
interface Decision {
  readonly message: string;
  readonly reason: string;
  readonly index: number;
}

interface Denial {
  readonly policy: Policy;
  readonly binding: Binding | undefined;
  readonly message: string;
  readonly reason: string;
}

const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };
const MAX_MESSAGE_BYTES = 5 * 1024;
const MAX_AUDIT_BYTES = 10 * 1024;

function compilePolicy({ spec }: Policy): Compiled {
  const basics = compileBasics(spec);
  const options = policyOptions(basics.scope);
  return {
    ...basics,
    validations: (spec.validations ?? []).map(({ expression, messageExpression }) => ({
      expression: compileIn(expression, { ...options, resultTypes: [BOOL] }),
      message: messageExpression ? compileIn(messageExpression, { ...policyOptions({ ...basics.scope, hasAuthorizer: false }), resultTypes: [STRING] }) : undefined,
    })),
    audits: (spec.auditAnnotations ?? []).map(({ valueExpression }) => compileIn(valueExpression, { ...options, resultTypes: [STRING, NULL] })),
  };
}

/** Lets policies judge writes. Source: apiserver pkg/admission/plugin/policy/validating. */
export class ValidatingAdmissionPolicies implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionPolicy';
  readonly #tools: PolicyTools;
  readonly #hooks: PolicyHooks<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Compiled>;

  constructor(tools: PolicyTools) {
    this.#tools = tools;
    this.#hooks = new PolicyHooks(tools.objects, { policies: refs.validatingAdmissionPolicies, bindings: refs.validatingAdmissionPolicyBindings }, compilePolicy);
  }

  handles(_operation: AdmissionOperation, attributes: AdmissionAttributes): boolean {
    return this.#hooks.all.length > 0 && !isExemptFromPolicies(attributes);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const context = { objects: this.#tools.objects(), resources: this.#tools.resources() };
    const checks = new AuthorizerChecks(this.#tools.authorizer, attributes);
    const denials: Denial[] = [];
    for (const hook of this.#hooks.all) {
      const match = matchOf(hook.policy.spec.matchConstraints, attributes, context);
      if (!match) continue;
      for (const binding of hook.bindings) {
        if (matchOf(binding.spec.matchResources, attributes, context)) denials.push(...(await this.#judge({ hook, binding, match, checks, context }, attributes)));
      }
    }
    if (denials.length > 0) throw denied(attributes, denials[0] as Denial);
  }

  async #judge(asked: Asked, attributes: AdmissionAttributes): Promise<Denial[]> {
    const { hook: { policy }, binding } = asked;
    let params: readonly (DeepReadonly<KubeObject> | undefined)[];
    try {
      params = paramsOf(policy.spec.paramKind, binding.spec.paramRef, attributes.namespace, asked.context);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return policy.spec.failurePolicy === 'Ignore' ? [] : [{ policy, binding, message: `failed to configure binding: ${error.message}`, reason: '' }];
    }
    const denials: Denial[] = [];
    for (const param of params) {
      const given = await givenOf(attributes, asked.match, { params: param, checks: asked.checks, context: asked.context });
      const evaluation = new Evaluation(asked.hook.compiled, given);
      for (const decision of await decisionsOf(asked.hook, evaluation, attributes)) {
        const { message, reason } = decision;
        if (enforce(policy, binding, decision, attributes)) denials.push({ policy, binding, message, reason });
      }
    }
    return denials;
  }
}

interface Asked {
  readonly hook: Hook;
  readonly binding: Binding;
  readonly match: Match;
  readonly checks: AuthorizerChecks;
  readonly context: MatchContext;
}

function denied(attributes: AdmissionAttributes, { policy, binding, message, reason }: Denial): Error {
  const by = binding ? `'${policy.metadata.name}' with binding '${binding.metadata.name}'` : `'${policy.metadata.name}'`;
  const text = `ValidatingAdmissionPolicy ${by} denied request: ${message}`;
  const error = refusal(attributes, text);
  error.status.reason = reason || 'Invalid';
  error.status.code = CODES[error.status.reason] ?? 422;
  error.status.details = { ...error.status.details, causes: [{ message: text }] };
  return error;
}

/** Does what the binding says shall follow; whether the request is denied. */
function enforce(policy: Policy, binding: Binding, { message, index }: Decision, attributes: AdmissionAttributes): boolean {
  const { name } = policy.metadata;
  const actions = binding.spec.validationActions ?? [];
  if (actions.includes('Warn')) attributes.warn(`Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding.metadata.name}': ${message}`);
  if (actions.includes('Audit')) {
    attributes.annotate('validation.policy.admission.k8s.io/validation_failure', JSON.stringify([{ message, policy: name, binding: binding.metadata.name, expressionIndex: index, validationActions: actions }]));
  }
  return actions.includes('Deny');
}

async function decisionsOf({ policy, compiled }: Hook, evaluation: Evaluation, attributes: AdmissionAttributes): Promise<Decision[]> {
  const onError = (error: unknown, reason = '', index = 0): Decision[] => {
    if (!(error instanceof PolicyEvaluationError)) throw error;
    return policy.spec.failurePolicy === 'Ignore' ? [] : [{ message: error.message, reason, index }];
  };
  try {
    if (!(await evaluation.conditionsHold())) return [];
  } catch (error) {
    return onError(error);
  }
  const decisions: Decision[] = [];
  for (const [index, { expression, message }] of compiled.validations.entries()) {
    const stated = policy.spec.validations?.[index];
    try {
      if ((await evaluation.evaluate(expression)) === true) continue;
      decisions.push({ message: (message && (await evaluated(message, evaluation))) ?? (stated?.message?.trim() || `failed expression: ${expression.source.trim()}`), reason: stated?.reason ?? 'Invalid', index });
    } catch (error) {
      decisions.push(...onError(error, stated?.reason, index));
    }
  }
  for (const [index, audit] of compiled.audits.entries()) {
    try {
      annotate(policy, policy.spec.auditAnnotations?.[index]?.key ?? '', await evaluation.evaluate(audit), attributes);
    } catch (error) {
      decisions.push(...onError(error));
    }
  }
  return decisions;
}

function annotate(policy: Policy, key: string, value: unknown, attributes: AdmissionAttributes): void {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text !== '') attributes.annotate(`${policy.metadata.name}/${key}`, text.slice(0, MAX_AUDIT_BYTES));
}

/** The text of a message expression; undefined if it is of no use. */
async function evaluated(message: PolicyExpression, evaluation: Evaluation): Promise<string | undefined> {
  try {
    const value = await evaluation.evaluate(message);
    const text = typeof value === 'string' ? value.trim() : '';
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE_BYTES ? undefined : text;
  } catch (error) {
    if (!(error instanceof PolicyEvaluationError)) throw error;
    return undefined;
  }
}
