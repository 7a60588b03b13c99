import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseAuthorizationConfiguration } from './authorization-configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-authorization-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'w');
writeFileSync(file, '');

const read = (authorizers: readonly object[]): ReturnType<typeof parseAuthorizationConfiguration> => parseAuthorizationConfiguration(JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers }));
const hook = (more: object = {}): object => ({ type: 'Webhook', name: 'w', webhook: { timeout: '3s', subjectAccessReviewVersion: 'v1', failurePolicy: 'Deny', connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: file }, ...more } });
const conditions = (...expressions: string[]): object => ({ matchConditionSubjectAccessReviewVersion: 'v1', matchConditions: expressions.map((expression) => ({ expression })) });

function problems(authorizers: readonly object[]): string {
  try {
    read(authorizers);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('the chain is read', () => {
  const [webhook, ...others] = read([hook({ ...conditions("request.user != 'a'", 'has(request.resourceAttributes)'), unauthorizedTTL: '1m30s' }), { type: 'Node', name: 'node' }, { type: 'RBAC', name: 'rbac' }]);
  assert.ok(webhook && 'matchConditions' in webhook);
  const { matchConditions, ...rest } = webhook;
  assert.deepEqual(rest, { type: 'Webhook', name: 'w', configFile: file, version: 'v1', timeoutMs: 3000, onFailure: 'Deny', authorizedMs: 300_000, unauthorizedMs: 90_000 });
  assert.deepEqual(matchConditions.map((one) => one.evaluate({ request: { user: 'a', resourceAttributes: {} } })), [false, true]);
  assert.deepEqual(others, [{ type: 'Node' }, { type: 'RBAC' }]);
});

test('answers need not be remembered', () => {
  const read1 = (more: object): unknown => {
    const [webhook] = read([hook(more)]);
    return webhook && 'authorizedMs' in webhook ? [webhook.authorizedMs, webhook.unauthorizedMs] : undefined;
  };
  assert.deepEqual(read1({ authorizedTTL: '0s', cacheUnauthorizedRequests: false }), [300_000, 0]);
  assert.deepEqual(read1({ cacheAuthorizedRequests: false, unauthorizedTTL: '1s' }), [0, 1000]);
});

const AT = 'authorizers[0]';

for (const { name, authorizers, expected } of [
  { name: 'none', authorizers: [], expected: 'authorizers: Required value: at least one authorization mode must be defined' },
  { name: 'an unknown type', authorizers: [{ type: 'Magic', name: 'm' }], expected: `${AT}.type: Unsupported value: "Magic": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"` },
  { name: 'no type', authorizers: [{ name: 'm' }], expected: `${AT}.type: Required value` },
  { name: 'a type twice', authorizers: [{ type: 'Node', name: 'a' }, { type: 'Node', name: 'b' }], expected: 'authorizers[1].type: Duplicate value: "Node"' },
  { name: 'a name twice', authorizers: [{ type: 'Node', name: 'a' }, { type: 'RBAC', name: 'a' }], expected: 'authorizers[1].name: Duplicate value: "a"' },
  { name: 'no name, and one that is none', authorizers: [{ type: 'Node' }, { type: 'RBAC', name: 'A' }], expected: /^\[authorizers\[0\]\.name: Required value, authorizers\[1\]\.name: Invalid value: "A": authorizer name is invalid: a lowercase RFC 1123 subdomain / },
  { name: 'a webhook of another type', authorizers: [{ ...hook(), type: 'RBAC' }], expected: `${AT}.webhook: Invalid value: "non-null": may only be specified when type=Webhook` },
  { name: 'no webhook', authorizers: [{ type: 'Webhook', name: 'w' }], expected: `${AT}.webhook: Required value: required when type=Webhook` },
  { name: 'a long timeout, and a time that is none', authorizers: [hook({ timeout: '31s', authorizedTTL: '0s', unauthorizedTTL: '-1s' })], expected: `[${AT}.timeout: Invalid value: "31s": must be > 0s and <= 30s, ${AT}.unauthorizedTTL: Invalid value: "-1s": must be > 0s]` },
  { name: 'versions and policies that there are not', authorizers: [hook({ subjectAccessReviewVersion: 'v2', matchConditionSubjectAccessReviewVersion: 'v1beta1', failurePolicy: 'Maybe' })],
    expected: `[${AT}.subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1", ${AT}.matchConditionSubjectAccessReviewVersion: Unsupported value: "v1beta1": supported values: "v1", ${AT}.failurePolicy: Unsupported value: "Maybe": supported values: "NoOpinion", "Deny"]` },
  { name: 'nothing at all', authorizers: [{ type: 'Webhook', name: 'w', webhook: {} }], expected: `[${AT}.timeout: Required value, ${AT}.subjectAccessReviewVersion: Required value, ${AT}.failurePolicy: Required value, ${AT}.connectionInfo.type: Required value]` },
  { name: 'a relative file', authorizers: [hook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: 'w' } })], expected: `${AT}.connectionInfo.kubeConfigFile: Invalid value: "w": must be an absolute path` },
  { name: 'a file that is not there', authorizers: [hook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/nowhere/w' } })], expected: `${AT}.connectionInfo.kubeConfigFile: Invalid value: "/nowhere/w": error loading file: stat /nowhere/w: no such file or directory` },
  { name: 'a folder', authorizers: [hook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: folder } })], expected: `${AT}.connectionInfo.kubeConfigFile: Invalid value: "${folder}": must be a regular file` },
  { name: 'conditions of no version', authorizers: [hook({ matchConditions: [{ expression: 'true' }] })], expected: `${AT}.matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified` },
  { name: 'conditions that say nothing, or the same', authorizers: [hook(conditions(' ', 'true', 'true'))], expected: `[${AT}.matchConditions[0].expression: Required value, ${AT}.matchConditions[2].expression: Duplicate value: "true"]` },
  { name: 'a condition that gives a text', authorizers: [hook(conditions('request.user'))], expected: `${AT}.matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool` },
  { name: 'a condition of a field that there is not', authorizers: [hook(conditions("request.name == 'x'"))], expected: `${AT}.matchConditions[0].expression: Invalid value: "request.name == 'x'": compilation failed: ERROR: <input>:1:8: undefined field 'name'\n | request.name == 'x'\n | .......^` },
  { name: 'a field that there is not', authorizers: [{ ...hook({ retries: 3 }) }], expected: `strict decoding error: unknown field "${AT}.webhook.retries"` },
]) {
  test(`refused: ${name}`, () => {
    const found = problems(authorizers);
    if (typeof expected === 'string') assert.equal(found, expected);
    else assert.match(found, expected);
  });
}
