import { parseDocument } from 'yaml';
import { expressionAt, type JwtIssuer, type Mapping } from './issuer.ts';
import { ALGORITHMS } from './signature.ts';

/** `apiserver.config.k8s.io` AuthenticationConfiguration, read. */
export interface AuthenticationConfiguration {
  readonly issuers: readonly JwtIssuer[];
  /** undefined: `--anonymous-auth` holds. `paths`: where anonymous requests are let through; empty: everywhere. */
  readonly anonymous: { readonly enabled: boolean; readonly paths: readonly string[] } | undefined;
}

interface RawMapping {
  claim?: string;
  prefix?: string;
  expression?: string;
}

interface RawIssuer {
  issuer?: { url?: string; discoveryURL?: string; certificateAuthority?: string; audiences?: string[]; audienceMatchPolicy?: string; egressSelectorType?: string };
  claimValidationRules?: { claim?: string; requiredValue?: string; expression?: string; message?: string }[];
  claimMappings?: { username?: RawMapping; groups?: RawMapping; uid?: RawMapping; extra?: { key?: string; valueExpression?: string }[] };
  userValidationRules?: { expression?: string; message?: string }[];
}

const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);

/** Throws Error naming the field that is wrong. Source: "kube-apiserver Configuration (v1)", AuthenticationConfiguration. */
export function parseAuthenticationConfiguration(text: string): AuthenticationConfiguration {
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake) throw new Error(`no valid YAML: ${mistake.message.split('\n')[0]}`);
  const raw = document.toJS() as { apiVersion?: string; kind?: string; jwt?: RawIssuer[]; anonymous?: { enabled?: boolean; conditions?: { path?: string }[] } } | null;
  if (raw?.kind !== 'AuthenticationConfiguration' || !VERSIONS.includes(raw.apiVersion ?? '')) throw new Error('must be an AuthenticationConfiguration of apiserver.config.k8s.io/v1');
  for (const key of Object.keys(raw)) if (!['apiVersion', 'kind', 'jwt', 'anonymous'].includes(key)) throw new Error(`unknown field ${JSON.stringify(key)}`);
  const issuers = (raw.jwt ?? []).map((one, index) => issuerOf(one, `jwt[${index}]`));
  issuers.forEach(({ url }, index) => {
    if (issuers.findIndex((other) => other.url === url) !== index) throw new Error(`jwt[${index}].issuer.url: Duplicate value: ${JSON.stringify(url)}`);
  });
  const { anonymous } = raw;
  if (anonymous && !anonymous.enabled && anonymous.conditions?.length) throw new Error('anonymous.conditions: enabled should be set to true when conditions are defined');
  return { issuers, anonymous: anonymous && { enabled: anonymous.enabled ?? false, paths: (anonymous.conditions ?? []).map(({ path = '' }) => path) } };
}

function issuerOf(raw: RawIssuer, at: string): JwtIssuer {
  const { issuer = {}, claimMappings = {}, claimValidationRules = [], userValidationRules = [] } = raw;
  const { url = '', discoveryURL, audiences = [], audienceMatchPolicy = '' } = issuer;
  checkURL(url, `${at}.issuer.url`);
  if (discoveryURL !== undefined) checkURL(discoveryURL, `${at}.issuer.discoveryURL`);
  if (discoveryURL === url) throw new Error(`${at}.issuer.discoveryURL: must be different from URL`);
  if (audiences.length === 0) throw new Error(`${at}.issuer.audiences: Required value: at least one ${at}.issuer.audiences is required`);
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny') throw new Error(`${at}.issuer.audienceMatchPolicy: must be MatchAny for multiple audiences`);
  return {
    url, discoveryURL, audiences, certificateAuthority: issuer.certificateAuthority, algorithms: ALGORITHMS,
    claimRules: claimValidationRules.map((rule, index) => claimRuleOf(rule, `${at}.claimValidationRules[${index}]`)),
    username: required(mappingOf(claimMappings.username, `${at}.claimMappings.username`, true), `${at}.claimMappings.username`),
    groups: mappingOf(claimMappings.groups, `${at}.claimMappings.groups`, true), uid: mappingOf(claimMappings.uid, `${at}.claimMappings.uid`, false),
    extra: (claimMappings.extra ?? []).map(({ key = '', valueExpression = '' }, index) => {
      if (!/^[a-z0-9.-]+\/[^A-Z]+$/.test(key)) throw new Error(`${at}.claimMappings.extra[${index}].key: must be a lower-case domain-prefixed path (such as "acme.io/foo")`);
      return { key, expression: expressionAt(`${at}.claimMappings.extra[${index}].valueExpression`, valueExpression) };
    }),
    userRules: userValidationRules.map(({ expression = '', message }, index) => ({
      expression: expressionAt(`${at}.userValidationRules[${index}].expression`, expression), message: message ?? `validation expression '${expression}' failed`,
    })),
  };
}

function claimRuleOf({ claim, requiredValue, expression, message }: NonNullable<RawIssuer['claimValidationRules']>[number], at: string): JwtIssuer['claimRules'][number] {
  if ((claim === undefined) === (expression === undefined)) throw new Error(`${at}: exactly one of claim or expression is required`);
  if (claim !== undefined) return { claim, requiredValue: requiredValue ?? '' };
  return { expression: expressionAt(`${at}.expression`, expression ?? ''), message: message ?? `validation expression '${expression}' failed` };
}

function mappingOf(raw: RawMapping | undefined, at: string, takesPrefix: boolean): Mapping | undefined {
  if (!raw || (raw.claim === undefined && raw.expression === undefined)) return undefined;
  const { claim, prefix, expression } = raw;
  if (claim !== undefined && expression !== undefined) throw new Error(`${at}: claim and expression can't both be set`);
  if (expression !== undefined) {
    if (prefix !== undefined) throw new Error(`${at}.prefix: prefix can't be set when expression is set`);
    return { expression: expressionAt(`${at}.expression`, expression) };
  }
  if (takesPrefix && prefix === undefined) throw new Error(`${at}.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing`);
  return { claim: claim ?? '', prefix: prefix ?? '' };
}

function required(mapping: Mapping | undefined, at: string): Mapping {
  if (!mapping) throw new Error(`${at}: Required value: claim or expression is required`);
  return mapping;
}

function checkURL(url: string, at: string): void {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') throw new Error(`${at}: Invalid value: ${JSON.stringify(url)}: URL scheme must be https`);
}
