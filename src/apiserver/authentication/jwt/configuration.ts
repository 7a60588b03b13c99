import { validateDomainPrefixedPath } from '../../../apimachinery/validation/domain-names.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { claimsExpression, userExpression, usesClaim, type CompiledExpression } from './expressions.ts';
import { validateIssuer } from './issuer-validation.ts';
import type { JwtIssuer, Mapping } from './issuer.ts';
import { readRawConfiguration, type RawIssuer, type RawMapping, type RawRule } from './raw-configuration.ts';
import { ALGORITHMS } from './signature.ts';

/** `apiserver.config.k8s.io` AuthenticationConfiguration, read. */
export interface AuthenticationConfiguration {
  readonly issuers: readonly JwtIssuer[];
  /** undefined: `--anonymous-auth` holds. `paths`: where anonymous requests are let through; empty: everywhere. */
  readonly anonymous: { readonly enabled: boolean; readonly paths: readonly string[] } | undefined;
}

const MOST_ISSUERS = 64;

/**
 * Throws Error with all that is wrong, by field. `ownIssuers`: those of the server's own tokens, which no other issuer may be. Source: apiserver
 * pkg/apis/apiserver/validation, ValidateAuthenticationConfiguration.
 */
export function parseAuthenticationConfiguration(text: string, ownIssuers: readonly string[] = []): AuthenticationConfiguration {
  const { jwt = [], anonymous } = readRawConfiguration(text);
  const errors = new FieldErrors();
  const root = FieldPath.of('jwt');
  if (jwt.length > MOST_ISSUERS) errors.tooMany(root, jwt.length, MOST_ISSUERS);
  const issuers = jwt.slice(0, MOST_ISSUERS).map((one, index) => {
    const issuer = new IssuerReader(root.index(index), errors).read(one, ownIssuers);
    for (const field of ['url', 'discoveryURL'] as const) {
      const value = one.issuer?.[field] ?? '';
      if (value !== '' && jwt.findIndex((other) => other.issuer?.[field] === value) < index) errors.duplicate(root.index(index).child('issuer', field), value);
    }
    return issuer;
  });
  const conditions = anonymous?.conditions ?? [];
  if (anonymous && !anonymous.enabled && conditions.length > 0) errors.invalid(FieldPath.of('anonymous.conditions'), conditions.map(({ path = '' }) => ({ Path: path })), 'enabled should be set to true when conditions are defined');
  const problems = errors.causes.map(({ field, message }) => `${field}: ${message}`);
  if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
  return { issuers, anonymous: anonymous && { enabled: anonymous.enabled ?? false, paths: conditions.map(({ path = '' }) => path) } };
}

/** Reads one of `jwt`, and tells of all that is wrong with it. What it gives then is of no use. */
class IssuerReader {
  readonly #path: FieldPath;
  readonly #errors: FieldErrors;
  /** Those that may look whether an address of mail has been verified. */
  readonly #aboutMail: CompiledExpression[] = [];

  constructor(path: FieldPath, errors: FieldErrors) {
    this.#path = path;
    this.#errors = errors;
  }

  read(raw: RawIssuer, ownIssuers: readonly string[]): JwtIssuer {
    const { issuer = {}, claimMappings = {}, claimValidationRules = [], userValidationRules = [] } = raw;
    validateIssuer(issuer, this.#path.child('issuer'), this.#errors, ownIssuers);
    const { url = '', discoveryURL, audiences = [], certificateAuthority } = issuer;
    const claimRules = this.#claimRules(claimValidationRules);
    const mappings = this.#mappings(claimMappings);
    return {
      url, discoveryURL: discoveryURL || undefined, audiences, certificateAuthority: certificateAuthority || undefined, algorithms: ALGORITHMS, claimRules, ...mappings, userRules: this.#userRules(userValidationRules),
    };
  }

  #claimRules(rules: readonly RawRule[]): JwtIssuer['claimRules'] {
    const errors = this.#errors;
    return rules.flatMap(({ claim = '', requiredValue = '', expression = '', message = '' }, index): JwtIssuer['claimRules'] => {
      const at = this.#path.child('claimValidationRules').index(index);
      if (claim !== '' && expression !== '') errors.invalid(at, claim, "claim and expression can't both be set");
      else if (claim !== '') {
        if (message !== '') errors.invalid(at.child('message'), message, 'may not be specified when claim is set');
        if (rules.findIndex((other) => other.claim === claim) < index) errors.duplicate(at.child('claim'), claim);
        return [{ claim, requiredValue }];
      } else if (expression === '') errors.required(at, 'claim or expression is required');
      else {
        if (requiredValue !== '') errors.invalid(at.child('requiredValue'), requiredValue, 'may not be specified when expression is set');
        const compiled = this.#once(expression, rules, index, at) && claimsExpression(expression, true, at.child('expression'), errors);
        if (compiled) this.#aboutMail.push(compiled);
        return compiled ? [{ expression: compiled, message: failureText(expression, message) }] : [];
      }
      return [];
    });
  }

