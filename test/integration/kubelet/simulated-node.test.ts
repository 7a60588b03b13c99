import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events, nodes, pods } from '../../../src/api/refs.ts';
import { DEFAULT_THRESHOLDS, SimulatedMachine } from '../../../src/kubelet/index.ts';
import { simulate } from './simulated-kubelet.ts';

const NEVER = new AbortController().signal;

test('probes and hooks over the network succeed though nothing listens, without a connection', async () => {
  await using sim = await simulate();
  const http = { httpGet: { path: '/healthz', port: 'http' } };
  const container = {
    name: 'main', image: 'example/app:1', command: ['serve'], resources: {}, ports: [{ name: 'http', containerPort: 8080 }],
    startupProbe: { grpc: { port: 8080 }, periodSeconds: 1 }, readinessProbe: { ...http, periodSeconds: 1 }, livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
    lifecycle: { postStart: http, preStop: http },
  };
  await sim.create('probed', ['serve'], { containers: [container], terminationGracePeriodSeconds: 5 });
  await sim.clock.advance(60_000);
  const { status } = await sim.pod('probed');
  assert.equal(status.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  assert.equal(status.containerStatuses?.[0]?.restartCount, 0);
  await sim.client.resource(pods, 'default').delete('probed', { signal: NEVER });
  await sim.clock.advance(20_000);
  await assert.rejects(sim.pod('probed'), /not found/);
});

test('a probe of a port that has no name in its container is not answered', async () => {
  await using sim = await simulate();
  const container = { name: 'main', image: 'example/app:1', command: ['serve'], resources: {}, readinessProbe: { httpGet: { path: '/', port: 'missing' }, periodSeconds: 1 } };
  await sim.create('misnamed', ['serve'], { containers: [container] });
  await sim.clock.advance(30_000);
  assert.equal((await sim.pod('misnamed')).status.conditions?.find(({ type }) => type === 'Ready')?.status, 'False');
});

test('a pod becomes ready when its simulated sandbox and container have started', async () => {
  await using sim = await simulate();
  await sim.create('web', ['serve']);
  await sim.clock.advance(150);
  assert.equal((await sim.pod('web')).status.phase, 'Pending');
  await sim.clock.advance(50);
  const { status } = await sim.pod('web');
  assert.equal(status.phase, 'Running');
  assert.equal(status.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
});

test('containers wait for what others do before, with the addresses of the sandbox; what fails is tried again', async () => {
  const asked: string[] = [];
  const isolated = Promise.withResolvers<void>();
  await using sim = await simulate({
    beforeContainers: async (pod, ips) => {
      asked.push(`${pod.metadata.name} ${ips.length}`);
      if (asked.length === 1) throw new Error('not yet');
      await isolated.promise;
    },
  });
  await sim.create('web', ['serve']);
  await sim.clock.advance(5000);
  assert.deepEqual(asked, ['web 1', 'web 1']);
  assert.deepEqual((await sim.pod('web')).status.containerStatuses?.[0]?.state, { waiting: { reason: 'ContainerCreating' } });
  isolated.resolve();
  await sim.clock.advance(100);
  assert.equal((await sim.pod('web')).status.phase, 'Running');
});

test('restarts are held back ten seconds, then twenty', async () => {
  await using sim = await simulate();
  await sim.create('failing', ['false']);
  const restarts = async (): Promise<number> => (await sim.pod('failing')).status.containerStatuses?.[0]?.restartCount ?? 0;
  await sim.clock.advance(1000);
  assert.equal(await restarts(), 1);
  await sim.clock.advance(8500);
  assert.equal(await restarts(), 1);
  await sim.clock.advance(1500);
  assert.equal(await restarts(), 2);
  await sim.clock.advance(19_000);
  assert.equal(await restarts(), 2);
  await sim.clock.advance(2000);
  assert.equal(await restarts(), 3);
});

test('Probing container should have monotonically increasing restart count: five restarts within the time that the suite gives', async () => {
  await using sim = await simulate();
  const livenessProbe = { exec: { command: ['false'] }, initialDelaySeconds: 5, failureThreshold: 1 };
  await sim.create('liveness', ['serve'], { containers: [{ name: 'main', image: 'example/app:1', command: ['serve'], resources: {}, livenessProbe }], terminationGracePeriodSeconds: 30 });
  const counts: number[] = [];
  while ((counts.at(-1) ?? 0) < 5) {
    assert.ok(counts.length < 14 * 60, `after 14 minutes: ${counts.at(-1)}`);
    await sim.clock.advance(1000);
    counts.push((await sim.pod('liveness')).status.containerStatuses?.[0]?.restartCount ?? 0);
  }
  assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
  assert.deepEqual([...new Set(counts)], [0, 1, 2, 3, 4, 5]);
});

test('short memory sets the condition and evicts, the pressure outlasts it, and new pods without requests are refused meanwhile', async () => {
  await using sim = await simulate();
  await sim.create('low', ['serve']);
  await sim.create('high', ['serve'], { priority: 1000 });
  await sim.clock.advance(500);
  const plenty = sim.machine.usageNow;
  sim.machine.usageNow = { ...plenty, memoryAvailableBytes: 50 * 1024 * 1024 };
  await sim.clock.advance(10_500);
  const condition = async (): Promise<string | undefined> => (await sim.client.resource(nodes).get('sim', { signal: NEVER })).status.conditions?.find(({ type }) => type === 'MemoryPressure')?.status;
  assert.equal(await condition(), 'True');
  const evicted = await sim.pod('low');
  assert.deepEqual([evicted.status.phase, evicted.status.reason], ['Failed', 'Evicted']);
  assert.equal(evicted.status.message, 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ');
  assert.equal((await sim.pod('high')).status.phase, 'Running');
  assert.match(sim.kubelet.metrics.text(), /^kubelet_evictions\{eviction_signal="memory\.available"\} 1$/m);
  sim.machine.usageNow = plenty;
  await sim.create('late', ['serve']);
  await sim.clock.advance(11_000);
  assert.equal((await sim.pod('late')).status.reason, 'Evicted');
  assert.equal(await condition(), 'True');
  await sim.clock.advance(61_000);
  assert.equal(await condition(), 'False');
});

test('a pod that is evicted has time to end before anybody is evicted again', async () => {
  const thresholds = { ...DEFAULT_THRESHOLDS, hard: {}, soft: { 'memory.available': { amount: { absolute: 100 * 1024 * 1024 }, graceMs: 1000 } }, maxPodGraceSeconds: 60 };
  await using sim = await simulate({ thresholds }, { process: () => ({ exitCode: 0 }) });
  await sim.create('slow', ['serve'], { terminationGracePeriodSeconds: 45 });
  await sim.create('next', ['serve'], { priority: 1000 });
  await sim.clock.advance(500);
  const plenty = sim.machine.usageNow;
  sim.machine.usageNow = { ...plenty, memoryAvailableBytes: 50 * 1024 * 1024 };
  const phase = async (name: string): Promise<unknown> => (await sim.pod(name)).status.phase;
  await sim.clock.advance(60_000);
  assert.deepEqual([await phase('slow'), await phase('next')], ['Running', 'Running'], 'the first has not ended yet');
  assert.match(sim.kubelet.metrics.text(), /^kubelet_evictions\{eviction_signal="memory\.available"\} 1$/m);
  sim.machine.usageNow = plenty; // as soon as it has
  await sim.clock.advance(60_000);
  assert.deepEqual([await phase('slow'), await phase('next')], ['Failed', 'Running']);
});

test('a full disk is out of disk and pressure', async () => {
  await using sim = await simulate();
  const { nodeFs } = sim.machine.usageNow;
  sim.machine.usageNow = { ...sim.machine.usageNow, nodeFs: { ...nodeFs, availableBytes: nodeFs.capacityBytes * 0.005 } };
  await sim.clock.advance(11_000);
  const { status } = await sim.client.resource(nodes).get('sim', { signal: NEVER });
  assert.deepEqual(status.conditions?.filter(({ status: value }) => value === 'True').map(({ type }) => type), ['OutOfDisk', 'DiskPressure', 'Ready']);
});

test('the heartbeat is the lease every ten seconds, the status only when something changed', async () => {
  await using sim = await simulate();
  const before = await sim.client.resource(nodes).get('sim', { signal: NEVER });
  await sim.clock.advance(60_000);
  const after = await sim.client.resource(nodes).get('sim', { signal: NEVER });
  assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
  await sim.clock.advance(300_000);
  const later = await sim.client.resource(nodes).get('sim', { signal: NEVER });
  assert.notEqual(later.metadata.resourceVersion, before.metadata.resourceVersion);
});

test('a pod for which there is room once one that was deleted by force has ended waits for that, and is not refused', async () => {
  await using sim = await simulate();
  const taking = (cpu: string): object => ({ containers: [{ name: 'main', image: 'example/app:1', command: ['serve'], resources: { requests: { cpu } } }] });
  await sim.create('first', ['serve'], taking('6'));
  await sim.clock.advance(1000);
  assert.equal((await sim.pod('first')).status.phase, 'Running');
  await sim.client.resource(pods, 'default').delete('first', { gracePeriodSeconds: 0, signal: NEVER });
  await sim.create('second', ['serve'], taking('6'));
  await sim.create('never', ['serve'], taking('9'));
  await sim.clock.advance(40_000);
  assert.equal((await sim.pod('second')).status.phase, 'Running');
  assert.deepEqual([(await sim.pod('never')).status.phase, (await sim.pod('never')).status.reason], ['Failed', 'OutOfcpu']);
});

test('a critical pod without room makes others end, as few and as cheap ones as suffice, and begins once they have', async () => {
  await using sim = await simulate();
  const asking = (cpu: string | undefined, spec: object = {}): object => ({ terminationGracePeriodSeconds: 5, containers: [{ name: 'main', image: 'example/app:1', command: ['serve'], resources: cpu === undefined ? {} : { requests: { cpu } } }], ...spec });
  const phase = async (name: string): Promise<string> => {
    const { phase: now, reason } = (await sim.pod(name)).status;
    return [now, ...(reason ? [reason] : [])].join(' ');
  };
  await sim.create('large', ['serve'], asking('4'));
  await sim.create('medium', ['serve'], asking('2'));
  await sim.create('small', ['serve'], asking('1500m'));
  await sim.create('free', ['serve'], asking(undefined));
  await sim.clock.advance(1000);
  await sim.create('critical', ['serve'], asking('2', { priority: 2_000_000_000 }));
  await sim.create('ordinary', ['serve'], asking('2'));
  await sim.create('hopeless', ['serve'], asking('9', { priority: 2_000_000_000 }));
  await sim.create('elsewhere', ['serve'], asking('2', { priority: 2_000_000_000, nodeSelector: { zone: 'b' } }));
  await sim.clock.advance(20_000);
  assert.deepEqual(await Promise.all(['large', 'medium', 'small', 'free', 'critical', 'ordinary', 'hopeless', 'elsewhere'].map(phase)), [
    'Running', 'Running', 'Failed Preempting', 'Running', 'Running', 'Failed OutOfcpu', 'Failed UnexpectedAdmissionError', 'Failed NodeAffinity',
  ]);
  const { message, conditions } = (await sim.pod('small')).status;
  const disruption = conditions?.find(({ type }) => type === 'DisruptionTarget');
  assert.deepEqual([message, disruption?.reason, disruption?.message], ['Preempted in order to admit critical pod', 'TerminationByKubelet', 'Preempted in order to admit critical pod']);
  const told = (await sim.client.resource(events, 'default').list({ signal: NEVER })).items.filter(({ reason }) => reason === 'Preempting');
  assert.deepEqual(told.map((event) => [event.type, event.involvedObject.name, event.message]), [['Warning', 'small', 'Preempted in order to admit critical pod']]);
  assert.match((await sim.pod('hopeless')).status.message ?? '', /^Pod was rejected: Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: \[\(res: cpu, q: 3000\), \]$/);
  assert.match(sim.kubelet.metrics.text(), /^kubelet_preemptions\{preemption_signal="cpu"\} 1$/m);
});

test('a node that shuts down ends its pods by priority, each in its time, says so, and takes no new ones', async () => {
  const gracePeriods = [{ priority: 0, seconds: 20 }, { priority: 1000, seconds: 10 }, { priority: 2_000_000_000, seconds: 5 }];
  await using sim = await simulate({ shutdown: { gracePeriods } });
  const ready = async (): Promise<unknown> => {
    const condition = (await sim.client.resource(nodes).get('sim', { signal: NEVER })).status.conditions?.find(({ type }) => type === 'Ready');
    return [condition?.status, condition?.reason, condition?.message];
  };
  const phases = (): Promise<string[]> => Promise.all(['quick', 'slow', 'important', 'critical'].map(async (name) => `${name} ${(await sim.pod(name)).status.phase}`));
  const stubborn = ['sh', '-c', 'sleep 9999; false']; // does not end when it is asked to
  await sim.create('quick', ['serve'], { terminationGracePeriodSeconds: 5 });
  await sim.create('slow', stubborn, { terminationGracePeriodSeconds: 600 });
  await sim.create('important', stubborn, { priority: 5000, terminationGracePeriodSeconds: 7 });
  await sim.create('critical', ['serve'], { priority: 2_000_001_000 });
  await sim.clock.advance(2000);
  const done = sim.kubelet.shutDown(NEVER);
  await sim.clock.advance(8000);
  assert.deepEqual(await ready(), ['False', 'KubeletNotReady', 'node is shutting down']);
  assert.deepEqual(await phases(), ['quick Failed', 'slow Running', 'important Running', 'critical Running']);
  const { reason, message, conditions } = (await sim.pod('quick')).status;
  const text = 'Pod was terminated in response to imminent node shutdown.';
  assert.deepEqual([reason, message], ['Terminated', text]);
  const disruption = conditions?.find(({ type }) => type === 'DisruptionTarget');
  assert.deepEqual([disruption?.status, disruption?.reason, disruption?.message], ['True', 'TerminationByKubelet', text]);
  await sim.create('late', ['serve'], { priority: 2_000_001_000 });
  await sim.clock.advance(1000);
  const late = (await sim.pod('late')).status;
  assert.deepEqual([late.phase, late.reason, late.message], ['Failed', 'NodeShutdown', 'Pod was rejected: Pod was rejected as the node is shutting down.']);
  await sim.clock.advance(13_000);
  assert.deepEqual(await phases(), ['quick Failed', 'slow Failed', 'important Running', 'critical Running']);
  await sim.clock.advance(20_000);
  await done;
  assert.deepEqual(await phases(), ['quick Failed', 'slow Failed', 'important Failed', 'critical Failed']);
  const [, start] = /^kubelet_graceful_shutdown_start_time_seconds (\S+)$/m.exec(sim.kubelet.metrics.text()) ?? [];
  const [, end] = /^kubelet_graceful_shutdown_end_time_seconds (\S+)$/m.exec(sim.kubelet.metrics.text()) ?? [];
  assert(Number(start) > 0 && Number(end) - Number(start) >= 27, `${start} to ${end}`); // 20 for the slow pod, 7 for the important one
  const told = (await sim.client.resource(events, 'default').list({ signal: NEVER })).items.filter(({ reason: of }) => of === 'NodeShutdown').map((event) => [event.type, event.involvedObject.kind, event.message]);
  assert.deepEqual(told, [['Warning', 'Pod', 'Pod was rejected as the node is shutting down.']]); // simulated nodes keep silent
});

test('a node says how much swap its machine has, if it has any', async () => {
  const swapOf = async (machine: SimulatedMachine): Promise<unknown> => {
    await using sim = await simulate({ machine });
    return (await sim.client.resource(nodes).get('sim', { signal: NEVER })).status.nodeInfo.swap;
  };
  assert.deepEqual(await swapOf(new SimulatedMachine({ hostname: 'sim', swapBytes: 2 * 1024 ** 3 })), { capacity: 2_147_483_648 });
  assert.equal(await swapOf(new SimulatedMachine({ hostname: 'sim' })), undefined);
});

test('a container whose rule says so restarts all of its pod in place, one that has ended for good too', async () => {
  await using sim = await simulate();
  const container = (name: string, script: string, more: object = {}): object => ({ name, image: 'example/app:1', command: ['sh', '-c', script], resources: {}, ...more });
  const rules = { restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [1] } }] };
  const containers = [container('done', 'sleep 1'), container('serves', 'sleep 100'), container('leader', 'sleep 5; false', rules)];
  await sim.create('gang', [], { restartPolicy: 'Never', initContainers: [container('prepares', 'sleep 2')], containers });
  const seen: string[] = [];
  const watch = await sim.client.resource(pods, 'default').watch({ fieldSelector: 'metadata.name=gang', signal: NEVER, resourceVersion: '0' });
  const watching = (async () => {
    for await (const batch of watch) {
      for (const { object: { status } } of batch) {
        const state = `${status.phase} ${status.conditions?.find(({ type }) => type === 'AllContainersRestarting')?.status}`;
        if (seen.at(-1) !== state) seen.push(state);
        if (status.containerStatuses?.find(({ name }) => name === 'leader')?.restartCount === 1 && status.conditions?.some(({ type, status: is }) => type === 'ContainersReady' && is === 'True')) return;
      }
    }
  })();
  const statuses = async (): Promise<string[]> => {
    const { status } = await sim.pod('gang');
    return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(({ name, restartCount, lastState, state }) => `${name} ${restartCount} ${Object.keys(state ?? {}).join()} ${lastState?.terminated?.reason}`);
  };
  await sim.clock.advance(4000);
  const { podIP } = (await sim.pod('gang')).status;
  assert.deepEqual(await statuses(), ['prepares 0 terminated undefined', 'done 0 terminated undefined', 'leader 0 running undefined', 'serves 0 running undefined']);
  await sim.clock.advance(4000);
  assert.deepEqual(await statuses(), ['prepares 1 running RestartingAllContainers', 'done 1 waiting RestartingAllContainers', 'leader 1 waiting RestartingAllContainers', 'serves 1 waiting RestartingAllContainers']);
  await sim.clock.advance(2000);
  await watching;
  const { status } = await sim.pod('gang');
  assert.deepEqual([status.phase, status.podIP], ['Running', podIP]);
  assert.deepEqual(seen.slice(seen.indexOf('Running True')), ['Running True', 'Running False', 'Pending False', 'Running False']);
});
