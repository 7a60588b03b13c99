import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pods } from '../../../src/api/refs.ts';
import { Client, type Transport, TransportError } from '../../../src/client/index.ts';
import { until } from '../../support/until.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, NODE, startNode } from './node-under-test.ts';

const NEVER = new AbortController().signal;
const manifest = (value: string): string => JSON.stringify({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'static' },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: BUSYBOX, command: ['sleep', '3600'], env: [{ name: 'VALUE', value }] }] },
});

describe('static pods', { skip: cannotRunContainers() ?? false }, () => {
  test('a file is a pod with a mirror, which comes again, changes with the file and goes with it', async () => {
    await using node = await startNode();
    const folder = join(node.containerd.root, 'manifests');
    const name = `static-${NODE}`;
    await mkdir(folder);
    await writeFile(join(folder, 'a.json'), manifest('1'));
    await node.kubelet[Symbol.asyncDispose]();
    const disk = { rootDir: join(node.containerd.root, 'kubelet'), podLogsDir: join(node.containerd.root, 'log', 'pods'), cgroupRoot: `/kubets-test-${process.pid}`, manifestsDir: folder };
    await node.startKubelet({ disk });
    const first = await node.until(name, isReady);
    await node.client.resource(pods, 'default').delete(name, { gracePeriodSeconds: 0, signal: NEVER });
    const again = await node.until(name, (pod) => isReady(pod) && pod.metadata.uid !== first.metadata.uid);
    assert.equal(again.status.containerStatuses?.[0]?.containerID, first.status.containerStatuses?.[0]?.containerID);
    await writeFile(join(folder, 'a.json'), manifest('2'));
    const changed = await node.until(name, (pod) => isReady(pod) && pod.spec.containers[0]?.env?.[0]?.value === '2');
    assert.notEqual(changed.status.containerStatuses?.[0]?.containerID, first.status.containerStatuses?.[0]?.containerID);
    await rm(join(folder, 'a.json'));
    await node.untilGone(name);
    while ((await node.containerd.runtime.listPodSandbox(undefined, NEVER)).length > 0) await node.clock.sleep(10, NEVER);
  });

  test('a mirror that could not be written when the pod began is written when the folder is looked at again', async () => {
    await using node = await startNode();
    const folder = join(node.containerd.root, 'manifests');
    await mkdir(folder);
    await writeFile(join(folder, 'a.json'), manifest('1'));
    await node.kubelet[Symbol.asyncDispose]();
    const { transport } = node.client;
    let refused = 0;
    const troubled: Transport = {
      send: async (request) => {
        if (request.method === 'POST' && request.path.endsWith('/pods') && refused++ === 0) throw new TransportError('the server is away');
        return transport.send(request);
      },
      watch: (request) => transport.watch(request),
      [Symbol.asyncDispose]: async () => undefined,
    };
    const disk = { rootDir: join(node.containerd.root, 'kubelet'), podLogsDir: join(node.containerd.root, 'log', 'pods'), cgroupRoot: `/kubets-test-${process.pid}`, manifestsDir: folder };
    await node.startKubelet({ disk, client: new Client({ transport: troubled, clock: node.clock }) });
    await until('the mirror could not be written', async () => refused > 0);
    await writeFile(join(folder, 'a.json'), manifest('1'));
    await node.until(`static-${NODE}`, isReady);
  });
});
