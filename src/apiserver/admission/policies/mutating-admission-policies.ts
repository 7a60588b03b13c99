import { checkTypeNames, JSON_PATCHES, mutationOptions, OBJECT } from '../../../api/admissionregistration/mutation-expressions.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../../api/generated/admissionregistration-v1.ts';
import * as refs from '../../../api/refs.ts';
import { jsonEqual } from '../../../apimachinery/patch/json.ts';
import { applyJsonPatch, JsonPatchFault } from '../../../apimachinery/patch/json-patch.ts';
import { internalError, StatusError } from '../../../apimachinery/status.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { EvaluationError, type Value } from '../../../cel/expression.ts';
import { toJson } from '../../../cel/runtime/to-json.ts';
import type { ResourceTable } from '../../registry/served-resource.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';
import { isExemptFromPolicies } from '../webhook/rules.ts';
import { VersionedObject } from '../webhook/versioned-object.ts';
import { mergeConfiguration } from './apply-configuration.ts';
import { AuthorizerChecks } from './authorizer-checks.ts';
import { compileBasics, compileIn, Evaluation, PolicyEvaluationError, type CompiledBasics, type PolicyExpression } from './evaluation.ts';
import { givenOf } from './given.ts';
import { matchOf, type Match, type MatchContext } from './matching.ts';
import { ConfigurationError, paramsOf } from './params.ts';
import type { PolicyTools } from './policy-tools.ts';
import { PolicyHooks, type PolicyHook } from './policy-hooks.ts';
import { stringifyWhole } from '../../../apimachinery/whole-numbers.ts';

interface Compiled extends CompiledBasics {
  readonly mutations: readonly { readonly isJsonPatch: boolean; readonly expression: PolicyExpression }[];
}

type Hook = PolicyHook<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Compiled>;

interface Invocation {
  readonly hook: Hook;
  readonly binding: DeepReadonly<MutatingAdmissionPolicyBinding>;
  readonly match: Match;
  readonly param: DeepReadonly<KubeObject> | undefined;
}

interface Problem {
  readonly message: string;
  readonly reason: string;
}

/** What is remembered between the first round over the plugins and the second. */
interface Rounds {
  output: string;
  readonly called: Set<string>;
  readonly again: Set<string>;
}

function compilePolicy({ spec }: DeepReadonly<MutatingAdmissionPolicy>): Compiled {
  const basics = compileBasics(spec);
  const mutations = (spec.mutations ?? []).map(({ patchType, jsonPatch, applyConfiguration }) => {
    const isJsonPatch = patchType === 'JSONPatch';
    return { isJsonPatch, expression: compileIn((isJsonPatch ? jsonPatch : applyConfiguration)?.expression ?? '', mutationOptions(basics.scope, isJsonPatch ? JSON_PATCHES : OBJECT)) };
  });
  return { ...basics, mutations };
}

function callAgain(rounds: Rounds): void {
  for (const id of rounds.called) rounds.again.add(id);
  rounds.called.clear();
}

/** Lets policies change objects: each sees what those before it have made. Source: apiserver pkg/admission/plugin/policy/mutating. */
export class MutatingAdmissionPolicies implements AdmissionPlugin {
  readonly name = 'MutatingAdmissionPolicy';
  readonly #tools: PolicyTools;
  readonly #hooks: PolicyHooks<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Compiled>;
  readonly #rounds = new WeakMap<AdmissionAttributes, Rounds>();

  constructor(tools: PolicyTools) {
    this.#tools = tools;
    this.#hooks = new PolicyHooks(tools.objects, { policies: refs.mutatingAdmissionPolicies, bindings: refs.mutatingAdmissionPolicyBindings }, compilePolicy);
  }

  handles(_operation: AdmissionOperation, attributes: AdmissionAttributes): boolean {
    return this.#hooks.all.length > 0 && !isExemptFromPolicies(attributes);
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const context = { objects: this.#tools.objects(), resources: this.#tools.resources() };
    const problems: Problem[] = [];
    const invocations = this.#invocations(attributes, context, problems);
    const checks = new AuthorizerChecks(this.#tools.authorizer, attributes);
    const rounds = this.#roundsOf(attributes);
    const isAgain = attributes.reinvocation?.isSecondRound === true;
    if (isAgain && rounds.output !== stringifyWhole(attributes.object)) callAgain(rounds);
    for (const invocation of invocations) await this.#invoke(invocation, attributes, { context, checks, rounds, isAgain, problems });
    if (invocations.length > 0) rounds.output = stringifyWhole(attributes.object);
    if (problems.length > 0) throw denied(attributes, problems);
  }

  #roundsOf(attributes: AdmissionAttributes): Rounds {
    let rounds = this.#rounds.get(attributes);
    if (!rounds) this.#rounds.set(attributes, (rounds = { output: '', called: new Set(), again: new Set() }));
    return rounds;
  }

  #invocations(attributes: AdmissionAttributes, context: MatchContext, problems: Problem[]): Invocation[] {
    const found: Invocation[] = [];
    for (const hook of this.#hooks.all) {
      const match = matchOf(hook.policy.spec.matchConstraints, attributes, context);
      if (!match) continue;
      for (const binding of hook.bindings) {
        if (!matchOf(binding.spec.matchResources, attributes, context)) continue;
        try {
          found.push(...paramsOf(hook.policy.spec.paramKind, binding.spec.paramRef, attributes.namespace, context).map((param) => ({ hook, binding, match, param })));
        } catch (error) {
          if (!(error instanceof ConfigurationError)) throw error;
          problems.push(...problemOf({ hook, binding }, `failed to configure binding: ${error.message}`, ''));
        }
      }
    }
    return found;
  }

