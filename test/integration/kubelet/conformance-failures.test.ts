/** How pods look that cannot run as they are described, on a real containerd: the states, reasons and events that Kubernetes' tests wait for. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DeepReadonly } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod, PodSpec } from '../../../src/api/generated/core-v1.ts';
import { cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, startNode, type NodeUnderTest } from './node-under-test.ts';
import { execIn, hasEnded, lastWords, onePod, podOfCase, sh } from './pod-cases.ts';

const waitingReason = ({ status }: DeepReadonly<Pod>): string | undefined => status.containerStatuses?.[0]?.state.waiting?.reason;

describe('pods that cannot run', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  const make = (name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Promise<unknown> => node.create(onePod(name, container, { restartPolicy: 'Always', ...spec }));

  before(async () => {
    node = await startNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  test('a pod that the node refuses says why in an event and in its status, and nothing of its containers', async () => {
    await make('unsafe', sh('true'), { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] } });
    const { status } = await node.until('unsafe', hasEnded);
    assert.deepEqual([status.phase, status.reason, status.message, status.containerStatuses], ['Failed', 'SysctlForbidden', 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted', undefined]);
    assert.equal(status.observedGeneration, 1);
    await node.untilEvent('unsafe', 'SysctlForbidden', /^forbidden sysctl: "kernel.msgmax" not allowlisted$/);
  });

  test('a probe that cannot be asked counts neither for nor against its container', async () => {
    const probe = { periodSeconds: 1, failureThreshold: 1 };
    await make('unasked', { ...sh('sleep 1000'), livenessProbe: { ...probe, exec: { command: ['/nope'] } }, readinessProbe: { ...probe, httpGet: { port: 'web' } } });
    await node.untilEvent('unasked', 'Unhealthy', /^Readiness probe errored and resulted in unknown state: strconv\.Atoi: parsing "web": invalid syntax$/);
    await node.untilEvent('unasked', 'Unhealthy', /^Liveness probe errored and resulted in unknown state: rpc error: .*"\/nope"/);
    const seen = await node.until('unasked', ({ status }) => status.phase === 'Running');
    assert.deepEqual([isReady(seen), seen.status.containerStatuses?.[0]?.restartCount], [false, 0]);
  });

  test('a command that is not there: StartError, with what the runtime says; started again with back-off, or the end of the pod', async () => {
    await make('no-command', { command: ['/nonexistent'] });
    await make('no-command-once', { command: ['/nonexistent'] }, { restartPolicy: 'Never' });
    const again = await node.until('no-command', (pod) => waitingReason(pod) === 'CrashLoopBackOff');
    const last = again.status.containerStatuses?.[0]?.lastState.terminated;
    assert.deepEqual([last?.reason, last?.exitCode], ['StartError', 128]);
    assert.match(last?.message ?? '', /"\/nonexistent": stat \/nonexistent: no such file or directory/);
    const once = await node.until('no-command-once', (pod) => hasEnded(pod) && pod.status.containerStatuses?.[0]?.state.terminated !== undefined);
    const [own] = once.status.containerStatuses ?? [];
    assert.deepEqual([once.status.phase, own?.state.terminated?.reason, own?.lastState, own?.restartCount], ['Failed', 'StartError', {}, 0]);
  });

  for (const { name, container, spec = {}, reason, event } of [
    { name: 'bad-image-name', container: { image: 'UPPER///bad' }, reason: 'InvalidImageName', event: ['InspectFailed', /couldn't parse image name "UPPER\/\/\/bad": invalid reference format$/] },
    { name: 'no-image', container: { image: 'localhost:1/nope:1' }, reason: 'ImagePullBackOff', event: ['BackOff', /^Back-off pulling image "localhost:1\/nope:1"$/] },
    { name: 'never-pulled', container: { image: 'localhost:1/nope:1', imagePullPolicy: 'Never' }, reason: 'ErrImageNeverPull', event: ['ErrImageNeverPull', /is not present with pull policy of Never$/] },
    { name: 'no-map', container: { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'missing', key: 'a' } } }] }, reason: 'CreateContainerConfigError', event: ['Failed', /^Error: configmap "missing" not found$/] },
    { name: 'as-root', container: {}, spec: { securityContext: { runAsNonRoot: true } }, reason: 'CreateContainerConfigError', event: ['Failed', /^Error: container has runAsNonRoot and image will run as root/] },
  ] satisfies { name: string; container: Partial<Container>; spec?: Partial<PodSpec>; reason: string; event: [string, RegExp] }[]) {
    test(`${name}: waits as ${reason}, and is deleted all the same`, async () => {
      await make(name, { ...sh('sleep 1000'), ...container }, spec);
      await node.until(name, (pod) => waitingReason(pod) === reason);
      await node.untilEvent(name, ...(event as [string, RegExp]));
      await node.remove(name);
      await node.untilGone(name);
    });
  }

  test('a volume that cannot be mounted holds its pod back, and is deleted at once', async () => {
    await make('no-driver', { ...sh('true'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes: [{ name: 'v', csi: { driver: 'no.such.driver' } }] });
    await node.untilEvent('no-driver', 'FailedMount', /driver name no\.such\.driver not found in the list of registered CSI drivers/);
    await node.remove('no-driver');
    await node.untilGone('no-driver');
  });

  test('a part of a volume that is made for a mount may be written by whoever may write to the volume', async () => {
    const mount = { name: 'v', mountPath: '/part', subPath: 'a/b' };
    await node.create(podOfCase('part', { name: '', script: 'touch /part/x; stat -c "%a %u %g" /part; stat -c "%u %g" /part/x', container: { volumeMounts: [mount] }, spec: { securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 }, volumes: [{ name: 'v', emptyDir: {} }] }, expected: '' }));
    assert.equal(lastWords(await node.until('part', hasEnded)), '2777 0 2000\n1000 2000\n');
  });

  test('a volume in memory holds no more than its pod, or its node, may use', async () => {
    const volumes = [{ name: 'a', emptyDir: { medium: 'Memory' } }, { name: 'b', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } }];
    const script = "df -k /a /b | awk 'NR>1{print $2}'";
    const mounts = { volumeMounts: ['a', 'b'].map((name) => ({ name, mountPath: `/${name}` })) };
    await make('bounded', { ...sh('sleep 1000'), ...mounts, resources: { limits: { memory: '64Mi' } } }, { volumes });
    await make('boundless', { ...sh('sleep 1000'), ...mounts }, { volumes });
    await node.until('bounded', isReady);
    assert.equal(await execIn(node, 'bounded', 'main', script), '65536\n8192\n');
    await node.until('boundless', isReady);
    const [whole] = (await execIn(node, 'boundless', 'main', script)).split('\n').map(Number);
    const kib = Number(String(node.kubelet.node?.status.allocatable?.memory).replace('Ki', ''));
    assert.ok(whole !== undefined && Math.abs(whole - kib) <= 4, `${whole} of ${kib}`);
  });
});
