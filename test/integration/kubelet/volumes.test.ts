import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configMaps, persistentVolumeClaims, persistentVolumes } from '../../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod, PersistentVolumeSpec, PodSpec } from '../../../src/api/generated/core-v1.ts';
import { buildImageArchive } from '../../../src/runtime/images/image-archive.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { startNode, type NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;
const FILES = 'registry.test/files:1';

function pod(name: string, container: Partial<Container>, spec: Partial<PodSpec>): Draft<Pod> {
  return {
    metadata: { name, namespace: 'default' },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, ...container }], ...spec },
    status: {},
  };
}

const hasEnded = ({ status }: DeepReadonly<Pod>): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';
const lastWords = (of: DeepReadonly<Pod>): string => of.status.containerStatuses?.[0]?.state.terminated?.message ?? '';

describe('volumes of pods on a real containerd', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
    const archive = join(node.containerd.root, 'files.tar');
    await writeFile(archive, await buildImageArchive({ references: [FILES], architecture: process.arch, files: [{ path: 'dir/file', content: 'from an image\n' }] }));
    await node.containerd.containerd.loadImages(archive, NEVER);
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  /** A bound pair, as the binder leaves it. */
  async function claim(name: string, spec: Partial<PersistentVolumeSpec>): Promise<void> {
    const volumes = node.client.resource(persistentVolumes);
    const claims = node.client.resource(persistentVolumeClaims, 'default');
    const capacity = { storage: '1Mi' };
    const shared = { accessModes: ['ReadWriteOnce'], ...(spec.volumeMode !== undefined && { volumeMode: spec.volumeMode }) };
    const made = await claims.create({ metadata: { name, namespace: 'default' }, spec: { ...shared, storageClassName: '', volumeName: name, resources: { requests: capacity } }, status: {} }, { signal: NEVER });
    await volumes.create({ metadata: { name }, spec: { ...shared, capacity, claimRef: { namespace: 'default', name, uid: made.metadata.uid }, ...spec }, status: {} } as never, { signal: NEVER });
    await claims.patchStatus(name, { type: 'merge', patch: { status: { phase: 'Bound', ...shared, capacity } } }, { signal: NEVER });
  }

  const onNode = (name: string): PersistentVolumeSpec['nodeAffinity'] => ({ required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }] } });
  const claimed = (name: string, readOnly = false): Partial<PodSpec> => ({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: name, ...(readOnly && { readOnly }) } }] });

  test('a claim of a local volume is a folder of the machine that outlives the pod, with the group of the pod and sub-paths', async () => {
    const path = join(node.containerd.root, 'local');
    await mkdir(path);
    await claim('local', { local: { path }, nodeAffinity: onNode(hostname().toLowerCase()) });
    await node.create(pod('writer', { command: ['sh', '-c', 'echo kept > /v/file; stat -c %g /v > /dev/termination-log'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { ...claimed('local'), securityContext: { fsGroup: 4321 } }));
    const wrote = await node.until('writer', hasEnded);
    assert.equal(lastWords(wrote), '4321\n');
    assert.equal(await readFile(join(path, 'file'), 'utf8'), 'kept\n');
    await node.create(pod('sub', { command: ['sh', '-c', 'echo more > /v/inner'], volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'deep/er' }] }, claimed('local')));
    assert.equal((await node.until('sub', hasEnded)).status.phase, 'Succeeded');
    assert.equal(await readFile(join(path, 'deep/er/inner'), 'utf8'), 'more\n');
    await node.create(pod('reader', { command: ['sh', '-c', '(echo x > /v/new) 2>/dev/null && exit 1; cat /v/file > /dev/termination-log'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }, claimed('local', true)));
    assert.equal(lastWords(await node.until('reader', hasEnded)), 'kept\n');
  });

  test('a claim of a hostPath volume is its folder, made where that is asked for', async () => {
    const path = join(node.containerd.root, 'host-path');
    await claim('host-path', { hostPath: { path, type: 'DirectoryOrCreate' } });
    await node.create(pod('host-path', { command: ['sh', '-c', 'echo here > /v/file'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }, claimed('host-path')));
    assert.equal((await node.until('host-path', hasEnded)).status.phase, 'Succeeded');
    assert.equal(await readFile(join(path, 'file'), 'utf8'), 'here\n');
  });

  test('a volume of another node, and a claim that is not bound, keep the pod waiting and say why', async () => {
    await claim('elsewhere', { local: { path: node.containerd.root }, nodeAffinity: onNode('another') });
    await node.client.resource(persistentVolumeClaims, 'default').create({ metadata: { name: 'unbound', namespace: 'default' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }, status: {} }, { signal: NEVER });
    for (const [name, message] of [['elsewhere', /failed NodeAffinity check for volume "elsewhere"/], ['unbound', /PVC default\/unbound has non-bound phase/], ['missing', /error getting PVC "default\/missing": persistentvolumeclaims "missing" not found/]] as const) {
      await node.create(pod(name, { command: ['true'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }, claimed(name)));
      await node.untilEvent(name, 'FailedMount', message);
    }
  });

  test('a block volume is a device in the container, and a device gets a file system where that is wanted', async (t) => {
    const image = join(node.containerd.root, 'disk');
    await writeFile(image, Buffer.alloc(4 * 1024 * 1024));
    const losetup = spawnSync('losetup', ['--find', '--show', image], { encoding: 'utf8' });
    if (losetup.status !== 0) {
      t.diagnostic(`no loop device could be had: ${losetup.stderr}`);
      return;
    }
    const path = losetup.stdout.trim();
    try {
      await claim('block', { local: { path }, volumeMode: 'Block', nodeAffinity: onNode(hostname().toLowerCase()) });
      await node.create(pod('block', { command: ['sh', '-c', 'test -b /dev/xvda && echo raw | dd of=/dev/xvda bs=512 count=1 conv=sync'], volumeDevices: [{ name: 'v', devicePath: '/dev/xvda' }] }, claimed('block')));
      assert.equal((await node.until('block', hasEnded)).status.phase, 'Succeeded');
      assert.equal((await readFile(image)).subarray(0, 4).toString(), 'raw\n');
      await claim('formatted', { local: { path }, volumeMode: 'Filesystem', nodeAffinity: onNode(hostname().toLowerCase()) });
      await node.create(pod('formatted', { command: ['sh', '-c', 'echo x > /v/file; grep " /v " /proc/mounts | cut -d" " -f3 > /dev/termination-log'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }, claimed('formatted')));
      assert.equal(lastWords(await node.until('formatted', hasEnded)), 'ext4\n');
    } finally {
      spawnSync('umount', ['-l', path]);
      spawnSync('losetup', ['--detach', path]);
    }
  });

  test('an image volume shows the files of its image, which cannot be changed, and leaves nothing behind', async () => {
    const spec = { volumes: [{ name: 'v', image: { reference: FILES, pullPolicy: 'IfNotPresent' } }] };
    await node.create(pod('image-volume', { command: ['sh', '-c', '(echo x > /v/new) 2>/dev/null && exit 1; cat /v/dir/file /sub/file > /dev/termination-log'], volumeMounts: [{ name: 'v', mountPath: '/v' }, { name: 'v', mountPath: '/sub', subPath: 'dir' }] }, spec));
    const done = await node.until('image-volume', hasEnded);
    assert.equal(lastWords(done), 'from an image\nfrom an image\n');
    const folder = join(node.containerd.root, 'kubelet', 'pods');
    while ((await readdir(folder)).includes(done.metadata.uid)) await node.clock.sleep(20, NEVER);
    const snapshots = spawnSync('ctr', ['--address', node.containerd.socketPath, '--namespace', 'k8s.io', 'snapshots', 'ls'], { encoding: 'utf8' });
    assert.ok(!snapshots.stdout.includes('kubets-volume'), snapshots.stdout);
  });

  test('an image volume whose image cannot be had says so as a container does', async () => {
    await node.create(pod('no-image-volume', { command: ['true'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes: [{ name: 'v', image: { reference: '127.0.0.1:1/none:1' } }] }));
    await node.until('no-image-volume', ({ status }) => ['ErrImagePull', 'ImagePullBackOff'].includes(status.containerStatuses?.[0]?.state.waiting?.reason ?? ''));
  });

  test('what the API writes into a volume no container can change', async () => {
    await node.client.resource(configMaps, 'default').create({ metadata: { name: 'fixed' }, data: { key: 'value' } }, { signal: NEVER });
    await node.create(pod('read-only', { command: ['sh', '-c', 'echo x > /v/new'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes: [{ name: 'v', configMap: { name: 'fixed' } }] }));
    assert.equal((await node.until('read-only', hasEnded)).status.phase, 'Failed');
  });
});
