import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { csiDrivers, csiNodes, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../../src/api/refs.ts';
import { Commands } from '../../../src/base/commands.ts';
import { attachmentName } from '../../../src/component-helpers/csi-names.ts';
import { issueCredentials, newAuthority } from '../../../src/pki/index.ts';
import { cannotRunContainers } from '../support/private-containerd.ts';
import { field, fieldsOf, message, Refusal, registrar, servePlugin, textOf, type Method } from '../support/grpc-plugin.ts';
import { isReady, NODE, startNode, type NodeUnderTest } from './node-under-test.ts';
import { execIn, onePod, sh } from './pod-cases.ts';

const NEVER = new AbortController().signal;
const DRIVER = 'disk.example.com';
const host = new Commands();
const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
const authority = newAuthority({ commonName: 'test-ca', ...validity });
const serving = issueCredentials(authority, { subject: { commonName: 'node-a' }, names: { dnsNames: [], ipAddresses: ['127.0.0.1'] }, usages: ['server auth'], ...validity });
const caller = issueCredentials(authority, { subject: { commonName: 'kube-apiserver', organizations: ['system:masters'] }, usages: ['client auth'], ...validity });

/** The pairs of a map on the wire. */
function pairsOf(bytes: Buffer, number: number): Record<string, string> {
  return Object.fromEntries(fieldsOf(bytes).filter((one) => one.number === number).map((one) => [textOf(one.bytes, 1), textOf(one.bytes, 2)]));
}

describe('volumes of CSI drivers, with a driver behind sockets', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  let open: AsyncDisposable[] = [];
  let disks: string;
  const told: { registered: boolean; error: string }[] = [];
  const calls: string[] = [];
  let published: Buffer = Buffer.alloc(0);
  let refuses = false;

  /** A driver whose disks are folders of the machine: staged and published with bind mounts. */
  const methods: Record<string, Method> = {
    '/csi.v1.Node/NodeGetInfo': () => message(field(1, 'node-of-the-driver'), field(2, 7), field(3, field(1, message(field(1, 'topology.example.com/zone'), field(2, 'z1'))))),
    '/csi.v1.Node/NodeGetCapabilities': () => message(...[1, 2, 3].map((type) => field(1, field(1, field(1, type))))),
    '/csi.v1.Node/NodeGetVolumeStats': (request) => message(...[1, 2].map((unit) => field(1, message(field(1, unit * 10), field(2, unit * 30), field(3, textOf(request, 2).endsWith('/data/mount') ? unit * 20 : 0), field(4, unit))))),
    '/csi.v1.Node/NodeStageVolume': async (request) => {
      calls.push(`stage ${textOf(request, 1)} ${JSON.stringify(pairsOf(request, 2))}`);
      if (refuses) throw new Refusal('the disk is broken');
      await mkdir(join(disks, textOf(request, 1)), { recursive: true });
      // Each pod asks for it. A second mount at the same place would come up at the first's sources too where the machine's mounts are shared, as systemd makes them.
      await host.run(['sh', '-c', 'mountpoint -q "$2" || mount --bind "$1" "$2"', 'sh', join(disks, textOf(request, 1)), textOf(request, 3)]);
      return Buffer.alloc(0);
    },
    '/csi.v1.Node/NodeUnstageVolume': async (request) => {
      calls.push(`unstage ${textOf(request, 1)}`);
      await host.run(['umount', textOf(request, 2)]);
      return Buffer.alloc(0);
    },
    '/csi.v1.Node/NodePublishVolume': async (request) => {
      published = request;
      calls.push(`publish ${textOf(request, 1)}`);
      await mkdir(textOf(request, 4), { recursive: true });
      const from = textOf(request, 3) || join(disks, textOf(request, 1));
      await mkdir(from, { recursive: true });
      await host.run(['mount', '--bind', from, textOf(request, 4)]);
      return Buffer.alloc(0);
    },
    '/csi.v1.Node/NodeExpandVolume': (request) => {
      if (refuses) throw new Refusal('the disk is full');
      const range = fieldsOf(request).find(({ number }) => number === 3)?.bytes ?? Buffer.alloc(0);
      calls.push(`expand ${textOf(request, 1)} ${fieldsOf(range)[0]?.value} ${textOf(request, 2).endsWith('/data/mount')} ${textOf(request, 4).endsWith('/globalmount')}`);
      return Buffer.alloc(0);
    },
    '/csi.v1.Node/NodeUnpublishVolume': async (request) => {
      calls.push(`unpublish ${textOf(request, 1)}`);
      await host.run(['umount', textOf(request, 2)]);
      await rm(textOf(request, 2), { recursive: true });
      return Buffer.alloc(0);
    },
  };

  const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
    for (const deadline = node.clock.monotonic() + 180_000; !(await holds()); await node.clock.sleep(20, NEVER)) assert.ok(node.clock.monotonic() < deadline, what);
  };

  before(async () => {
    const server = { port: 0, address: '127.0.0.1', tls: { cert: serving.certificatePem, key: serving.keyPem, ca: authority.certificatePem } };
    node = await startNode({ server });
    disks = join(node.containerd.root, 'disks');
    const folder = join(node.containerd.root, 'kubelet');
    const endpoint = join(folder, 'plugins', DRIVER, 'csi.sock');
    open = [await servePlugin(endpoint, methods), await servePlugin(join(folder, 'plugins_registry', `${DRIVER}-reg.sock`), registrar({ type: 'CSIPlugin', name: DRIVER, endpoint, versions: ['1.0.0'] }, told))];
    await until('the driver is registered', () => told.length > 0);
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
    for (const one of open) await one[Symbol.asyncDispose]();
  });

  async function asked(path: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    request({ host: '127.0.0.1', port: node.kubelet.port, path, ca: authority.certificatePem, cert: caller.certificatePem, key: caller.keyPem, agent: false }, resolve).on('error', reject).end();
    return text(await promise);
  }

  /** A volume that is bound to a claim already. */
  async function bound(name: string, csi: object = {}): Promise<void> {
    const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'x', csi: { driver: DRIVER, volumeHandle: name, fsType: 'ext4', volumeAttributes: { pool: 'fast' }, ...csi } };
    const claims = node.client.resource(persistentVolumeClaims, 'default');
    const claim = await claims.create({ metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'x', volumeName: name, resources: { requests: { storage: '1Gi' } } } }, { signal: NEVER });
    await node.client.resource(persistentVolumes).create({ metadata: { name }, spec: { ...spec, claimRef: { name, namespace: 'default', uid: claim.metadata.uid } } } as never, { signal: NEVER });
    await claims.patchStatus(name, { type: 'merge', patch: { status: { phase: 'Bound' } } }, { signal: NEVER });
  }
  const claiming = (name: string): object => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] });
  const mounts = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
  async function attach(handle: string): Promise<void> {
    const name = attachmentName(handle, DRIVER, NODE);
    const resource = node.client.resource(volumeAttachments);
    await resource.create({ metadata: { name }, spec: { attacher: DRIVER, nodeName: NODE, source: { persistentVolumeName: handle } } }, { signal: NEVER });
    await resource.patchStatus(name, { type: 'merge', patch: { status: { attached: true, attachmentMetadata: { devicePath: '/dev/x' } } } }, { signal: NEVER });
  }

  test('a driver that registers is told in the CSINode, the labels and the annotation of the node', async () => {
    assert.deepEqual(told, [{ registered: true, error: '' }]);
    const { spec } = await node.client.resource(csiNodes).get(NODE, { signal: NEVER });
    assert.deepEqual(spec.drivers, [{ name: DRIVER, nodeID: 'node-of-the-driver', topologyKeys: ['topology.example.com/zone'], allocatable: { count: 7 } }]);
    const { metadata } = await node.client.resource(nodes).get(NODE, { signal: NEVER });
    assert.equal(metadata.labels?.['topology.example.com/zone'], 'z1');
    assert.equal(metadata.annotations?.['csi.volume.kubernetes.io/nodeid'], JSON.stringify({ [DRIVER]: 'node-of-the-driver' }));
  });

  test('a volume is staged once it is attached, published for each pod with its group, and taken down with the last', async () => {
    await bound('one');
    const write = sh('echo kept > /data/file; stat -c "%A %g" /data > /data/mode; sleep 1000');
    await node.create(onePod('first', { ...write, ...mounts }, { ...claiming('one'), securityContext: { fsGroup: 123 } }));
    await node.untilEvent('first', 'FailedMount', /volume one has not been attached to node node-a: volumeattachments\.storage\.k8s\.io "csi-[0-9a-f]{64}" not found/);
    assert.deepEqual(calls, []);
    await attach('one');
    await node.until('first', isReady);
    assert.deepEqual(calls, ['stage one {"devicePath":"/dev/x"}', 'publish one']);
    await until('it has written', async () => (await readFile(join(disks, 'one', 'mode'), 'utf8').catch(() => '')) !== '');
    assert.equal((await readFile(join(disks, 'one', 'file'), 'utf8')), 'kept\n');
    assert.equal((await readFile(join(disks, 'one', 'mode'), 'utf8')), 'drwxrwsr-x 123\n');
    assert.deepEqual(pairsOf(published, 8), { pool: 'fast' });
    await until('the node tells that it is in use', async () => (await node.client.resource(nodes).get(NODE, { signal: NEVER })).status.volumesInUse?.[0] === `kubernetes.io/csi/${DRIVER}^one`);
    await node.create(onePod('second', { ...sh('sleep 1000'), ...mounts }, claiming('one')));
    await node.until('second', isReady);
    assert.equal(await execIn(node, 'second', 'main', 'cat /data/file'), 'kept\n');
    calls.length = 0;
    await node.client.resource(pods, 'default').delete('first', { signal: NEVER });
    await node.untilGone('first');
    assert.deepEqual(calls, ['unpublish one']);
    await node.kubelet[Symbol.asyncDispose]();
    told.length = 0;
    await node.startKubelet();
    await until('the driver is registered again', () => told.length > 0);
    await node.client.resource(pods, 'default').delete('second', { signal: NEVER });
    await node.untilGone('second');
    assert.deepEqual(calls, ['unpublish one', 'unpublish one', 'unstage one']);
    assert.equal((await readFile(join(disks, 'one', 'file'), 'utf8')), 'kept\n');
    await until('it is in use no more', async () => (await node.client.resource(nodes).get(NODE, { signal: NEVER })).status.volumesInUse === undefined);
  });

  test('a driver that attaches nothing needs no attachment; what it refuses is told and tried again', async () => {
    calls.length = 0;
    await node.client.resource(csiDrivers).create({ metadata: { name: DRIVER }, spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Persistent', 'Ephemeral'] } }, { signal: NEVER });
    await bound('two');
    refuses = true;
    await node.create(onePod('third', { ...sh('sleep 1000'), ...mounts }, claiming('two')));
    await node.untilEvent('third', 'FailedMount', /the disk is broken/);
    refuses = false;
    await node.until('third', isReady);
    assert.equal(pairsOf(published, 8)['csi.storage.k8s.io/pod.name'], 'third');
    assert.equal(pairsOf(published, 8)['csi.storage.k8s.io/ephemeral'], 'false');
    await node.client.resource(pods, 'default').delete('third', { signal: NEVER });
    await node.untilGone('third');
    assert.equal(calls.at(-1), 'unstage two');
  });

  test('how full a volume is, its driver says; one that has become larger grows where it is mounted, and its claim is told; what the driver refuses is told and tried again', async () => {
    await bound('three');
    const claims = node.client.resource(persistentVolumeClaims, 'default');
    await node.create(onePod('grows', { ...sh('sleep 1000'), ...mounts }, claiming('three')));
    await node.until('grows', isReady);
    calls.length = 0;
    const summary = JSON.parse(await asked('/stats/summary')) as { pods: { volume?: { name: string; usedBytes: number; inodesFree: number; pvcRef: object }[] }[] };
    const [volume] = summary.pods.flatMap((pod) => pod.volume ?? []);
    assert.deepEqual([volume?.name, volume?.usedBytes, volume?.inodesFree, volume?.pvcRef], ['data', 20, 20, { name: 'three', namespace: 'default' }]);
    assert.match(await asked('/metrics'), /^kubelet_volume_stats_capacity_bytes\{namespace="default",persistentvolumeclaim="three"\} 30$/m);
    const status = { capacity: { storage: '1Gi' }, conditions: [{ type: 'FileSystemResizePending', status: 'True' }], allocatedResourceStatuses: { storage: 'NodeResizePending' } };
    await claims.patchStatus('three', { type: 'merge', patch: { status } }, { signal: NEVER });
    await node.client.resource(persistentVolumes).patch('three', { type: 'merge', patch: { spec: { capacity: { storage: '2Gi' } } } }, { signal: NEVER });
    const look = (seen: string): Promise<unknown> => node.client.resource(pods, 'default').patch('grows', { type: 'merge', patch: { metadata: { labels: { seen } } } }, { signal: NEVER });
    refuses = true;
    await look('once');
    await node.untilEvent('grows', 'VolumeResizeFailed', /NodeExpandVolume failed for volume "three" : rpc error: code = Internal desc = the disk is full/);
    refuses = false;
    await look('twice');
    await node.untilEvent('grows', 'FileSystemResizeSuccessful', /^MountVolume\.NodeExpandVolume succeeded for volume "three"$/);
    assert.deepEqual(calls, [`expand three ${2 * 1024 ** 3} true true`]);
    const { capacity, conditions = [], allocatedResourceStatuses = {} } = (await claims.get('three', { signal: NEVER })).status ?? {};
    assert.deepEqual([capacity, conditions, allocatedResourceStatuses], [{ storage: '2Gi' }, [], {}]);
    await look('thrice');
    await node.remove('grows');
    await node.untilGone('grows');
    assert.deepEqual(calls.map((call) => call.split(' ')[0]), ['expand', 'unpublish', 'unstage']);
  });

  test('a volume that lives with its pod is published, and taken down, without staging', async () => {
    calls.length = 0;
    await node.create(onePod('inline', { ...sh('echo x > /data/file && sleep 1000'), ...mounts }, { volumes: [{ name: 'data', csi: { driver: DRIVER, volumeAttributes: { size: '1' } } }] }));
    await node.until('inline', isReady);
    assert.equal(pairsOf(published, 8)['csi.storage.k8s.io/ephemeral'], 'true');
    assert.equal(pairsOf(published, 8).size, '1');
    await node.client.resource(pods, 'default').delete('inline', { signal: NEVER });
    await node.untilGone('inline');
    assert.deepEqual(calls.map((call) => call.split(' ')[0]), ['publish', 'unpublish']);
  });

  test('a driver that goes is told of no more', async () => {
    await open.pop()?.[Symbol.asyncDispose]();
    await until('its CSINode has no drivers', async () => (await node.client.resource(csiNodes).get(NODE, { signal: NEVER })).spec.drivers.length === 0);
    await writeFile(join(disks, 'kept'), '');
  });
});
