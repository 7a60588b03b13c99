import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { CgroupManager } from './cgroup-manager.ts';

const limits = { cpu: '1', memory: '64Mi', 'hugepages-2Mi': '4Mi' };
const pod = { metadata: { name: 'p', uid: 'u' }, spec: { containers: [{ name: 'c', resources: { requests: limits, limits } }] }, status: {} } as unknown as Pod;

for (const { version, controller, limit } of [{ version: 1, controller: 'hugetlb', limit: 'limit_in_bytes' }, { version: 2, controller: 'unified', limit: 'max' }] as const) {
  test(`a pod may take the huge pages of its limits and none of other sizes (control groups version ${version})`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'kubets-cgroups-'));
    try {
      const folder = join(root, 'kubepods', 'podu');
      await mkdir(folder, { recursive: true });
      for (const above of [root, join(root, 'kubepods')]) await writeFile(join(above, 'cgroup.controllers'), 'cpu memory hugetlb\n');
      const files = [`hugetlb.2MB.${limit}`, `hugetlb.2MB.rsvd.${limit}`, `hugetlb.1GB.${limit}`, 'hugetlb.2MB.failcnt'];
      for (const file of files) await writeFile(join(folder, file), 'max');
      await new CgroupManager({ hierarchies: { version, mountPoints: new Map([[controller, root]]) }, root: '/' }).ensurePod(pod);
      assert.deepEqual(await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8'))), [String(4 * 1024 * 1024), String(4 * 1024 * 1024), '0', 'max']);
    } finally {
      await rm(root, { recursive: true });
    }
  });
}
