/** What the sig-node tests of Kubernetes' conformance suite check of pods that run: probes, hooks, resizes, generations; step by step, on a real containerd. */
import assert from 'node:assert/strict';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { events, pods } from '../../../src/api/refs.ts';
import type { DeepReadonly } from '../../../src/apimachinery/meta.ts';
import { hasReason } from '../../../src/apimachinery/status.ts';
import type { Container, Pod, Probe } from '../../../src/api/generated/core-v1.ts';
import { PAUSE_IMAGE } from '../../../src/runtime/index.ts';
import { freePort } from '../../support/free-port.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, startNode, type NodeUnderTest } from './node-under-test.ts';
import { execIn, hasEnded, onePod, sh } from './pod-cases.ts';

const NEVER = new AbortController().signal;
/** A server that is well for two seconds, like agnhost's `liveness`. */
const LIVENESS = 'mkdir /www; echo ok > /www/healthz; httpd -f -p 8080 -h /www & sleep 2; rm /www/healthz; wait';
const HEALTHY = 'mkdir /www; echo ok > /www/healthz; exec httpd -f -p 8080 -h /www';
const restarts = ({ status }: DeepReadonly<Pod>): number => status.containerStatuses?.[0]?.restartCount ?? 0;

/** A server of gRPC health checks that answers `status`, as the field number 1 of its answer. */
async function grpcHealth(status: number): Promise<{ port: number; server: GrpcServer }> {
  const server = new GrpcServer();
  const identity = (bytes: Buffer): Buffer => bytes;
  const check = { path: '/grpc.health.v1.Health/Check', requestStream: false, responseStream: false, requestSerialize: identity, requestDeserialize: identity, responseSerialize: identity, responseDeserialize: identity };
  server.addService({ check }, { check: (_call: unknown, answer: (error: null, value: Buffer) => void) => answer(null, Buffer.from([8, status])) });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  return { port: await promise, server };
}

