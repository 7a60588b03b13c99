import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleRows } from './policy-rules.ts';

for (const { name, rules, expected } of [
  {
    name: 'joins the verbs that several rules give to one resource', expected: ['  pods\t[]\t[]\t[get list watch]'],
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }, { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }],
  },
  {
    name: 'keeps names of a resource apart', expected: ['  pods/log\t[]\t[a]\t[get]', '  pods/log\t[]\t[b]\t[get]', '  pods/log\t[]\t[]\t[list]'],
    rules: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'], resourceNames: ['b', 'a'] }, { apiGroups: [''], resources: ['pods/log'], verbs: ['list'] }],
  },
  { name: 'shows each verb on a path by itself', rules: [{ nonResourceURLs: ['/healthz'], verbs: ['post', 'get'] }], expected: ['  \t[/healthz]\t[]\t[get]', '  \t[/healthz]\t[]\t[post]'] },
  { name: 'shows nothing of a rule without verbs', rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: [] }], expected: [] },
  { name: 'puts the group between a resource and its subresource', rules: [{ apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['*'] }], expected: ['  deployments.apps/scale\t[]\t[]\t[*]'] },
] as const) {
  test(name, () => assert.deepEqual(ruleRows(rules), expected));
}
