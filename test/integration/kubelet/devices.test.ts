import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pods, resourceClaims } from '../../../src/api/refs.ts';
import { cannotRunContainers } from '../support/private-containerd.ts';
import { field, fieldsOf, message, Refusal, registrar, servePlugin, textOf, type Method } from '../support/grpc-plugin.ts';
import { isReady, NODE, startNode, type NodeUnderTest } from './node-under-test.ts';
import { execIn, hasEnded, lastWords, onePod, sh } from './pod-cases.ts';

const NEVER = new AbortController().signal;
const DRIVER = 'gpu.example.com';
/** Of this run alone: the folder is the machine's. */
const KIND = `kubets-test-${process.pid}.example.com/gpu`;
const SPEC = `/var/run/cdi/kubets-test-${process.pid}.json`;

describe('devices of claims (DRA), with a driver behind sockets', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  let open: AsyncDisposable[] = [];
  const told: { registered: boolean; error: string }[] = [];
  const asked: string[] = [];
  let refuses = false;

  const claimOf = (request: Buffer): Buffer => fieldsOf(request)[0]?.bytes ?? Buffer.alloc(0);
  const methods: Record<string, Method> = {
    '/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/NodePrepareResources': (request) => {
      const claim = claimOf(request);
      asked.push(`prepare ${textOf(claim, 1)}/${textOf(claim, 3)}`);
      if (refuses) throw new Refusal('the device is on fire');
      const device = (name: string): Buffer => field(1, message(field(1, name), field(2, 'pool'), field(3, name), field(4, `${KIND}=${name}`)));
      return message(field(1, message(field(1, textOf(claim, 2)), field(2, message(device('one'), device('two'))))));
    },
    '/k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/NodeUnprepareResources': (request) => {
      const claim = claimOf(request);
      asked.push(`unprepare ${textOf(claim, 1)}/${textOf(claim, 3)}`);
      return message(field(1, message(field(1, textOf(claim, 2)), field(2, Buffer.alloc(0)))));
    },
  };

  before(async () => {
    await mkdir('/var/run/cdi', { recursive: true });
    await writeFile(SPEC, JSON.stringify({
      cdiVersion: '0.6.0', kind: KIND, containerEdits: { env: ['VENDOR=example'] },
      devices: ['one', 'two'].map((name) => ({ name, containerEdits: { env: [`GPU_${name}=yes`], deviceNodes: [{ path: `/dev/gpu-${name}`, hostPath: '/dev/null', type: 'c', major: 1, minor: 3 }] } })),
    }));
    node = await startNode();
    const folder = join(node.containerd.root, 'kubelet');
    const endpoint = join(folder, 'plugins', DRIVER, 'dra.sock');
    open = [await servePlugin(endpoint, methods), await servePlugin(join(folder, 'plugins_registry', `${DRIVER}-reg.sock`), registrar({ type: 'DRAPlugin', name: DRIVER, endpoint, versions: ['v1.DRAPlugin'] }, told))];
    for (const deadline = node.clock.monotonic() + 180_000; told.length === 0 && node.clock.monotonic() < deadline; ) await node.clock.sleep(20, NEVER);
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
    for (const one of open) await one[Symbol.asyncDispose]();
    await rm(SPEC, { force: true });
  });

  /** A claim that a scheduler has allocated, and reserved for the pod once it is there. */
  async function allocate(name: string, podUid?: string): Promise<void> {
    const claims = node.client.resource(resourceClaims, 'default');
    if (podUid === undefined) {
      await claims.create({ metadata: { name }, spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu' } }, { name: 'two', exactly: { deviceClassName: 'gpu' } }] } }, status: {} }, { signal: NEVER });
      return;
    }
    const results = ['one', 'two'].map((request) => ({ request, driver: DRIVER, pool: 'pool', device: request }));
    await claims.patchStatus(name, { type: 'merge', patch: { status: { allocation: { devices: { results } }, reservedFor: [{ resource: 'pods', name: 'p', uid: podUid }] } } }, { signal: NEVER });
  }
  const spec = (claim: string): object => ({ resourceClaims: [{ name: 'gpus', resourceClaimName: claim }] });

  test('a driver registers, and hears that it is taken; one that serves nothing known hears why not', async () => {
    assert.deepEqual(told, [{ registered: true, error: '' }]);
    const others: typeof told = [];
    await using _other = await servePlugin(join(node.containerd.root, 'kubelet', 'plugins_registry', 'old-reg.sock'), registrar({ type: 'DRAPlugin', name: 'old.example.com', endpoint: '/nowhere', versions: ['v1alpha3.Node'] }, others));
    for (const deadline = node.clock.monotonic() + 180_000; others.length === 0 && node.clock.monotonic() < deadline; ) await node.clock.sleep(20, NEVER);
    assert.match(others[0]?.error ?? '', /none of the DRA gRPC service versions \[v1alpha3\.Node\]/);
  });

  test('a container has the devices of the requests that it names, once the claim is allocated and reserved; they are given back with the pod', async () => {
    await allocate('both');
    const say = sh('env | grep -E "GPU|VENDOR" | sort > /dev/termination-log; ls /dev | grep gpu >> /dev/termination-log');
    const { metadata } = await node.create(onePod('uses', { ...say, resources: { claims: [{ name: 'gpus', request: 'two' }] } }, spec('both')));
    await node.untilEvent('uses', 'FailedPrepareDynamicResources', /Failed to prepare dynamic resources: ResourceClaim both: not allocated/);
    assert.deepEqual(asked, []);
    await allocate('both', metadata.uid);
    assert.equal(lastWords(await node.until('uses', hasEnded)), 'GPU_two=yes\nVENDOR=example\ngpu-two\n');
    await node.client.resource(pods, 'default').delete('uses', { signal: NEVER });
    await node.untilGone('uses');
    for (const deadline = node.clock.monotonic() + 180_000; asked.length < 2 && node.clock.monotonic() < deadline; ) await node.clock.sleep(20, NEVER);
    assert.deepEqual(asked, ['prepare default/both', 'unprepare default/both']);
  });

  test('a container has the devices that the scheduler has chosen for its extended resources, though the node counts none', async () => {
    asked.length = 0;
    await allocate('extended');
    const resource = node.client.resource(pods, 'default');
    const say = sh('env | grep -E "GPU" > /dev/termination-log');
    const { metadata } = await resource.create(onePod('extends', { ...say, resources: { limits: { 'example.com/gpu': '1' } } }), { signal: NEVER });
    await allocate('extended', metadata.uid);
    const status = { extendedResourceClaimStatus: { resourceClaimName: 'extended', requestMappings: [{ containerName: 'main', resourceName: 'example.com/gpu', requestName: 'two' }] } };
    await resource.patchStatus('extends', { type: 'strategic', patch: { status } }, { signal: NEVER });
    await resource.subresource('extends', 'binding', { method: 'POST', body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'extends' }, target: { apiVersion: 'v1', kind: 'Node', name: NODE } }, signal: NEVER });
    const ended = await node.until('extends', hasEnded);
    assert.equal(lastWords(ended), 'GPU_two=yes\n');
    assert.deepEqual(ended.status.extendedResourceClaimStatus, status.extendedResourceClaimStatus);
    await resource.delete('extends', { signal: NEVER });
    await node.untilGone('extends');
    for (const deadline = node.clock.monotonic() + 180_000; asked.length < 2 && node.clock.monotonic() < deadline; ) await node.clock.sleep(20, NEVER);
    assert.deepEqual(asked, ['prepare default/extended', 'unprepare default/extended']);
  });

  test('what the driver refuses is told, and asked for again; what it has prepared is not asked for twice, nor lost over a restart of the kubelet', async () => {
    asked.length = 0;
    refuses = true;
    await allocate('kept');
    const { metadata } = await node.create(onePod('keeps', { ...sh('sleep 1000'), resources: { claims: [{ name: 'gpus' }] } }, spec('kept')));
    await allocate('kept', metadata.uid);
    await node.untilEvent('keeps', 'FailedPrepareDynamicResources', /the device is on fire/);
    refuses = false;
    await node.until('keeps', isReady);
    assert.equal(await execIn(node, 'keeps', 'main', 'echo $GPU_one $GPU_two'), 'yes yes\n');
    const before = asked.length;
    await node.kubelet[Symbol.asyncDispose]();
    await node.startKubelet();
    await node.client.resource(pods, 'default').delete('keeps', { signal: NEVER });
    await node.untilGone('keeps');
    for (const deadline = node.clock.monotonic() + 180_000; asked.length === before && node.clock.monotonic() < deadline; ) await node.clock.sleep(20, NEVER);
    assert.deepEqual(asked.slice(before), ['unprepare default/kept']);
  });
});
