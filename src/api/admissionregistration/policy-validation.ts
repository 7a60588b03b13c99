/** Source: pkg/apis/admissionregistration/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1035Label, isDns1123Subdomain, pathSegmentName } from '../../apimachinery/validation/names.ts';
import type {
  AuditAnnotation, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutation, ParamKind, ParamRef, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation, Variable,
} from '../generated/admissionregistration-v1.ts';
import { goForm } from '../go-form.ts';
import { addInvalid } from '../path-segment.ts';
import { BOOL, NULL, STRING } from '../../cel/checker/types.ts';
import { compiledType, validateExpression } from './expression-validation.ts';
import { policyOptions, PolicyVariables, type PolicyScope } from './expressions.ts';
import { JSON_PATCHES, mutationOptions, OBJECT } from './mutation-expressions.ts';
import {
  validateChoice, validateFailurePolicy, validateMatchConditions, validateMatchConstraints, validateMatchResources, validateMutableOperations,
} from './rule-validation.ts';

const SPEC = FieldPath.of('spec');
const ACTIONS = new Set(['Audit', 'Deny', 'Warn']);
const NOT_FOUND_ACTIONS = ['Deny', 'Allow'];
const REASONS = new Set(['Forbidden', 'Invalid', 'RequestEntityTooLarge']);
const REINVOCATION = new Set(['IfNeeded', 'Never']);
const PATCH_TYPES = new Set(['ApplyConfiguration', 'JSONPatch']);
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while',
]);
const MAX_AUDIT_ANNOTATIONS = 20;
const MAX_AUDIT_EXPRESSION = 5 * 1024;

function addJoined(messages: readonly string[], value: unknown, path: FieldPath, errors: FieldErrors): void {
  if (messages.length > 0) errors.invalid(path, value, messages.join(','));
}

function validateParamKind(param: DeepReadonly<ParamKind> | undefined, errors: FieldErrors): void {
  if (!param) return;
  const path = SPEC.child('paramKind');
  const { apiVersion = '', kind = '' } = param;
  if (apiVersion === '') errors.required(path.child('apiVersion'));
  else {
    const parts = apiVersion.split('/');
    const version = parts.at(-1) ?? '';
    if (parts.length > 2) errors.invalid(path.child('apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
    else {
      const group = parts.length === 2 ? (parts[0] ?? '') : '';
      if (group !== '') addJoined(isDns1123Subdomain(group), group, path.child('apiVersion'), errors);
      if (version === '') errors.invalid(path.child('apiVersion'), apiVersion, 'version must be specified');
      else addJoined(isDns1035Label(version), version, path.child('apiVersion'), errors);
    }
  }
  if (kind === '') errors.required(path.child('kind'));
  else {
    const messages = isDns1035Label(kind.toLowerCase());
    if (messages.length > 0) errors.invalid(path.child('kind'), kind, `may have mixed case, but should otherwise match: ${messages.join(',')}`);
  }
}

/** Those that compile are known to what follows. */
function validateVariables(variables: DeepReadonly<Variable[]> | undefined, { scope, known }: Scope, errors: FieldErrors): void {
  variables?.forEach(({ name, expression }, i) => {
    const path = SPEC.child('variables').index(i);
    if (name.trim() === '') errors.required(path.child('name'), 'name is not specified');
    else if (!IDENTIFIER.test(name) || RESERVED.has(name)) errors.invalid(path.child('name'), name, 'must be a valid CEL identifier');
    if (expression.trim() === '') errors.required(path.child('expression'), 'expression is not specified');
    else known.add(name, compiledType(expression, policyOptions(scope), path.child('expression'), errors));
  });
}

interface Scope {
  readonly scope: PolicyScope;
  readonly known: PolicyVariables;
}

function scopeOf(spec: { readonly paramKind?: unknown }): Scope {
  const known = new PolicyVariables();
  return { known, scope: { hasParams: spec.paramKind !== undefined, hasAuthorizer: true, variables: known } };
}

