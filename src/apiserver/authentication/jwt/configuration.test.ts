import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAuthenticationConfiguration } from './configuration.ts';

const OWN = ['https://kubernetes.default.svc.cluster.local'];
const configuration = (more: object): string => JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', ...more });

function problems(more: object): string {
  try {
    parseAuthenticationConfiguration(configuration(more), OWN);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const issuer = { url: 'https://issuer.example.com', audiences: ['a'] };
const username = { claim: 'sub', prefix: '' };
const jwt = (more: object): object => ({ issuer, claimMappings: { username }, ...more });
const ISSUER = 'jwt[0].issuer';
const MAPPINGS = 'jwt[0].claimMappings';
const RULES = 'jwt[0].claimValidationRules';
const VERIFIED = 'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';

describe('an issuer', () => {
  for (const { name, given, expected } of [
    { name: 'as it should be', given: { discoveryURL: 'https://other.example.com/d', audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny', egressSelectorType: 'cluster' }, expected: '' },
    { name: 'nowhere', given: { url: '' }, expected: `${ISSUER}.url: Required value` },
    { name: 'in the clear', given: { url: 'http://a' }, expected: `${ISSUER}.url: Invalid value: "http://a": URL scheme must be https` },
    { name: 'with what an issuer has not', given: { url: 'https://u:p@a?b=c#d' }, expected: `[${ISSUER}.url: Invalid value: "https://u:p@a?b=c#d": URL must not contain a username or password, ${ISSUER}.url: Invalid value: "https://u:p@a?b=c#d": URL must not contain a query, ${ISSUER}.url: Invalid value: "https://u:p@a?b=c#d": URL must not contain a fragment]` },
    { name: 'of the server itself', given: { url: OWN[0] }, expected: `${ISSUER}.url: Invalid value: "${OWN[0]}": URL must not overlap with disallowed issuers: [${OWN[0]}]` },
    { name: 'found where it is', given: { discoveryURL: 'https://issuer.example.com/' }, expected: `${ISSUER}.discoveryURL: Invalid value: "https://issuer.example.com/": discoveryURL must be different from URL` },
    { name: 'for nobody', given: { audiences: [] }, expected: `${ISSUER}.audiences: Required value: at least one ${ISSUER}.audiences is required` },
    { name: 'for somebody twice, and nobody', given: { audiences: ['a', 'a', ''], audienceMatchPolicy: 'MatchAny' }, expected: `[${ISSUER}.audiences[1]: Duplicate value: "a", ${ISSUER}.audiences[2]: Required value]` },
    { name: 'for several, one of which', given: { audiences: ['a', 'b'] }, expected: `${ISSUER}.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences` },
    { name: 'with another policy', given: { audienceMatchPolicy: 'All' }, expected: `${ISSUER}.audienceMatchPolicy: Invalid value: "All": audienceMatchPolicy must be empty or MatchAny for single audience` },
    { name: 'with an authority that is none', given: { certificateAuthority: 'x' }, expected: `${ISSUER}.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates` },
    { name: 'through another door', given: { egressSelectorType: 'etcd' }, expected: `${ISSUER}.egressSelectorType: Invalid value: "etcd": egress selector must be either controlplane or cluster` },
    { name: 'with a field that it has not', given: { uri: 'x' }, expected: `strict decoding error: unknown field "${ISSUER}.uri"` },
  ]) test(name, () => assert.equal(problems({ jwt: [{ ...jwt({}), issuer: { ...issuer, ...given } }] }), expected));

  test('twice', () => assert.equal(problems({ jwt: [jwt({}), jwt({})] }), 'jwt[1].issuer.url: Duplicate value: "https://issuer.example.com"'));
  test('too many', () => assert.equal(problems({ jwt: Array.from({ length: 65 }, (_, i) => ({ ...jwt({}), issuer: { ...issuer, url: `https://${i}` } })) }), 'jwt: Too many: 65: must have at most 64 items'));
});

describe('claims', () => {
  for (const { name, given, expected } of [
    { name: 'a rule of both kinds', given: { claimValidationRules: [{ claim: 'a', expression: 'true' }] }, expected: `${RULES}[0]: Invalid value: "a": claim and expression can't both be set` },
    { name: 'a rule of no kind', given: { claimValidationRules: [{}] }, expected: `${RULES}[0]: Required value: claim or expression is required` },
    { name: 'a message of a claim, and the claim twice', given: { claimValidationRules: [{ claim: 'a', message: 'm' }, { claim: 'a' }] }, expected: `[${RULES}[0].message: Invalid value: "m": may not be specified when claim is set, ${RULES}[1].claim: Duplicate value: "a"]` },
    { name: 'a value of an expression, twice', given: { claimValidationRules: [{ expression: 'true', requiredValue: 'v' }, { expression: 'true' }] }, expected: `[${RULES}[0].requiredValue: Invalid value: "v": may not be specified when expression is set, ${RULES}[1].expression: Duplicate value: "true"]` },
    { name: 'a rule that may give anything', given: { claimValidationRules: [{ expression: 'claims.admin' }] }, expected: `${RULES}[0].expression: Invalid value: "claims.admin": must evaluate to bool` },
    { name: 'a rule that cannot be read', given: { claimValidationRules: [{ expression: 'claim.a' }] }, expected: `${RULES}[0].expression: Invalid value: "claim.a": compilation failed: ERROR: <input>:1:1: undeclared reference to 'claim' (in container '')\n | claim.a\n | ^` },
    { name: 'no name', given: { claimMappings: {} }, expected: `${MAPPINGS}.username: Required value: claim or expression is required` },
    { name: 'prefixes where there must be one, and none', given: { claimMappings: { username: { claim: 'sub' }, groups: { expression: 'claims.groups', prefix: 'p' } } }, expected: `[${MAPPINGS}.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing, ${MAPPINGS}.groups.prefix: Invalid value: "p": may not be specified when expression is set]` },
    { name: 'a uid of both kinds', given: { claimMappings: { username, uid: { claim: 'a', expression: 'claims.a' } } }, expected: `${MAPPINGS}.uid: Invalid value: "": claim and expression can't both be set` },
    { name: 'extras', given: { claimMappings: { username, extra: [{ key: 'a' }, { key: 'E.io/a', valueExpression: 'claims.a' }, { key: 'x.k8s.io/a', valueExpression: 'claims.a' }, { key: 'e.io/a', valueExpression: 'claims.a' }, { key: 'e.io/a' }, { key: 'e.io/b' }] } },
      expected: [`[${MAPPINGS}.extra[0].key: Invalid value: "a": must be a domain-prefixed path (such as "acme.io/foo")`, `${MAPPINGS}.extra[0].valueExpression: Required value`,
        `${MAPPINGS}.extra[1].key: Invalid value: "E.io": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
        `${MAPPINGS}.extra[1].key: Invalid value: "E.io/a": must be lowercase`, `${MAPPINGS}.extra[2].key: Invalid value: "x.k8s.io/a": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use`,
        `${MAPPINGS}.extra[4].key: Duplicate value: "e.io/a"`, `${MAPPINGS}.extra[5].valueExpression: Required value]`].join(', ') },
    { name: 'an address of mail that nobody verified', given: { claimMappings: { username: { expression: 'claims.email' } } }, expected: `${MAPPINGS}.username.expression: Invalid value: "claims.email": ${VERIFIED}` },
    { name: 'one that the name verifies', given: { claimMappings: { username: { expression: "claims.?email_verified.orValue(true) == true ? claims.email : ''" } } }, expected: '' },
    { name: 'one that a rule verifies', given: { claimMappings: { username: { expression: 'claims.email' } }, claimValidationRules: [{ expression: 'claims.email_verified == true' }] }, expected: '' },
    { name: 'a user of another shape, and nobody', given: { userValidationRules: [{ expression: "user.name != ''" }, {}] }, expected: `[jwt[0].userValidationRules[0].expression: Invalid value: "user.name != ''": compilation failed: ERROR: <input>:1:5: undefined field 'name'\n | user.name != ''\n | ....^, jwt[0].userValidationRules[1].expression: Required value]` },
  ]) test(name, () => assert.equal(problems({ jwt: [jwt(given)] }), expected));
});

test('conditions of anonymous requests that are not let through', () => {
  assert.equal(problems({ anonymous: { enabled: false, conditions: [{ path: '/livez' }] } }), 'anonymous.conditions: Invalid value: [{"Path":"/livez"}]: enabled should be set to true when conditions are defined');
});
