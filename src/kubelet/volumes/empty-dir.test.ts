import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Pod, PodSpec, ResourceRequirements } from '../../api/generated/core-v1.ts';
import type { Commands } from '../../base/commands.ts';
import { emptyDirPlugin } from './empty-dir.ts';
import type { VolumeContext } from './plugin.ts';

/** The commands that a volume of this medium needs, with `FOLDER` for its own; or why it cannot be. */
async function commandsFor(medium: string, spec: Partial<PodSpec>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'kubets-empty-dir-'));
  const folder = join(root, 'v');
  const ran: string[] = [];
  const commands = { run: (args: readonly string[]) => Promise.resolve(void ran.push(args.join(' ').replace(folder, 'FOLDER'))) } as unknown as Commands;
  const pod = { metadata: { name: 'p', uid: 'u' }, spec: { containers: [], ...spec }, status: {} } as unknown as Pod;
  try {
    await emptyDirPlugin(commands).setUp({ pod, volume: { name: 'v', emptyDir: { medium } }, folder, node: { allocatable: {} }, signal: AbortSignal.abort() } as unknown as VolumeContext);
    assert.equal((await stat(folder)).mode & 0o777, 0o777);
    return ran.join('; ');
  } catch (error) {
    return (error as Error).message;
  } finally {
    await rm(root, { recursive: true });
  }
}

const asking = (...lists: Record<string, string>[]): Partial<PodSpec> => ({ containers: lists.map((list) => ({ name: 'c', resources: { requests: list, limits: list } satisfies ResourceRequirements })) as PodSpec['containers'] });

for (const { name, medium, spec, expected } of [
  { name: 'a folder alone', medium: '', spec: {}, expected: '' },
  { name: 'memory', medium: 'Memory', spec: {}, expected: 'mount -t tmpfs tmpfs FOLDER' },
  { name: 'memory, no more than the pod may use', medium: 'Memory', spec: asking({ memory: '1Mi' }), expected: 'mount -t tmpfs -o size=1048576 tmpfs FOLDER' },
  { name: 'huge pages of the one size that is asked for', medium: 'HugePages', spec: asking({ 'hugepages-2Mi': '4Mi' }, { 'hugepages-2048Ki': '2Mi' }, { cpu: '1' }), expected: 'mount -t hugetlbfs -o pagesize=2Mi nodev FOLDER' },
  { name: 'huge pages of a named size', medium: 'HugePages-1Gi', spec: asking({ 'hugepages-2Mi': '4Mi' }, { 'hugepages-1Gi': '1Gi' }), expected: 'mount -t hugetlbfs -o pagesize=1Gi nodev FOLDER' },
  { name: 'huge pages that an init container asks for', medium: 'HugePages', spec: { initContainers: asking({ 'hugepages-64Ki': '1Mi' }).containers ?? [] }, expected: 'mount -t hugetlbfs -o pagesize=64Ki nodev FOLDER' },
  { name: 'huge pages that the pod asks for', medium: 'HugePages-2Mi', spec: { resources: { requests: { 'hugepages-2Mi': '4Mi' } } }, expected: 'mount -t hugetlbfs -o pagesize=2Mi nodev FOLDER' },
  { name: 'huge pages of which size?', medium: 'HugePages', spec: asking({ 'hugepages-2Mi': '4Mi', 'hugepages-1Gi': '1Gi' }), expected: "medium: HugePages can't be used if container requests multiple huge page sizes" },
  { name: 'huge pages that nobody asks for', medium: 'HugePages', spec: asking({ cpu: '1' }), expected: 'medium HugePages: hugePages storage requested, but there is no resource request for huge pages' },
  { name: 'huge pages of another size than is asked for', medium: 'HugePages-1Gi', spec: asking({ 'hugepages-2Mi': '4Mi' }), expected: 'medium HugePages-1Gi: hugePages storage requested, but there is no resource request for huge pages' },
  { name: 'what there is not', medium: 'Tape', spec: {}, expected: 'unknown storage medium "Tape"' },
] as { name: string; medium: string; spec: Partial<PodSpec>; expected: string }[]) {
  test(`an emptyDir is mounted: ${name}`, async () => assert.equal(await commandsFor(medium, spec), expected));
}