function validateValidation({ expression, message, messageExpression, reason }: DeepReadonly<Validation>, scope: PolicyScope, path: FieldPath, errors: FieldErrors): void {
  const text = message?.trim() ?? '';
  if (expression.trim() === '') errors.required(path.child('expression'), 'expression is not specified');
  else validateExpression(expression, { ...policyOptions(scope), resultTypes: [BOOL] }, path.child('expression'), errors);
  if (messageExpression && messageExpression.trim() === '') errors.invalid(path.child('messageExpression'), messageExpression, 'must be non-empty if specified');
  else if (messageExpression) validateExpression(messageExpression, { ...policyOptions({ ...scope, hasAuthorizer: false }), resultTypes: [STRING] }, path.child('messageExpression'), errors);
  if (message && text === '') errors.invalid(path.child('message'), message, 'must be non-empty if specified');
  else if (/[\r\n]/.test(text)) errors.invalid(path.child('message'), message, 'must not contain line breaks');
  validateChoice(reason, REASONS, path.child('reason'), errors);
}

/** The name of the policy is the prefix of its annotations. */
function validateAudit({ key, valueExpression }: DeepReadonly<AuditAnnotation>, policy: string, scope: PolicyScope, path: FieldPath, errors: FieldErrors): void {
  if (policy === '') errors.invalid(path.child('key'), key, 'requires metadata.name be non-empty');
  else addInvalid(isQualifiedName(`${policy}/${key}`), `${policy}/${key}`, path.child('key'), errors);
  if (valueExpression.trim() === '') errors.required(path.child('valueExpression'), 'valueExpression is not specified');
  else if (Buffer.byteLength(valueExpression.trim()) > MAX_AUDIT_EXPRESSION) errors.required(path.child('valueExpression'), `must not exceed ${MAX_AUDIT_EXPRESSION} bytes in length`);
  else validateExpression(valueExpression.trim(), { ...policyOptions(scope), resultTypes: [STRING, NULL] }, path.child('valueExpression'), errors, valueExpression);
}

export function validateValidatingPolicy({ metadata, spec }: DeepReadonly<ValidatingAdmissionPolicy>, errors: FieldErrors): void {
  validateFailurePolicy(spec.failurePolicy, SPEC.child('failurePolicy'), errors);
  validateParamKind(spec.paramKind, errors);
  validateMatchConstraints(spec.matchConstraints, SPEC.child('matchConstraints'), errors);
  const { scope, known } = scopeOf(spec);
  validateMatchConditions(spec.matchConditions, SPEC.child('matchConditions'), errors, { ...policyOptions({ ...scope, variables: undefined }), resultTypes: [BOOL] });
  validateVariables(spec.variables, { scope, known }, errors);
  const validations = spec.validations ?? [];
  const audits = spec.auditAnnotations ?? [];
  if (validations.length === 0 && audits.length === 0) {
    for (const name of ['validations', 'auditAnnotations']) errors.required(SPEC.child(name), 'validations or auditAnnotations must contain at least one item');
  }
  validations.forEach((one, i) => validateValidation(one, scope, SPEC.child('validations').index(i), errors));
  if (audits.length > MAX_AUDIT_ANNOTATIONS) errors.invalid(SPEC.child('auditAnnotations'), audits.map((one) => goForm('admissionregistration.v1.AuditAnnotation', one)), `must not have more than ${MAX_AUDIT_ANNOTATIONS} auditAnnotations`);
  audits.forEach((one, i) => {
    validateAudit(one, metadata.name, scope, SPEC.child('auditAnnotations').index(i), errors);
    if (audits.findIndex((other) => other.key === one.key) < i) errors.duplicate(SPEC.child('auditAnnotations').index(i).child('key'), one.key);
  });
}

function validateMutation(mutation: DeepReadonly<Mutation>, scope: PolicyScope, path: FieldPath, errors: FieldErrors): void {
  const { patchType } = mutation;
  const check = (name: 'applyConfiguration' | 'jsonPatch', other: 'applyConfiguration' | 'jsonPatch'): void => {
    const given = mutation[name];
    if (!given) errors.required(path.child(name), `must be specified when patchType is ${patchType}`);
    else if ((given.expression ?? '').trim() === '') errors.required(path.child(name, 'expression'));
    else validateExpression((given.expression ?? '').trim(), mutationOptions(scope, name === 'jsonPatch' ? JSON_PATCHES : OBJECT), path.child(name, 'expression'), errors);
    if (mutation[other]) errors.invalid(path.child(other), `{${other}}`, `must not be specified when patchType is ${patchType}`);
  };
  if (patchType === '') errors.required(path.child('patchType'));
  else if (patchType === 'ApplyConfiguration') check('applyConfiguration', 'jsonPatch');
  else if (patchType === 'JSONPatch') check('jsonPatch', 'applyConfiguration');
  else validateChoice(patchType, PATCH_TYPES, path.child('patchType'), errors);
}