describe('sig-node conformance: pods', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  let handler: HttpServer;
  let grpc: { serving: Awaited<ReturnType<typeof grpcHealth>>; notServing: Awaited<ReturnType<typeof grpcHealth>> };
  const asked: string[] = [];
  const resource = () => node.client.resource(pods, 'default');
  const probed = (name: string, script: string, probe: Partial<Container>, spec: object = {}): Promise<unknown> => node.create(onePod(name, { ...sh(script), ...probe }, { restartPolicy: 'Always', ...spec }));
  const remove = (name: string): Promise<unknown> => resource().delete(name, { gracePeriodSeconds: 0, signal: NEVER });

  before(async () => {
    node = await startNode();
    handler = createServer((request, response) => {
      if (request.url === '/redirect') return response.writeHead(302, { location: 'http://0.0.0.0/' }).end('<a href="http://0.0.0.0/">Found</a>.\n\n');
      asked.push(request.url ?? '');
      response.end('ok');
    });
    await new Promise<void>((resolve) => handler.listen(0, '127.0.0.1', resolve));
    grpc = { serving: await grpcHealth(1), notServing: await grpcHealth(2) };
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
    handler?.close();
    for (const one of Object.values(grpc ?? {})) one.server.forceShutdown();
  });

  /** One failure counts; that an answer takes its time on a busy machine is none. */
  const quick: Probe = { periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 60 };
  /** A liveness probe that begins once it has held for the first time. */
  const onceWell = (probe: Probe): Partial<Container> => ({ startupProbe: { ...quick, ...probe, failureThreshold: 100 }, livenessProbe: { ...quick, ...probe } });
  const onHost = { hostNetwork: true };
  test('Probing container should be restarted with an exec, an HTTP and a GRPC liveness probe', async () => {
    await probed('live-exec', 'echo ok > /tmp/health; sleep 2; rm -f /tmp/health; sleep 600', { livenessProbe: { ...quick, exec: { command: ['cat', '/tmp/health'] } } });
    await probed('live-http', LIVENESS, { livenessProbe: { ...quick, initialDelaySeconds: 1, httpGet: { path: '/healthz', port: 8080 } } });
    await probed('live-grpc', 'sleep 600', { livenessProbe: { ...quick, initialDelaySeconds: 2, grpc: { port: grpc.notServing.port } } }, onHost);
    await probed('live-grpc-port', 'sleep 600', { livenessProbe: { ...quick, initialDelaySeconds: 2, grpc: { port: await freePort() } } }, onHost);
    for (const name of ['live-exec', 'live-http', 'live-grpc', 'live-grpc-port']) {
      await node.until(name, (pod) => restarts(pod) >= 1);
      await remove(name);
    }
  });

  test('Probing container should *not* be restarted with an exec, an HTTP, a TCP and a GRPC liveness probe; and what is not ready never restarts', async () => {
    await probed('well-exec', 'echo ok > /tmp/health; sleep 600', onceWell({ exec: { command: ['cat', '/tmp/health'] } }));
    await probed('well-http', HEALTHY, onceWell({ httpGet: { path: '/healthz', port: 8080 } }));
    await probed('well-tcp', HEALTHY, onceWell({ tcpSocket: { port: 8080 } }));
    await probed('well-grpc', 'sleep 600', { livenessProbe: { ...quick, grpc: { port: grpc.serving.port } } }, onHost);
    await probed('never-ready', 'sleep 600', { readinessProbe: { exec: { command: ['/bin/false'] }, initialDelaySeconds: 1, periodSeconds: 1 } });
    await probed('late', HEALTHY, { readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 3, periodSeconds: 1 } });
    const late = await node.until('late', isReady);
    const started = Date.parse(late.status.containerStatuses?.[0]?.state.running?.startedAt ?? '');
    const ready = Date.parse(late.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
    assert.ok(ready - started >= 3000, `ready ${ready - started} ms after its start`);
    for (const name of ['well-exec', 'well-http', 'well-tcp', 'well-grpc']) await node.until(name, isReady);
    await node.untilEvent('never-ready', 'Unhealthy', /Readiness probe failed/);
    const { items } = await resource().list({ signal: NEVER });
    for (const pod of items) assert.equal(restarts(pod), 0, pod.metadata.name);
    assert.equal(isReady(items.find(({ metadata }) => metadata.name === 'never-ready') as DeepReadonly<Pod>), false);
    for (const { metadata } of items) await remove(metadata.name);
  });

  test('Probing container should *not* be restarted with a non-local redirect http liveness probe, which is told of', async () => {
    const { port } = handler.address() as AddressInfo;
    await probed('redirected', 'sleep 600', { livenessProbe: { ...quick, httpGet: { path: '/redirect', host: '127.0.0.1', port } } }, onHost);
    await node.untilEvent('redirected', 'ProbeWarning', /^Liveness probe warning: Probe terminated redirects, Response body: <a href="http:\/\/0\.0\.0\.0\/">Found<\/a>\./);
    assert.equal(restarts(await node.until('redirected', isReady)), 0);
    await remove('redirected');
  });

  test('Probing container should have monotonically increasing restart count', async () => {
    const counts: number[] = [];
    await probed('counted', LIVENESS, { livenessProbe: { ...quick, httpGet: { path: '/healthz', port: 8080 } } });
    await node.until('counted', (pod) => counts.push(restarts(pod)) > 0 && restarts(pod) >= 2);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
    await remove('counted');
  });

  test('Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart and prestop, exec and HTTP, hooks properly', async () => {
    const http = (path: string) => ({ httpGet: { path, host: '127.0.0.1', port: (handler.address() as AddressInfo).port, scheme: 'HTTP' } });
    const exec = (path: string) => ({ exec: { command: ['sh', '-c', `wget -qO- http://127.0.0.1:${(handler.address() as AddressInfo).port}${path}`] } });
    const untilAsked = sh('trap "exit 0" TERM; sleep 1000 & wait');
    await node.create(onePod('with-http-hooks', { ...untilAsked, lifecycle: { postStart: http('/echo?msg=poststart-http'), preStop: http('/echo?msg=prestop-http') } }, onHost));
    await node.create(onePod('with-exec-hooks', { ...untilAsked, lifecycle: { postStart: exec('/echo?msg=poststart-exec'), preStop: exec('/echo?msg=prestop-exec') } }, onHost));
    for (const name of ['with-http-hooks', 'with-exec-hooks']) {
      await node.until(name, isReady);
      await resource().delete(name, { gracePeriodSeconds: 15, signal: NEVER });
      await node.untilGone(name);
    }
    assert.deepEqual(asked.toSorted(), ['poststart-exec', 'poststart-http', 'prestop-exec', 'prestop-http'].map((msg) => `/echo?msg=${msg}`));
  });

  const untilObserved = (name: string, generation: number): Promise<DeepReadonly<Pod>> => node.until(name, ({ metadata, status }) => metadata.generation === generation && status.observedGeneration === generation);
  /** As the suite's client: reads, changes and writes until nobody came between. */
  const update = async (name: string, change: (pod: Pod) => void): Promise<void> => {
    for (;;) {
      const changed = structuredClone(await resource().get(name, { signal: NEVER })) as Pod;
      change(changed);
      try {
        await resource().update(changed, { signal: NEVER });
        return;
      } catch (error) {
        if (!hasReason(error, 'Conflict')) throw error;
      }
    }
  };

  test('Pod Generation pod generation should start at 1 and increment per update', async () => {
    await node.create(onePod('generation', sh('sleep 1000'), { restartPolicy: 'Always', initContainers: [{ name: 'init-container', image: BUSYBOX, resources: {}, command: ['true'] }] }));
    assert.equal((await node.until('generation', isReady)).metadata.generation, 1);
    let generation = 1;
    const first = (containers: Pod['spec']['containers'] | undefined): { image?: string } => containers?.[0] ?? {};
    for (const { what, change, isMore } of [
      { what: 'nothing', change: () => undefined, isMore: false },
      { what: 'tolerations', change: ({ spec }: Pod) => (spec.tolerations = [...(spec.tolerations ?? []), { key: 'foo', operator: 'Equal', value: 'bar', effect: 'NoSchedule' }]), isMore: true },
      { what: 'activeDeadlineSeconds', change: ({ spec }: Pod) => (spec.activeDeadlineSeconds = 5000), isMore: true },
      { what: 'the image', change: ({ spec }: Pod) => (first(spec.containers).image = PAUSE_IMAGE), isMore: true },
      { what: 'the image of the init container', change: ({ spec }: Pod) => (first(spec.initContainers).image = PAUSE_IMAGE), isMore: true },
      { what: 'metadata', change: ({ metadata }: Pod) => (metadata.annotations = { key: 'value' }), isMore: false },
      { what: 'the generation itself', change: ({ metadata }: Pod) => (metadata.generation = 1), isMore: false },
    ]) {
      await update('generation', change);
      if (isMore) generation++;
      assert.equal((await resource().get('generation', { signal: NEVER })).metadata.generation, generation, what);
      await untilObserved('generation', generation);
    }
    await remove('generation');
  });

  test('Pod Generation issue 500 podspec updates and verify generation and observedGeneration eventually converge', async () => {
    await node.create(onePod('many', sh('sleep 1000'), { restartPolicy: 'Always', activeDeadlineSeconds: 5000 }));
    await node.until('many', isReady);
    for (let count = 0; count < 499; count++) await update('many', ({ spec }) => (spec.activeDeadlineSeconds = (spec.activeDeadlineSeconds ?? 0) - 1));
    const { status } = await untilObserved('many', 500);
    assert.deepEqual(new Set(status.conditions?.map(({ observedGeneration }) => observedGeneration)), new Set([500]));
    await remove('many');
  });

  test('Pod Generation custom-set generation on new pods and graceful delete', async () => {
    await node.create({ ...onePod('own', sh('trap "" TERM; while true; do sleep 0.1; done'), { restartPolicy: 'Always' }), metadata: { name: 'own', namespace: 'default', generation: 100 } });
    const made = await node.until('own', isReady);
    assert.deepEqual([made.metadata.generation, made.status.observedGeneration], [1, 1]);
    const told = (await node.client.send({ method: 'DELETE', path: '/api/v1/namespaces/default/pods/own', query: { gracePeriodSeconds: '60' }, signal: NEVER })) as Pod;
    assert.equal(told.metadata.name, 'own');
    assert.equal((await resource().get('own', { signal: NEVER })).metadata.generation, 2);
    await untilObserved('own', 2);
    await remove('own');
    await node.untilGone('own');
  });

  test('what others write over the status that the node gives is put right', async () => {
    await node.create(onePod('overwritten', sh('sleep 1000'), { restartPolicy: 'Always' }));
    await node.until('overwritten', isReady);
    const patch = { status: { conditions: [{ type: 'Ready', status: 'False' }, { type: 'Other', status: 'True' }], message: 'Patched by e2e test', reason: 'E2E' } };
    const patched = await resource().patchStatus('overwritten', { type: 'strategic', patch }, { signal: NEVER });
    assert.deepEqual([patched.status.message, patched.status.reason, isReady(patched)], ['Patched by e2e test', 'E2E', false]);
    const { status } = await node.until('overwritten', isReady);
    assert.equal(status.conditions?.find(({ type }) => type === 'Other')?.status, 'True');
    await remove('overwritten');
  });

  interface Size { readonly cpu?: string | undefined; readonly cpuLimit?: string | undefined; readonly memory?: string | undefined; readonly memoryLimit?: string | undefined }
  const resourcesOf = ({ cpu, cpuLimit, memory, memoryLimit }: Size): NonNullable<Container['resources']> => ({
    ...((cpu ?? memory) && { requests: { ...(cpu && { cpu }), ...(memory && { memory }) } }),
    ...((cpuLimit ?? memoryLimit) && { limits: { ...(cpuLimit && { cpu: cpuLimit }), ...(memoryLimit && { memory: memoryLimit }) } }),
  });
  const guaranteed = (cpu: string, memory: string): Size => ({ cpu, cpuLimit: cpu, memory, memoryLimit: memory });
  const verify = async (name: string, sizes: readonly Size[]): Promise<void> => {
    const wanted = sizes.map(resourcesOf);
    const isDone = ({ status }: DeepReadonly<Pod>): boolean => JSON.stringify(status.containerStatuses?.map(({ resources }) => [resources?.requests, resources?.limits])) === JSON.stringify(wanted.map(({ requests, limits }) => [requests, limits]));
    const done = await node.until(name, (pod) => isDone(pod) && isReady(pod) && !pod.status.conditions?.some(({ type }) => type.startsWith('PodResize')));
    assert.deepEqual(done.status.containerStatuses?.map(({ restartCount }) => restartCount), sizes.map(() => 0));
    for (const [index, { cpu, cpuLimit, memoryLimit }] of sizes.entries()) {
      const milli = (text: string): number => Number(text.slice(0, -1));
      const shares = Math.max(2, Math.floor((milli(cpu ?? cpuLimit ?? '0m') * 1024) / 1000));
      const quota = cpuLimit === undefined ? -1 : Math.max(1000, milli(cpuLimit) * 100);
      const seen = await execIn(node, name, `c${index + 1}`, 'cd /sys/fs/cgroup; cat cpu/cpu.shares cpu/cpu.cfs_quota_us memory/memory.limit_in_bytes');
      const [seenShares, seenQuota, seenMemory] = seen.trim().split('\n').map(Number);
      assert.deepEqual([seenShares, seenQuota], [shares, quota], `c${index + 1}`);
      if (memoryLimit !== undefined) assert.equal(seenMemory, Number(memoryLimit.slice(0, -2)) * 1024 * 1024);
    }
  };
  const inBothWays = (name: string): Promise<[DeepReadonly<Pod>, DeepReadonly<Pod>]> => Promise.all([resource().get(name, { signal: NEVER }), resource().subresource<Pod>(name, 'resize', { method: 'GET', signal: NEVER })]);
  const trio = [guaranteed('20m', '35Mi'), guaranteed('22m', '37Mi'), guaranteed('24m', '39Mi')];
  for (const { name, from, to, back = true, verb = 'patch' } of [
    { name: 'guaranteed pods with multiple containers 3 containers - net increase', from: trio, to: [guaranteed('25m', '40Mi'), guaranteed('27m', '42Mi'), guaranteed('19m', '34Mi')] },
    { name: 'guaranteed pods with multiple containers 3 containers - net decrease', from: trio, to: [guaranteed('25m', '40Mi'), guaranteed('17m', '32Mi'), guaranteed('19m', '34Mi')] },
    { name: 'guaranteed pods with multiple containers 3 containers - increase and decrease', from: trio, to: [guaranteed('25m', '35Mi'), guaranteed('17m', '42Mi'), guaranteed('29m', '44Mi')] },
    {
      name: 'burstable pods - extended various operations performed (including adding limits and requests)', back: false,
      from: [{ cpu: '20m' }, { memory: '35Mi' }, { cpu: '20m', memory: '35Mi' }, { cpu: '20m' }, { memory: '35Mi' }, {}],
      to: [{ cpu: '25m', cpuLimit: '35m' }, { memory: '30Mi', memoryLimit: '50Mi' }, { cpu: '20m', memory: '30Mi' }, { cpu: '15m', memory: '35Mi' }, { cpu: '20m', memory: '40Mi' }, { cpu: '10m' }],
    },
    { name: 'burstable pods - extended resize with equivalents', from: [{ cpu: '2m', cpuLimit: '10m' }], to: [{ cpu: '1m', cpuLimit: '5m' }] },
    { name: 'resize pod via the replace endpoint', from: [{ cpu: '20m', memory: '35Mi' }], to: [{ cpu: '25m', memory: '40Mi' }], verb: 'replace' },
    { name: 'limits too, via the replace endpoint', from: [{ cpu: '20m', cpuLimit: '30m', memory: '35Mi', memoryLimit: '45Mi' }], to: [{ cpu: '25m', cpuLimit: '35m', memory: '40Mi', memoryLimit: '50Mi' }], verb: 'replace' },
  ] satisfies { name: string; from: Size[]; to: Size[]; back?: boolean; verb?: string }[]) {
    test(`Pod InPlace Resize Container ${name}`, async () => {
      const own = `resize-${name.replaceAll(/[^a-z]+/g, '-').slice(-40)}`.replace(/-+$/, '');
      const container = (size: Size, index: number): Container => ({ name: `c${index + 1}`, image: BUSYBOX, ...sh('sleep 1d'), resources: resourcesOf(size) });
      await node.create(onePod(own, {}, { restartPolicy: 'OnFailure', terminationGracePeriodSeconds: 0, os: { name: 'linux' }, containers: from.map(container) }));
      await verify(own, from);
      const resize = async (sizes: readonly Size[]): Promise<void> => {
        const spec = { containers: sizes.map((size, index) => ({ name: `c${index + 1}`, resources: resourcesOf(size) })) };
        const { metadata } = await resource().get(own, { signal: NEVER });
        if (verb === 'patch') await resource().patch(own, { type: 'strategic', patch: { spec } }, { signal: NEVER }, 'resize');
        else {
          const current = structuredClone(await resource().subresource<Pod>(own, 'resize', { method: 'GET', signal: NEVER }));
          current.spec.containers.forEach((one, index) => (one.resources = resourcesOf(sizes[index] ?? {})));
          await resource().subresource(own, 'resize', { method: 'PUT', body: current, signal: NEVER });
        }
        assert.equal((await resource().get(own, { signal: NEVER })).metadata.generation, (metadata.generation ?? 0) + 1);
      };
      await resize(to);
      await verify(own, to);
      let [asPod, asResize] = await inBothWays(own);
      while (asPod.metadata.resourceVersion !== asResize.metadata.resourceVersion) [asPod, asResize] = await inBothWays(own);
      assert.deepEqual(asResize, asPod);
      // Clients that read protobuf see whole seconds, and must see the same.
      assert.doesNotMatch(JSON.stringify(asResize), /T\d\d:\d\d:\d\d\.\d/);
      if (back) {
        await resize(from);
        await verify(own, from);
      }
      await remove(own);
      await node.untilGone(own);
    });
  }

  test('Pod InPlace Resize: decrease memory limit below usage', async () => {
    const limited = (amount: string): Container['resources'] => ({ requests: { memory: amount }, limits: { memory: amount } });
    const resize = (amount: string): Promise<unknown> => resource().patch('shrinks', { type: 'strategic', patch: { spec: { containers: [{ name: 'main', resources: limited(amount) }] } } }, { signal: NEVER }, 'resize');
    const progress = ({ status }: DeepReadonly<Pod>) => status.conditions?.find(({ type }) => type === 'PodResizeInProgress');
    const has = (amount: string) => (pod: DeepReadonly<Pod>): boolean => pod.status.containerStatuses?.[0]?.resources?.limits?.memory === amount && !progress(pod);
    await node.create(onePod('shrinks', { ...sh('sleep 1d'), resources: limited('35Mi') }, { restartPolicy: 'Always' }));
    await node.until('shrinks', (pod) => isReady(pod) && has('35Mi')(pod));
    await resize('30Mi');
    await node.until('shrinks', has('30Mi'));
    await resize('10Ki');
    const refused = await node.until('shrinks', (pod) => progress(pod)?.reason === 'Error');
    assert.match(progress(refused)?.message ?? '', /memory limit \(10240\) below current usage \(\d+\)/);
    assert.equal(refused.status.containerStatuses?.[0]?.resources?.limits?.memory, '30Mi');
    await resize('35Mi');
    assert.equal(restarts(await node.until('shrinks', has('35Mi'))), 0);
    await remove('shrinks');
  });

  test('Pod InPlace Resize: what can never be had is infeasible, what others have is deferred, and is had when they have gone', async () => {
    const cpus = Number(node.kubelet.node?.status.allocatable?.cpu);
    const small = (name: string, cpu: string) => onePod(name, { ...sh('sleep 1d'), resources: { requests: { cpu } } }, { restartPolicy: 'Always' });
    await node.create(small('neighbour', `${cpus * 1000 - 400}m`));
    await node.create(small('wishes', '100m'));
    await node.until('wishes', isReady);
    const wish = (cpu: string): Promise<unknown> => resource().patch('wishes', { type: 'strategic', patch: { spec: { containers: [{ name: 'main', resources: { requests: { cpu } } }] } } }, { signal: NEVER }, 'resize');
    const pending = (pod: DeepReadonly<Pod>): string | undefined => pod.status.conditions?.find(({ type }) => type === 'PodResizePending')?.reason;
    await wish('600m');
    await node.until('wishes', (pod) => pending(pod) === 'Deferred' && pod.status.containerStatuses?.[0]?.resources?.requests?.cpu === '100m');
    await remove('neighbour');
    await node.until('wishes', (pod) => pending(pod) === undefined && pod.status.containerStatuses?.[0]?.resources?.requests?.cpu === '600m');
    await remove('wishes');
  });

  test('the node tells of itself in events', async () => {
    const { items } = await node.client.resource(events, 'default').list({ fieldSelector: 'involvedObject.kind=Node', signal: NEVER });
    const told = new Set(items.map(({ reason, message, source }) => `${source?.component} ${reason}: ${message}`));
    const status = (reason: string): string => `kubelet ${reason}: Node node-a status is now: ${reason}`;
    for (const line of ['kubelet Starting: Starting kubelet.', ...['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'].map(status)]) assert.ok(told.has(line), `${line} is not among ${[...told].join(', ')}`);
  });

  test('Pods: one that ended well or badly is told so, and its containers with it', async () => {
    await node.create(onePod('ends', sh('exit 0')));
    const { status } = await node.until('ends', hasEnded);
    assert.equal(status.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodCompleted');
  });
});