  #mappings({ username = {}, groups = {}, uid = {}, extra = [] }: NonNullable<RawIssuer['claimMappings']>): Pick<JwtIssuer, 'username' | 'groups' | 'uid' | 'extra'> {
    const at = this.#path.child('claimMappings');
    const name = this.#prefixed(username, at.child('username'), true);
    const read = { username: name?.mapping ?? { claim: '', prefix: '' }, groups: this.#prefixed(groups, at.child('groups'), false)?.mapping, uid: this.#uid(uid, at.child('uid')), extra: this.#extra(extra, at.child('extra')) };
    const { expression } = name ?? {};
    if (expression && usesClaim(expression.program, 'email') && ![expression, ...this.#aboutMail].some(({ program }) => usesClaim(program, 'email_verified'))) {
      this.#errors.invalid(at.child('username', 'expression'), username.expression, 'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression');
    }
    return read;
  }

  #prefixed({ claim = '', prefix, expression = '' }: RawMapping, at: FieldPath, isRequired: boolean): { readonly mapping: Mapping; readonly expression?: CompiledExpression } | undefined {
    const errors = this.#errors;
    if (claim !== '' && expression !== '') errors.invalid(at, '', "claim and expression can't both be set");
    else if (expression !== '') {
      if (prefix !== undefined && prefix !== null) errors.invalid(at.child('prefix'), prefix, 'may not be specified when expression is set');
      const compiled = claimsExpression(expression, false, at.child('expression'), errors);
      return compiled && { mapping: { expression: compiled }, expression: compiled };
    } else if (claim === '') {
      if (isRequired) errors.required(at, 'claim or expression is required');
    } else {
      if (prefix === undefined || prefix === null) errors.required(at.child('prefix'), 'prefix is required when claim is set. It can be set to an empty string to disable prefixing');
      return { mapping: { claim, prefix: prefix ?? '' } };
    }
    return undefined;
  }

  #uid({ claim = '', expression = '' }: RawMapping, at: FieldPath): Mapping | undefined {
    if (claim !== '' && expression !== '') this.#errors.invalid(at, '', "claim and expression can't both be set");
    if (expression === '') return claim === '' ? undefined : { claim, prefix: '' };
    const compiled = claimsExpression(expression, false, at.child('expression'), this.#errors);
    return compiled && { expression: compiled };
  }

  #extra(entries: readonly { readonly key?: string; readonly valueExpression?: string }[], path: FieldPath): JwtIssuer['extra'] {
    const errors = this.#errors;
    return entries.flatMap(({ key = '', valueExpression = '' }, index) => {
      const at = path.index(index);
      validateDomainPrefixedPath(key, at.child('key'), errors);
      if (key !== key.toLowerCase()) errors.invalid(at.child('key'), key, 'must be lowercase');
      const domain = key.includes('/') ? (key.split('/')[0] ?? '') : '';
      if (/(^|\.)(kubernetes|k8s)\.io$/.test(domain)) errors.invalid(at.child('key'), key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use');
      if (entries.findIndex((other) => other.key === key) < index) {
        errors.duplicate(at.child('key'), key);
        return [];
      }
      if (valueExpression === '') {
        errors.required(at.child('valueExpression'));
        return [];
      }
      const expression = claimsExpression(valueExpression, false, at.child('valueExpression'), errors);
      if (expression) this.#aboutMail.push(expression);
      return expression ? [{ key, expression }] : [];
    });
  }

  #userRules(rules: NonNullable<RawIssuer['userValidationRules']>): JwtIssuer['userRules'] {
    return rules.flatMap(({ expression = '', message = '' }, index) => {
      const at = this.#path.child('userValidationRules').index(index);
      if (expression === '') this.#errors.required(at.child('expression'));
      const compiled = expression !== '' && this.#once(expression, rules, index, at) && userExpression(expression, at.child('expression'), this.#errors);
      return compiled ? [{ expression: compiled, message: failureText(expression, message) }] : [];
    });
  }

  /** Whether no rule before says the same. */
  #once(expression: string, rules: readonly { readonly expression?: string }[], index: number, at: FieldPath): boolean {
    const isFirst = rules.findIndex((other) => other.expression === expression) === index;
    if (!isFirst) this.#errors.duplicate(at.child('expression'), expression);
    return isFirst;
  }
}

function failureText(expression: string, message: string): string {
  return `validation expression '${expression}' failed: ${message}`;
}