export function validateMutatingPolicy({ spec }: DeepReadonly<MutatingAdmissionPolicy>, errors: FieldErrors): void {
  validateFailurePolicy(spec.failurePolicy, SPEC.child('failurePolicy'), errors);
  validateParamKind(spec.paramKind, errors);
  validateMatchConstraints(spec.matchConstraints, SPEC.child('matchConstraints'), errors);
  validateMutableOperations(spec.matchConstraints, SPEC.child('matchConstraints'), errors);
  const { scope, known } = scopeOf(spec);
  validateMatchConditions(spec.matchConditions, SPEC.child('matchConditions'), errors, { ...policyOptions({ ...scope, variables: undefined }), resultTypes: [BOOL] });
  validateVariables(spec.variables, { scope, known }, errors);
  if ((spec.mutations ?? []).length === 0) errors.required(SPEC.child('mutations'), 'mutations must contain at least one item');
  spec.mutations?.forEach((one, i) => validateMutation(one, scope, SPEC.child('mutations').index(i), errors));
  if (!spec.reinvocationPolicy) errors.required(SPEC.child('reinvocationPolicy'));
  else validateChoice(spec.reinvocationPolicy, REINVOCATION, SPEC.child('reinvocationPolicy'), errors);
}

function validateParamRef(ref: DeepReadonly<ParamRef> | undefined, errors: FieldErrors): void {
  if (!ref) return;
  const path = SPEC.child('paramRef');
  const { name = '', selector } = ref;
  if (name !== '') {
    addInvalid(pathSegmentName(name, false), name, path.child('name'), errors);
    if (selector) errors.forbidden(path.child('name'), 'name and selector are mutually exclusive');
  }
  if (selector) {
    validateLabelSelector(selector, path.child('selector'), errors);
    if (name !== '') errors.forbidden(path.child('selector'), 'name and selector are mutually exclusive');
  } else if (name === '') errors.required(path, 'one of name or selector must be specified');
  const action = ref.parameterNotFoundAction;
  if (!action) errors.required(path.child('parameterNotFoundAction'));
  else if (!NOT_FOUND_ACTIONS.includes(action)) errors.notSupported(path.child('parameterNotFoundAction'), action, NOT_FOUND_ACTIONS);
}

function validateBinding({ spec }: DeepReadonly<ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding>, errors: FieldErrors): void {
  const policy = spec.policyName ?? '';
  if (policy === '') errors.required(SPEC.child('policyName'));
  else addInvalid(isDns1123Subdomain(policy), policy, SPEC.child('policyName'), errors);
  validateParamRef(spec.paramRef, errors);
  if (spec.matchResources) validateMatchResources(spec.matchResources, SPEC.child('matchResources'), errors);
}

export function validateMutatingBinding(binding: DeepReadonly<MutatingAdmissionPolicyBinding>, errors: FieldErrors): void {
  validateBinding(binding, errors);
  validateMutableOperations(binding.spec.matchResources, SPEC.child('matchResources'), errors);
}

export function validateValidatingBinding(binding: DeepReadonly<ValidatingAdmissionPolicyBinding>, errors: FieldErrors): void {
  validateBinding(binding, errors);
  const actions = binding.spec.validationActions ?? [];
  const path = SPEC.child('validationActions');
  actions.forEach((action, i) => {
    validateChoice(action, ACTIONS, path.index(i), errors);
    if (actions.indexOf(action) < i) errors.duplicate(path.index(i), action);
  });
  if (actions.includes('Deny') && actions.includes('Warn')) {
    errors.invalid(path, actions, 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)');
  }
  if (actions.length === 0) errors.required(path, 'at least one validation action is required');
}
