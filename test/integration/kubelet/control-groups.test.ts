/** Control groups of pods on a real containerd, in whichever version the machine has: both files are asked for, and only one of them is there. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ResourceRequirements } from '../../../src/api/generated/core-v1.ts';
import { pods } from '../../../src/api/refs.ts';
import { readHierarchies } from '../../../src/kubelet/cgroups/hierarchies.ts';
import { findBelow } from '../support/control-groups.ts';
import { cannotRunContainers } from '../support/private-containerd.ts';
import { execIn, hasEnded, onePod, sh } from './pod-cases.ts';
import { isReady, startNode, type NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;
const QUOTA = "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d ' ' -f 1 /sys/fs/cgroup/cpu.max";
const MEMORY = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max';
const MEBI = 1024 * 1024;

const limited = (cpu: string, memory: string): ResourceRequirements => ({ requests: { cpu, memory }, limits: { cpu, memory } });

describe('control groups of pods', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  /** The folders of a pod's group, of all hierarchies. */
  async function groupsOf(uid: string): Promise<string[]> {
    const { mountPoints } = await readHierarchies();
    const found = await Promise.all([...new Set(mountPoints.values())].map((folder) => findBelow(folder, (path) => path.endsWith(`pod${uid}`))));
    return found.flat();
  }

  test('limits are those of the spec, follow a resize without a restart, and go with the pod', async () => {
    await node.create(onePod('sized', { ...sh('sleep 3600'), resources: limited('300m', '48Mi') }));
    const { metadata: { uid } } = await node.until('sized', isReady);
    assert.deepEqual([await execIn(node, 'sized', 'main', QUOTA), await execIn(node, 'sized', 'main', MEMORY)], ['30000\n', `${48 * MEBI}\n`]);
    assert.notDeepEqual(await groupsOf(uid), []);
    const resize = { spec: { containers: [{ name: 'main', resources: limited('700m', '96Mi') }] } };
    await node.client.resource(pods, 'default').patch('sized', { type: 'strategic', patch: resize }, { signal: NEVER }, 'resize');
    const resized = await node.until('sized', ({ status }) => status.containerStatuses?.[0]?.resources?.limits?.cpu === '700m' && status.containerStatuses[0].resources.limits.memory === '96Mi');
    assert.deepEqual([await execIn(node, 'sized', 'main', QUOTA), await execIn(node, 'sized', 'main', MEMORY)], ['70000\n', `${96 * MEBI}\n`]);
    assert.equal(resized.status.containerStatuses?.[0]?.restartCount, 0);
    await node.client.resource(pods, 'default').delete('sized', { signal: NEVER });
    await node.untilGone('sized');
    assert.deepEqual(await groupsOf(uid), []);
  });

  test('a container that takes more memory than its limit is killed, and says so', async () => {
    await node.create(onePod('greedy', { ...sh('x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done'), resources: limited('500m', '24Mi') }));
    const ended = await node.until('greedy', hasEnded);
    const { reason, exitCode } = ended.status.containerStatuses?.[0]?.state.terminated ?? {};
    assert.deepEqual({ reason, exitCode }, { reason: 'OOMKilled', exitCode: 137 });
  });
});
