import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { configMaps, nodes, pods, secrets } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod, PodSpec } from '../../../src/api/generated/core-v1.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, NODE, startNode, type NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;

function pod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Draft<Pod> {
  return {
    metadata: { name, namespace: 'default' },
    spec: { terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, ...container }], ...spec },
    status: {},
  };
}

describe('pods on a real containerd', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  test('the node is registered and ready', async () => {
    const { status } = await node.client.resource(nodes).get(NODE, { signal: NEVER });
    assert.equal(status.phase, 'Running');
    assert.deepEqual(status.conditions?.map(({ type, status: value }) => `${type}=${value}`), ['OutOfDisk=False', 'MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False', 'Ready=True']);
    assert.match(status.nodeInfo.containerRuntimeVersion, /^containerd:\/\/\d/);
    assert.equal(status.capacity?.pods, '110');
  });

  test('a plain pod comes up, is ready at once, and goes', async () => {
    await node.create(pod('plain', { command: ['sleep', '3600'] }));
    const ready = await node.until('plain', isReady);
    assert.equal(ready.status.phase, 'Running');
    assert.match(ready.status.podIP ?? '', /^10\.2\d\d\./);
    assert.match(ready.status.containerStatuses?.[0]?.containerID ?? '', /^containerd:\/\/[0-9a-f]{64}$/);
    await node.client.resource(pods, 'default').delete('plain', { gracePeriodSeconds: 1, signal: NEVER });
    await node.untilGone('plain');
    while ((await node.containerd.runtime.listPodSandbox(undefined, NEVER)).length > 0) await node.clock.sleep(10, NEVER);
  });

  test('init containers run one after the other, a sidecar stays, and the pod ends when its containers do', async () => {
    await node.create(pod('stages', { command: ['sh', '-c', 'cat /data/order > /dev/termination-log'], volumeMounts: [{ name: 'data', mountPath: '/data' }] }, {
      restartPolicy: 'Never',
      volumes: [{ name: 'data', emptyDir: {} }],
      initContainers: [
        { name: 'first', image: BUSYBOX, resources: {}, command: ['sh', '-c', 'echo first >> /data/order'], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        { name: 'sidecar', image: BUSYBOX, resources: {}, restartPolicy: 'Always', command: ['sh', '-c', 'trap "exit 0" TERM; echo sidecar >> /data/order; while true; do sleep 0.1; done'], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        { name: 'second', image: BUSYBOX, resources: {}, command: ['sh', '-c', 'sleep 0.2; echo second >> /data/order'], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      ],
    }));
    const done = await node.until('stages', ({ status }) => status.phase === 'Succeeded' && status.initContainerStatuses?.[1]?.state.terminated !== undefined);
    assert.equal(done.status.containerStatuses?.[0]?.state.terminated?.message, 'first\nsidecar\nsecond\n');
    assert.deepEqual(done.status.initContainerStatuses?.map(({ state }) => state.terminated?.exitCode), [0, 0, 0]);
    assert.equal(done.status.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodCompleted');
  });

  test('a container that fails is restarted at once, then held back', async () => {
    await node.create(pod('failing', { command: ['sh', '-c', 'exit 7'] }));
    const held = await node.until('failing', ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff');
    const status = held.status.containerStatuses?.[0];
    assert.equal(status?.restartCount, 1);
    assert.equal(status?.lastState.terminated?.exitCode, 7);
    assert.match(status?.state.waiting?.message ?? '', /^back-off 10s restarting failed container=main pod=failing_default\(/);
    assert.equal(held.status.phase, 'Running');
  });

  test('environment, config maps, secrets, downward API and sub-paths reach the container', async () => {
    await node.client.resource(configMaps, 'default').create({ metadata: { name: 'settings' }, data: { color: 'blue', file: 'text' } }, { signal: NEVER });
    await node.client.resource(secrets, 'default').create({ metadata: { name: 'keys' }, data: { key: Buffer.from('s3cret').toString('base64') } }, { signal: NEVER });
    const script = 'echo "$A|$B|$C|$D|$E" > /dev/termination-log; cat /cm/color /secret/key /info/labels /one >> /dev/termination-log; hostname >> /dev/termination-log; grep -c "$D" /etc/hosts >> /dev/termination-log; grep nameserver /etc/resolv.conf >> /dev/termination-log';
    await node.create({
      ...pod('environment', {
        command: ['sh', '-c', script],
        env: [
          { name: 'A', value: 'a' }, { name: 'B', value: '$(A)-$(MISSING)-$$(A)' }, { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
          { name: 'D', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'E', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        ],
        resources: { limits: { memory: '64Mi' } },
        volumeMounts: [{ name: 'cm', mountPath: '/cm' }, { name: 'secret', mountPath: '/secret' }, { name: 'info', mountPath: '/info' }, { name: 'cm', mountPath: '/one', subPath: 'file' }],
      }, {
        restartPolicy: 'Never', hostname: 'named',
        volumes: [{ name: 'cm', configMap: { name: 'settings' } }, { name: 'secret', secret: { secretName: 'keys' } }, { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }],
      }),
      metadata: { name: 'environment', namespace: 'default', labels: { app: 'x' } },
    });
    const done = await node.until('environment', ({ status }) => status.phase === 'Succeeded' || status.phase === 'Failed');
    const message = done.status.containerStatuses?.[0]?.state.terminated?.message ?? '';
    assert.equal(message, `a|a-$(MISSING)-$(A)|blue|${done.status.podIP}|64\nblues3cretapp="x"textnamed\n1\nnameserver 10.96.0.10\n`);
  });

  test('a changed config map shows in a running pod', async () => {
    await node.client.resource(configMaps, 'default').create({ metadata: { name: 'changing' }, data: { value: 'old' } }, { signal: NEVER });
    await node.create(pod('reader', { command: ['sh', '-c', 'until grep -q new /cm/value; do sleep 0.05; done'], volumeMounts: [{ name: 'cm', mountPath: '/cm' }] }, {
      restartPolicy: 'Never', volumes: [{ name: 'cm', configMap: { name: 'changing' } }],
    }));
    await node.until('reader', ({ status }) => status.phase === 'Running');
    await node.client.resource(configMaps, 'default').patch('changing', { type: 'merge', patch: { data: { value: 'new' } } }, { signal: NEVER });
    await node.until('reader', ({ status }) => status.phase === 'Succeeded');
  });

  test('a volume whose config map is missing keeps the pod waiting until it is there', async () => {
    await node.create(pod('waiting', { command: ['sleep', '3600'], volumeMounts: [{ name: 'cm', mountPath: '/cm' }] }, { volumes: [{ name: 'cm', configMap: { name: 'later' } }] }));
    const waiting = await node.until('waiting', ({ status }) => status.containerStatuses?.[0]?.state.waiting !== undefined);
    assert.equal(waiting.status.containerStatuses?.[0]?.state.waiting?.reason, 'ContainerCreating');
    await node.client.resource(configMaps, 'default').create({ metadata: { name: 'later' }, data: {} }, { signal: NEVER });
    await node.until('waiting', isReady);
  });

  test('an image that cannot be had is told as such, and one that must not be pulled too', async () => {
    await node.create(pod('no-image', { image: '127.0.0.1:1/none:1', command: ['true'] }));
    await node.until('no-image', ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImagePull');
    await node.until('no-image', ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff');
    await node.create(pod('never', { image: '127.0.0.1:1/none:1', imagePullPolicy: 'Never', command: ['true'] }));
    await node.until('never', ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImageNeverPull');
  });

  test('probes make ready, unready and restart', async () => {
    await node.create(pod('probed', {
      command: ['sh', '-c', 'touch /tmp/live; sleep 3600'],
      startupProbe: { exec: { command: ['cat', '/tmp/live'] }, periodSeconds: 1, failureThreshold: 100, timeoutSeconds: 60 },
      readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 1, timeoutSeconds: 60 },
      livenessProbe: { exec: { command: ['cat', '/tmp/live'] }, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 60 },
    }));
    const running = await node.until('probed', ({ status }) => status.containerStatuses?.[0]?.started === true);
    assert.equal(isReady(running), false);
    const id = running.status.containerStatuses?.[0]?.containerID?.slice('containerd://'.length) ?? '';
    await node.containerd.runtime.execSync(id, ['touch', '/tmp/ready'], 60, NEVER);
    await node.until('probed', isReady);
    await node.containerd.runtime.execSync(id, ['rm', '/tmp/ready'], 60, NEVER);
    await node.until('probed', (seen) => !isReady(seen));
    await node.containerd.runtime.execSync(id, ['rm', '/tmp/live'], 60, NEVER);
    await node.until('probed', ({ status }) => status.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].state.running !== undefined);
  });

  test('hooks run, and a pod that stops by itself goes at once', async () => {
    await node.create(pod('hooked', {
      command: ['sh', '-c', 'trap "exit 0" TERM; touch /tmp/listens; until [ -e /tmp/started ]; do sleep 0.02; done; while true; do sleep 0.05; done'],
      lifecycle: { postStart: { exec: { command: ['sh', '-c', 'until [ -e /tmp/listens ]; do sleep 0.02; done; touch /tmp/started'] } }, preStop: { exec: { command: ['sh', '-c', 'sleep 0.1'] } } },
    }, { terminationGracePeriodSeconds: 3600 })); // longer than anybody waits here
    await node.until('hooked', isReady);
    await node.client.resource(pods, 'default').delete('hooked', { signal: NEVER });
    await node.untilGone('hooked');
  });

  test('a pod that the node cannot hold fails with the reason', async () => {
    await node.create(pod('greedy', { command: ['true'], resources: { requests: { cpu: '1000' } } }));
    const failed = await node.until('greedy', ({ status }) => status.phase === 'Failed');
    assert.equal(failed.status.reason, 'OutOfcpu');
  });

  test('a pod over its deadline fails', async () => {
    await node.create(pod('late', { command: ['sleep', '3600'] }, { activeDeadlineSeconds: 1 }));
    const failed = await node.until('late', ({ status }) => status.phase === 'Failed');
    assert.equal(failed.status.reason, 'DeadlineExceeded');
  });

  test('a restarted kubelet restarts no container, and sees what ended meanwhile', async () => {
    await node.create(pod('survivor', { command: ['sleep', '3600'] }));
    await node.create(pod('ended', { command: ['sh', '-c', 'until [ -e /tmp/end ]; do sleep 0.02; done; exit 3'] }, { restartPolicy: 'Never' }));
    const before = await node.until('survivor', isReady);
    const ending = await node.until('ended', isReady);
    await node.kubelet[Symbol.asyncDispose]();
    const id = ending.status.containerStatuses?.[0]?.containerID?.slice('containerd://'.length) ?? '';
    await node.containerd.runtime.execSync(id, ['touch', '/tmp/end'], 60, NEVER);
    while ((await node.containerd.runtime.containerStatus(id, NEVER)).state === 'CONTAINER_RUNNING') await node.clock.sleep(10, NEVER);
    await node.startKubelet();
    const ended = await node.until('ended', ({ status }) => status.phase === 'Failed');
    assert.equal(ended.status.containerStatuses?.[0]?.state.terminated?.exitCode, 3);
    const after = await node.until('survivor', isReady);
    assert.equal(after.status.containerStatuses?.[0]?.containerID, before.status.containerStatuses?.[0]?.containerID);
    assert.equal(after.status.containerStatuses?.[0]?.restartCount, 0);
  });

  test('a resize reaches the running container without a restart', async () => {
    await node.create(pod('resized', { command: ['sleep', '3600'], resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { memory: '64Mi' } } }));
    const before = await node.until('resized', isReady);
    const patch = { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '200m' }, limits: { memory: '96Mi' } } }] } };
    await node.client.resource(pods, 'default').patch('resized', { type: 'strategic', patch }, { signal: NEVER }, 'resize');
    const after = await node.until('resized', ({ status }) => status.containerStatuses?.[0]?.resources?.requests?.cpu === '200m');
    assert.equal(after.status.containerStatuses?.[0]?.containerID, before.status.containerStatuses?.[0]?.containerID);
    const id = after.status.containerStatuses?.[0]?.containerID?.slice('containerd://'.length) ?? '';
    const { resources } = await node.containerd.runtime.containerStatus(id, NEVER);
    if (resources?.linux) assert.equal(resources.linux.memoryLimitInBytes, 96 * 1024 * 1024);
  });
});
