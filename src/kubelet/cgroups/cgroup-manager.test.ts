import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { CgroupManager } from './cgroup-manager.ts';

const limits = { cpu: '1', memory: '64Mi', 'hugepages-2Mi': '4Mi' };
const pod = { metadata: { name: 'p', uid: 'u' }, spec: { containers: [{ name: 'c', resources: { requests: limits, limits } }] }, status: {} } as unknown as Pod;

for (const { version, controller, file, expected } of [
  { version: 1, controller: 'cpu', file: 'cpu.shares', expected: [['768', '2'], ['256', '2']] }, { version: 2, controller: 'unified', file: 'cpu.weight', expected: [['30', '1'], ['10', '1']] },
] as const) {
  test(`burstable pods share the CPU that they request, those that request nothing have the least (control groups version ${version})`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'kubets-cgroups-'));
    try {
      const kubepods = join(root, 'kubepods');
      await mkdir(join(kubepods, 'burstable'), { recursive: true });
      for (const above of [root, kubepods, join(kubepods, 'burstable')]) await writeFile(join(above, 'cgroup.controllers'), 'cpu memory\n');
      const podOf = (uid: string, requests: Record<string, string>): Pod => ({ metadata: { name: uid, uid }, spec: { containers: [{ name: 'c', resources: { requests } }] }, status: {} }) as unknown as Pod;
      const [first, second] = [podOf('a', { cpu: '250m' }), podOf('b', { cpu: '500m' })] as const;
      const active = [first, second, podOf('c', {}), pod];
      const manager = new CgroupManager({ hierarchies: { version, mountPoints: new Map([[controller, root]]) }, root: '/', pods: () => active });
      const shares = (): Promise<string[]> => Promise.all(['burstable', 'besteffort'].map((group) => readFile(join(kubepods, group, file), 'utf8')));
      await manager.ensurePod(first);
      const before = await shares();
      active.splice(1, 1);
      await manager.removePod(second);
      assert.deepEqual([before, await shares()], expected);
    } finally {
      await rm(root, { recursive: true });
    }
  });
}

for (const { version, controller, limit } of [{ version: 1, controller: 'hugetlb', limit: 'limit_in_bytes' }, { version: 2, controller: 'unified', limit: 'max' }] as const) {
  test(`a pod may take the huge pages of its limits and none of other sizes (control groups version ${version})`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'kubets-cgroups-'));
    try {
      const folder = join(root, 'kubepods', 'podu');
      await mkdir(folder, { recursive: true });
      for (const above of [root, join(root, 'kubepods')]) await writeFile(join(above, 'cgroup.controllers'), 'cpu memory hugetlb\n');
      const files = [`hugetlb.2MB.${limit}`, `hugetlb.2MB.rsvd.${limit}`, `hugetlb.1GB.${limit}`, 'hugetlb.2MB.failcnt'];
      for (const file of files) await writeFile(join(folder, file), 'max');
      await new CgroupManager({ hierarchies: { version, mountPoints: new Map([[controller, root]]) }, root: '/', pods: () => [] }).ensurePod(pod);
      assert.deepEqual(await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8'))), [String(4 * 1024 * 1024), String(4 * 1024 * 1024), '0', 'max']);
    } finally {
      await rm(root, { recursive: true });
    }
  });
}
