/** Checks the expressions of a policy by the types of what it is about. Source: apiserver pkg/admission/plugin/policy/validating/typechecking.go. */
import { policyOptions, PolicyVariables, type PolicyScope } from '../../api/admissionregistration/expressions.ts';
import { kinds } from '../../api/kinds.ts';
import { kindType } from '../../api/kind-types.ts';
import { schemaType } from '../../api/apiextensions/cel-schema.ts';
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../api/generated/admissionregistration-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { DYN, type CelType } from '../../cel/checker/types.ts';
import { compile, CompileError } from '../../cel/expression.ts';
import type { PublishedSchema } from './published-schemas.ts';

const MAX_TYPES = 10;

/** A kind that a policy is about. */
interface Checked {
  /** `apps/v1, Kind=Deployment` */
  readonly name: string;
  readonly type: CelType;
}

interface Resource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

function customType(published: readonly PublishedSchema[], { group, version, resource }: Resource): Checked | undefined {
  const found = published.find((one) => one.group === group && one.version === version && one.resource === resource);
  const type = found && schemaType(found.schema, true)?.type;
  return found && type && { name: `${group}/${version}, Kind=${found.kind}`, type };
}

function builtInType({ group, version, resource }: Resource): Checked | undefined {
  const kind = kinds.find((one) => one.group === group && one.resource === resource);
  const found = kind?.versions.find((one) => (one.group ?? group) === group && one.version === version);
  return kind && found && { name: `${group === '' ? '' : `${group}/`}${version}, Kind=${kind.kind}`, type: kindType(found.message) };
}

/** Rules with wildcards are about too much to check. */
function typesOf({ spec }: DeepReadonly<ValidatingAdmissionPolicy>, published: readonly PublishedSchema[]): Checked[] {
  const found = new Map<string, Checked>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec.matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions, ...resources].some((one) => one.includes('*'))) continue;
    for (const group of apiGroups) for (const version of apiVersions) for (const resource of resources) {
      const one = builtInType({ group, version, resource }) ?? customType(published, { group, version, resource });
      if (one) found.set(one.name, one);
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MAX_TYPES);
}

function problemOf(expression: string, scope: PolicyScope): string | undefined {
  try {
    compile(expression, policyOptions(scope));
    return undefined;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.message;
  }
}

function scopeOf({ spec }: DeepReadonly<ValidatingAdmissionPolicy>, objectType: CelType): PolicyScope {
  const variables = new PolicyVariables();
  const scope: PolicyScope = { hasParams: spec.paramKind !== undefined, hasAuthorizer: true, variables, objectType };
  for (const { name, expression } of spec.variables ?? []) {
    let type = DYN;
    try {
      ({ type } = compile(expression, policyOptions(scope)));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
    }
    variables.add(name, type);
  }
  return scope;
}

/** What would go wrong for some kind that the policy is about. */
export function expressionWarnings(policy: DeepReadonly<ValidatingAdmissionPolicy>, published: readonly PublishedSchema[]): ExpressionWarning[] {
  const checked = typesOf(policy, published).map(({ name, type }) => ({ name, scope: scopeOf(policy, type) }));
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, expression: string | undefined): void => {
    if (!expression) return;
    const texts = checked.flatMap(({ name, scope }) => {
      const problem = problemOf(expression, scope);
      return problem === undefined ? [] : [`${name}: ${problem}`];
    });
    if (texts.length > 0) warnings.push({ fieldRef, warning: texts.join('\n') });
  };
  policy.spec.validations?.forEach(({ expression, messageExpression }, i) => {
    check(`spec.validations[${i}].expression`, expression);
    check(`spec.validations[${i}].messageExpression`, messageExpression);
  });
  return warnings;
}
