import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VolumeMount } from '../../api/generated/core-v1.ts';
import { containerMounts } from './mounts.ts';

const mountOf = async (mount: Partial<VolumeMount>, canBeRecursive: boolean): Promise<string> => {
  const container = { name: 'main', resources: {}, volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] };
  const volumes = new Map([['v', { hostPath: '/somewhere', isManaged: false }]]);
  try {
    const [made] = await containerMounts(container, { volumes, environment: new Map(), canBeRecursive });
    return `readonly=${made?.readonly} recursive=${made?.recursiveReadOnly}`;
  } catch (error) {
    return (error as Error).message;
  }
};
const refused = (why: string): string => `failed to resolve recursive read-only mode: volume "v" requested recursive read-only mode, but it is ${why}`;

for (const { name, mount, can = true, expected } of [
  { name: 'not asked for', mount: { readOnly: true }, expected: 'readonly=true recursive=false' },
  { name: 'Disabled', mount: { readOnly: true, recursiveReadOnly: 'Disabled' }, expected: 'readonly=true recursive=false' },
  { name: 'IfPossible, and it is', mount: { readOnly: true, recursiveReadOnly: 'IfPossible' }, expected: 'readonly=true recursive=true' },
  { name: 'IfPossible, and it is not', mount: { readOnly: true, recursiveReadOnly: 'IfPossible' }, can: false, expected: 'readonly=true recursive=false' },
  { name: 'Enabled', mount: { readOnly: true, recursiveReadOnly: 'Enabled' }, expected: 'readonly=true recursive=true' },
  { name: 'Enabled where the runtime cannot', mount: { readOnly: true, recursiveReadOnly: 'Enabled' }, can: false, expected: refused('not supported by the runtime') },
  { name: 'Enabled on a mount that may be written to', mount: { recursiveReadOnly: 'Enabled' }, expected: refused('not read-only') },
  { name: 'Enabled on a mount that takes others', mount: { readOnly: true, recursiveReadOnly: 'Enabled', mountPropagation: 'HostToContainer' }, expected: refused('not compatible with propagation "HostToContainer"') },
] as { name: string; mount: Partial<VolumeMount>; can?: boolean; expected: string }[]) test(`recursive read-only mounts: ${name}`, async () => assert.equal(await mountOf(mount, can), expected));
