import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf } from './evaluate.ts';
import { MODES, policiesOf, type Policies } from './namespace-policies.ts';

const NONE = { level: 'privileged', version: 'latest' } as const;
const DEFAULTS: Policies = { enforce: NONE, audit: NONE, warn: NONE };

for (const { name, labels, defaults = DEFAULTS, expected } of [
  { name: 'nothing said', labels: undefined, expected: ['privileged:latest', 'privileged:latest', 'privileged:latest'] },
  { name: 'who warns of nothing warns of what is refused', labels: { enforce: 'baseline', 'enforce-version': 'v1.30' }, expected: ['baseline:v1.30', 'privileged:latest', 'baseline:v1.30'] },
  { name: 'by the version of warnings', labels: { enforce: 'restricted', 'warn-version': 'v1.20' }, expected: ['restricted:latest', 'privileged:latest', 'restricted:v1.20'] },
  { name: 'unless something is said of warnings', labels: { enforce: 'restricted', warn: 'privileged' }, expected: ['restricted:latest', 'privileged:latest', 'privileged:latest'] },
  { name: 'or more is warned of anyway', labels: { enforce: 'baseline' }, defaults: { ...DEFAULTS, warn: { level: 'restricted', version: 'v1.25' } } as const, expected: ['baseline:latest', 'privileged:latest', 'restricted:v1.25'] },
  { name: 'levels that are none', labels: { enforce: 'x', audit: 'x', warn: 'x', 'audit-version': 'y' }, expected: ['restricted:latest', 'privileged:latest', 'privileged:latest'] },
]) {
  test(`policies of a namespace: ${name}`, () => {
    const full = labels && Object.fromEntries(Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]));
    const policies = policiesOf(full, defaults);
    assert.deepEqual(MODES.map((mode) => nameOf(policies[mode])), expected);
  });
}
