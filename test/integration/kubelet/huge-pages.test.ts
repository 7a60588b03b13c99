/** Huge pages on a real containerd: pages of 2 MiB that the machine sets aside for as long as the test runs. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { PodSpec, ResourceRequirements } from '../../../src/api/generated/core-v1.ts';
import { parseQuantity, wholeValue } from '../../../src/apimachinery/quantity.ts';
import { nodes, pods } from '../../../src/api/refs.ts';
import { readHierarchies } from '../../../src/kubelet/cgroups/hierarchies.ts';
import { findBelow } from '../support/control-groups.ts';
import { cannotRunContainers } from '../support/private-containerd.ts';
import { execIn, hasEnded, lastWords, onePod, sh } from './pod-cases.ts';
import { isReady, NODE, startNode, type NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;
const PAGES = '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages';
const MORE = 4;
const MEBI = 1024 * 1024;

/** Sets pages aside until this process ends, or says why there are none to be had. */
function whyNoPages(): string | undefined {
  if (!existsSync(PAGES)) return 'the kernel has no pages of 2 MiB';
  const count = Number(readFileSync(PAGES, 'utf8'));
  const wanted = count + MORE;
  try {
    // The kernel moves things together while it looks for room, and may give up before it has found enough.
    for (let attempt = 0; attempt < 20 && Number(readFileSync(PAGES, 'utf8')) < wanted; attempt++) writeFileSync(PAGES, String(wanted));
  } catch (error) {
    return `pages cannot be set aside: ${(error as Error).message}`;
  }
  process.once('exit', () => writeFileSync(PAGES, String(count)));
  return Number(readFileSync(PAGES, 'utf8')) < wanted ? 'the memory is too scattered for pages of 2 MiB' : undefined;
}

const asking = (bytes: string): ResourceRequirements => ({ requests: { cpu: '10m', memory: '16Mi', 'hugepages-2Mi': bytes }, limits: { cpu: '1', memory: '64Mi', 'hugepages-2Mi': bytes } });
const volume = (medium: string): Partial<PodSpec> => ({ volumes: [{ name: 'v', emptyDir: { medium } }] });
const mounted = { volumeMounts: [{ name: 'v', mountPath: '/huge' }] };

/** A machine without such pages is one more case: its nodes count none, and take no pod that asks for some. */
const noPages = whyNoPages();

describe(`huge pages${noPages === undefined ? '' : ` of a machine without them: ${noPages}`}`, { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  for (const medium of noPages === undefined ? ['HugePages', 'HugePages-2Mi'] : []) {
    test(`an emptyDir of medium ${medium} holds files in huge pages, and gives them back`, async () => {
      const name = medium.toLowerCase();
      await node.create(onePod(name, { ...sh('sleep 3600'), ...mounted, resources: asking('4Mi') }, volume(medium)));
      const { metadata: { uid } } = await node.until(name, isReady);
      assert.equal(await execIn(node, name, 'main', "grep ' /huge ' /proc/mounts | cut -d ' ' -f 3; stat -f -c %s /huge"), 'hugetlbfs\n2097152\n');
      assert.equal(await execIn(node, name, 'main', 'fallocate -l 4194304 /huge/file && stat -c "%s %B %b" /huge/file'), '4194304 512 8192\n');
      await node.remove(name);
      await node.untilGone(name);
      assert.equal((await readFile('/proc/self/mounts', 'utf8')).includes(uid), false);
    });
  }

  /** The limits of the pod's control group by file; none where the machine has no control of huge pages. */
  async function limitsOf(uid: string): Promise<Record<string, string>> {
    const { version, mountPoints } = await readHierarchies();
    const root = mountPoints.get(version === 2 ? 'unified' : 'hugetlb');
    if (root === undefined) return {};
    const files = await findBelow(root, (path) => path.includes(`pod${uid}/hugetlb.`) && /\/hugetlb\.\w+\.(rsvd\.)?(limit_in_bytes|max)$/.test(path) && path.split(`pod${uid}/`)[1]?.startsWith('hugetlb.') === true);
    return Object.fromEntries(await Promise.all(files.map(async (path) => [path.slice(path.lastIndexOf('/') + 1), (await readFile(join(root, path), 'utf8')).trim()])));
  }

  if (noPages === undefined) test('a pod takes no more pages than its limits, where the machine has control of them', async () => {
    await node.create(onePod('bounded', { ...sh('sleep 3600'), ...mounted, resources: asking('4Mi') }, volume('HugePages')));
    const { metadata: { uid } } = await node.until('bounded', isReady);
    const limits = await limitsOf(uid);
    for (const [file, bytes] of Object.entries(limits)) assert.equal(Number(bytes), file.includes('.2MB.') ? 4 * MEBI : 0, file);
    const isHeld = Object.keys(limits).length > 0;
    assert.equal(await execIn(node, 'bounded', 'main', `fallocate -l ${8 * MEBI} /huge/file 2>/dev/null && echo taken || echo refused`), isHeld ? 'refused\n' : 'taken\n');
    await node.remove('bounded');
    await node.untilGone('bounded');
  });

  test('the node counts its pages, and takes no pod that asks for more', async () => {
    const { status } = await node.client.resource(nodes).get(NODE, { signal: NEVER });
    const count = existsSync(PAGES) ? Number(await readFile(PAGES, 'utf8')) : 0;
    assert.equal(wholeValue(parseQuantity(status?.capacity?.['hugepages-2Mi'] ?? '0')), count * 2 * MEBI);
    await node.create(onePod('greedy', { ...sh('true'), resources: asking(`${(count + 1) * 2}Mi`) }));
    const refused = await node.until('greedy', hasEnded);
    assert.equal(refused.status.reason, 'OutOfhugepages-2Mi');
  });

  test('a volume of huge pages that no container asks for is told of', async () => {
    await node.create(onePod('unasked', { ...sh('true'), ...mounted }, volume('HugePages')));
    await node.untilEvent('unasked', 'FailedMount', /MountVolume\.SetUp failed for volume "v" : medium HugePages: hugePages storage requested, but there is no resource request for huge pages/);
    await node.client.resource(pods, 'default').delete('unasked', { gracePeriodSeconds: 0, signal: NEVER });
    await node.untilGone('unasked');
  });

  test('a container without huge pages starts beside those with', async () => {
    await node.create(onePod('plain', { ...sh('echo -n well > /dev/termination-log') }));
    assert.equal(lastWords(await node.until('plain', hasEnded)), 'well');
  });
});