  async #invoke(invocation: Invocation, attributes: AdmissionAttributes, round: { readonly context: MatchContext; readonly checks: AuthorizerChecks; readonly rounds: Rounds; readonly isAgain: boolean; readonly problems: Problem[] }): Promise<void> {
    const { hook, match, param } = invocation;
    const { context, checks, rounds, problems } = round;
    const extra = { params: param, checks, context };
    const id = [hook.policy, invocation.binding, param].map((one) => `${one?.metadata.namespace ?? ''}/${one?.metadata.name ?? ''}`).join(' ');
    const before = stringifyWhole(attributes.object);
    const orProblem = async (run: () => Promise<boolean>): Promise<boolean> => {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof PolicyEvaluationError)) throw error;
        problems.push(...problemOf(invocation, error.message, 'Invalid'));
        return false;
      }
    };
    if (!(await orProblem(async () => new Evaluation(hook.compiled, await givenOf(attributes, match, extra)).conditionsHold()))) return;
    if (round.isAgain && !rounds.again.delete(id)) return;
    for (const mutation of hook.compiled.mutations) {
      // One that errs does not keep the others from being made: the policy may be one that is allowed to fail.
      if (attributes.object) await orProblem(async () => {
        const evaluation = new Evaluation(hook.compiled, await givenOf(attributes, match, extra));
        await change(attributes, { match, isJsonPatch: mutation.isJsonPatch, resources: context.resources }, await evaluation.evaluate(mutation.expression));
        return true;
      });
    }
    if (before !== stringifyWhole(attributes.object)) {
      callAgain(rounds);
      if (attributes.reinvocation) attributes.reinvocation.isNeeded = true;
    }
    if (hook.policy.spec.reinvocationPolicy === 'IfNeeded') rounds.called.add(id);
  }
}

/** Of a policy that must not fail. */
function problemOf({ hook: { policy }, binding }: Pick<Invocation, 'hook' | 'binding'>, why: string, reason: string): Problem[] {
  return policy.spec.failurePolicy === 'Ignore' ? [] : [{ message: `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${why}`, reason }];
}

function denied(attributes: AdmissionAttributes, problems: readonly Problem[]): StatusError {
  const [first] = problems;
  const error = refusal(attributes, 'admission request denied by policy');
  error.status.message = first?.message ?? '';
  if (first?.reason) error.status.reason = first.reason;
  error.status.details = { ...error.status.details, causes: problems.map(({ message }) => ({ message })) };
  return error;
}

/** Throws PolicyEvaluationError for a patch that does not fit. */
async function change(attributes: AdmissionAttributes, { match, isJsonPatch, resources }: { readonly match: Match; readonly isJsonPatch: boolean; readonly resources: ResourceTable }, value: Value): Promise<void> {
  const versioned = new VersionedObject(attributes, match.served);
  const before = (await versioned.object()) ?? {};
  let changed: unknown;
  try {
    checkTypeNames(value);
    changed = isJsonPatch ? applyJsonPatch(before, toJson(value)) : mergeConfiguration(before, toJson(value), match.served, resources);
  } catch (error) {
    if (error instanceof EvaluationError) throw new PolicyEvaluationError(error.message, { cause: error });
    if (!StatusError.is(error)) throw error;
    if (isJsonPatch && error.cause instanceof JsonPatchFault && error.cause.isTest) return; // the patch is for other objects
    throw new PolicyEvaluationError(isJsonPatch ? `JSON Patch: ${error.cause instanceof Error ? error.cause.message : error.message}` : error.message, { cause: error });
  }
  if (typeof changed === 'object' && changed !== null && !jsonEqual(before, changed)) await take(versioned, changed, isJsonPatch);
}

/** Of built-in kinds JSON patches make what is decoded strictly; what cannot be is no fault of the request. */
async function take(versioned: VersionedObject, changed: object, isJsonPatch: boolean): Promise<void> {
  const isStrict = isJsonPatch && versioned.resource?.version.message !== undefined;
  try {
    await versioned.replace(changed, isStrict);
  } catch (error) {
    if (!isStrict || !StatusError.is(error) || error.code !== 400) throw error;
    throw internalError(error.message.replace(/^.* cannot be handled as an? [^:]*: /, ''), { cause: error });
  }
}
