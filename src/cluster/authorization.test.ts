import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuthorizationConfiguration } from './authorization-configuration.ts';

const read = (authorizers: string): unknown => parseAuthorizationConfiguration(`apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n${authorizers}`);
const hook = (more: string): string => `- {type: Webhook, name: w, webhook: {timeout: 3s, subjectAccessReviewVersion: v1, failurePolicy: Deny, connectionInfo: {type: KubeConfigFile, kubeConfigFile: /w}${more}}}`;

test('the chain is read', () => {
  assert.deepEqual(read(`${hook(", matchConditionSubjectAccessReviewVersion: v1, matchConditions: [{expression: 'true'}], unauthorizedTTL: 1m30s")}\n- {type: Node, name: node}\n- {type: RBAC, name: rbac}`), [
    { type: 'Webhook', name: 'w', configFile: '/w', version: 'v1', timeoutMs: 3000, onFailure: 'Deny', authorizedMs: 300_000, unauthorizedMs: 90_000, matchConditions: ['true'] },
    { type: 'Node' }, { type: 'RBAC' },
  ]);
});

for (const { name, text, expected } of [
  { name: 'an unknown type', text: '- {type: Magic, name: m}', expected: /authorizers\[0\]\.type: Unsupported value: "Magic"/ },
  { name: 'a name twice', text: '- {type: Node, name: a}\n- {type: RBAC, name: a}', expected: /authorizers\[1\]\.name: Duplicate value: "a"/ },
  { name: 'a long timeout', text: hook('').replace('3s', '31s'), expected: /timeout: must be more than 0s and at most 30s/ },
  { name: 'no failure policy', text: hook('').replace('Deny', 'Maybe'), expected: /failurePolicy: must be "Deny" or "NoOpinion"/ },
]) test(`refused: ${name}`, () => assert.throws(() => read(text), expected));
