import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { ResourceRequirements } from '../../../src/api/generated/core-v1.ts';
import { pods } from '../../../src/api/refs.ts';
import { readHierarchies } from '../../../src/kubelet/cgroups/hierarchies.ts';
import { SystemdClient } from '../../../src/kubelet/cgroups/systemd/systemd-client.ts';
import { DbusError } from '../../../src/kubelet/dbus/dbus-connection.ts';
import { patient } from '../../support/patience.ts';
import { cannotRunContainers, startPrivateContainerd } from '../support/private-containerd.ts';
import { containerdBeside, hasSystemd, startSystemd, type SystemdBox } from '../support/systemd-box.ts';
import { CGROUP_ROOT, isReady, type NodeUnderTest, startNode } from './node-under-test.ts';
import { onePod, sh } from './pod-cases.ts';

const NEVER = new AbortController().signal;

function noSuchUnit(error: unknown): undefined {
  if (!(error instanceof DbusError && error.reason === 'NoSuchUnit')) throw error;
}

// Where no systemd is there is no node that this is about.
if (hasSystemd && cannotRunContainers() === undefined) {
  suite('a node whose control groups systemd makes', () => {
    let box: SystemdBox;
    let folder: string;
    let node: NodeUnderTest;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'systemd-'));
      box = await startSystemd(CGROUP_ROOT, folder);
      node = await startNode({}, { cgroupDriver: 'systemd', systemdSocket: box.socket }, async () => {
        const containerd = await startPrivateContainerd(await containerdBeside(box, folder));
        return {
          ...containerd,
          async [Symbol.asyncDispose]() {
            await containerd[Symbol.asyncDispose]();
            await box[Symbol.asyncDispose]();
          },
        };
      });
    });
    after(async () => {
      await node?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const make = async (name: string, resources: ResourceRequirements): Promise<string> => {
      await node.create(onePod(name, { ...sh('trap "exit 0" TERM; while true; do sleep 0.1; done'), resources }, { restartPolicy: 'Always' }));
      return (await node.until(name, isReady)).metadata.uid;
    };
    /** The file of a pod's control group, of whichever version. */
    const read = async (controller: string, path: string, file: { readonly v1: string; readonly v2: string }): Promise<string> => {
      const { version, mountPoints } = await readHierarchies();
      return readFileSync(join(mountPoints.get(version === 2 ? 'unified' : controller) ?? '', CGROUP_ROOT, path, file[version === 2 ? 'v2' : 'v1']), 'utf8').trim();
    };
    const sliceOf = (qos: string, uid: string): string => `kubepods-${qos}pod${uid.replaceAll('-', '_')}.slice`;

    test('pods are slices in those of their class, with their limits, that a reload of systemd leaves alone', async () => {
      const uid = await make('limited', { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '64Mi' } });
      const slice = sliceOf('burstable-', uid);
      const path = `kubepods.slice/kubepods-burstable.slice/${slice}`;
      const limits = async (): Promise<string[]> => [await read('memory', path, { v1: 'memory.limit_in_bytes', v2: 'memory.max' }), (await read('cpu', path, { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' })).split(' ')[0] ?? ''];
      assert.deepEqual(await limits(), [String(64 * 1024 * 1024), '50000']);
      using client = new SystemdClient(box.socket);
      assert.equal(await client.activeState(slice), 'active');
      await client.reload();
      assert.deepEqual(await limits(), [String(64 * 1024 * 1024), '50000']);
      const containers = box.units().split('\n').filter((line) => /^cri-containerd-[0-9a-f]{64}\.scope +loaded active/.test(line));
      assert.equal(containers.length, 2, box.units());
    });

    test('a resize changes the slice; of a pod that is gone nothing is left', { timeout: patient(300_000) }, async (t) => {
      const uid = await make('resized', { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '100m', memory: '32Mi' } });
      const path = `kubepods.slice/${sliceOf('', uid)}`;
      const quota = async (): Promise<string> => (await read('cpu', path, { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' })).split(' ')[0] ?? '';
      assert.equal(await quota(), '10000');
      const resources = { requests: { cpu: '200m', memory: '32Mi' }, limits: { cpu: '200m', memory: '32Mi' } };
      await node.client.resource(pods, 'default').patch('resized', { type: 'strategic', patch: { spec: { containers: [{ name: 'main', resources }] } } }, { signal: NEVER }, 'resize');
      await node.until('resized', ({ status }) => status.containerStatuses?.[0]?.resources?.limits?.cpu === '200m');
      using client = new SystemdClient(box.socket);
      await client.reload();
      assert.equal(await quota(), '20000');
      await node.remove('resized');
      await node.untilGone('resized');
      const { mountPoints } = await readHierarchies();
      const isThere = async (): Promise<boolean> => [...mountPoints.values()].some((mountPoint) => existsSync(join(mountPoint, CGROUP_ROOT, path))) || (await client.activeState(sliceOf('', uid)).catch(noSuchUnit)) !== undefined;
      while (await isThere()) await node.clock.sleep(20, t.signal);
    });

    test('while systemd takes no calls, pods say so and wait', async () => {
      await box.hangUp();
      await node.create(onePod('waiting', sh('sleep 1000')));
      await node.untilEvent('waiting', 'FailedCreatePodContainer', /^unable to ensure pod container exists: failed to create container for \[kubepods besteffort pod[0-9a-f-]{36}\] : connect /);
      assert.equal((await node.until('waiting', ({ status }) => status.containerStatuses?.[0]?.state?.waiting?.reason === 'ContainerCreating')).status.phase, 'Pending');
    });
  });
}
