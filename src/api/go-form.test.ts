import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonDiff } from '../apimachinery/line-diff.ts';
import { goForm } from './go-form.ts';

test('prints absent pointers as null and absent values as zero', () => {
  assert.equal(
    JSON.stringify(goForm('core.v1.SecurityContext', { privileged: true, allowPrivilegeEscalation: false })),
    '{"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}',
  );
});

test('keeps the metadata of a template beside its spec', () => {
  const form = goForm('core.v1.PodTemplateSpec', { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', resources: {} }], hostNetwork: true } }) as Record<string, unknown>;
  assert.deepEqual(Object.keys(form), ['labels', 'Spec']);
  const text = JSON.stringify(form);
  assert.ok(text.includes('"Resources":{"Limits":null,"Requests":null,"Claims":null}'), text);
  assert.ok(text.includes('"SecurityContext":{"HostNetwork":true,"HostPID":false'), text);
});

test('diffs two values as hunks with three lines around', () => {
  const before = goForm('core.v1.EphemeralContainer', { name: 'dbg', image: 'dbg:1', resources: {} });
  const after = goForm('core.v1.EphemeralContainer', { name: 'dbg', image: 'other', resources: {} });
  assert.equal(
    jsonDiff(before, after),
    '@@ -1,6 +1,6 @@\n {\n  "Name": "dbg",\n- "Image": "dbg:1",\n+ "Image": "other",\n  "Command": null,\n  "Args": null,\n  "WorkingDir": "",\n',
  );
});
