import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readAdmissionConfiguration } from './admission-configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-admission-'));
after(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const HEAD = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n';

test('each plugin is told what stands in the file, or in the file that it names', () => {
  written('limits.yaml', 'kind: Configuration\nlimits: []\n');
  const file = written('both.yaml', `${HEAD}plugins:\n- name: PodSecurity\n  configuration: {kind: PodSecurityConfiguration}\n- name: EventRateLimit\n  path: limits.yaml\n- name: ResourceQuota\n`);
  assert.deepEqual([...readAdmissionConfiguration(file)], [
    ['PodSecurity', { value: { kind: 'PodSecurityConfiguration' }, folder }],
    ['EventRateLimit', { value: { kind: 'Configuration', limits: [] }, folder }],
  ]);
});

for (const { name, text, why } of [
  { name: 'another kind', text: 'kind: Pod\napiVersion: v1\n', why: /must hold an AdmissionConfiguration of apiserver\.config\.k8s\.io\/v1/ },
  { name: 'a plugin without a name', text: `${HEAD}plugins: [{path: x}]`, why: /each of plugins must have a name/ },
  { name: 'a plugin twice', text: `${HEAD}plugins: [{name: A, configuration: {}}, {name: A, configuration: {}}]`, why: /plugin "A" is configured twice/ },
  { name: 'a file that is not there', text: `${HEAD}plugins: [{name: A, path: none.yaml}]`, why: /unable to read .*none\.yaml: ENOENT/ },
]) {
  test(`refuses ${name}`, () => assert.throws(() => readAdmissionConfiguration(written('bad.yaml', text)), why));
}
