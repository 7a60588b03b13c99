import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { pods, runtimeClasses } from '../../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod, PodSpec } from '../../../src/api/generated/core-v1.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, startNode, type NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;

function pod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): Draft<Pod> {
  return {
    metadata: { name, namespace: 'default' },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, ...container }], ...spec },
    status: {},
  };
}

const sh = (script: string): Pick<Container, 'command'> => ({ command: ['sh', '-c', script] });
const hasEnded = ({ status }: DeepReadonly<Pod>): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';
const lastWords = (of: DeepReadonly<Pod>): string => of.status.containerStatuses?.[0]?.state.terminated?.message ?? '';

/** What one container says in its last words, by what its spec asks for. */
const CASES: readonly { readonly name: string; readonly container: Partial<Container>; readonly spec?: Partial<PodSpec>; readonly expected: RegExp; readonly phase?: string }[] = [
  { name: 'the command and arguments of the image are overridden', container: { command: ['sh'], args: ['-c', 'echo $0-$1 > /dev/termination-log', 'a', 'b'] }, expected: /^a-b\n$/ },
  { name: 'a user and groups', container: { ...sh('id -u; id -g; id -G; exec >/dev/termination-log; echo $(id -u) $(id -g) $(id -G)') }, spec: { securityContext: { runAsUser: 1000, runAsGroup: 2000, supplementalGroups: [3000], fsGroup: 4000 } }, expected: /^1000 2000 2000 3000 4000\n$/ },
  { name: 'the user of a container goes before that of the pod', container: { ...sh('id -u > /dev/termination-log'), securityContext: { runAsUser: 1001 } }, spec: { securityContext: { runAsUser: 1000 } }, expected: /^1001\n$/ },
  { name: 'a root file system that is only read', container: { ...sh('echo x > /file || echo no > /dev/termination-log'), securityContext: { readOnlyRootFilesystem: true } }, expected: /^no\n$/ },
  { name: 'no new privileges', container: { ...sh('grep NoNewPrivs /proc/self/status > /dev/termination-log'), securityContext: { allowPrivilegeEscalation: false } }, expected: /NoNewPrivs:\s1/ },
  { name: 'capabilities are dropped and added', container: { ...sh('grep CapEff /proc/self/status > /dev/termination-log'), securityContext: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } }, expected: /CapEff:\s0000000000000400/ },
  { name: 'a privileged container may add links', container: { ...sh('ip link add br9 type bridge && echo may > /dev/termination-log'), securityContext: { privileged: true } }, expected: /^may\n$/ },
  { name: 'the default seccomp profile filters', container: { ...sh('grep Seccomp: /proc/self/status > /dev/termination-log'), securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }, expected: /Seccomp:\s2/ },
  { name: 'processes are shared', container: sh('sleep 0.3; cat /proc/1/comm > /dev/termination-log'), spec: { shareProcessNamespace: true }, expected: /^pause\n$/ },
  { name: 'safe sysctls are set', container: sh('cat /proc/sys/kernel/shm_rmid_forced > /dev/termination-log'), spec: { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } }, expected: /^1\n$/ },
  { name: 'host aliases are in the hosts file', container: sh('cat /etc/hosts > /dev/termination-log'), spec: { hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }] }, expected: /123\.45\.67\.89\tfoo\tbar/ },
  { name: 'an emptyDir has mode 777', container: { ...sh('stat -c %a /v > /dev/termination-log'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }, spec: { volumes: [{ name: 'v', emptyDir: {} }] }, expected: /^777\n$/ },
  { name: 'an emptyDir in memory is a tmpfs of its size', container: { ...sh('grep " /v " /proc/mounts > /dev/termination-log'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }, spec: { volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }] }, expected: /tmpfs .*size=1024k/ },
  { name: 'files of the downward API have their modes and values', container: { ...sh('stat -Lc %a /v/cpu > /dev/termination-log; cat /v/cpu /v/memory >> /dev/termination-log'), resources: { limits: { cpu: '1250m', memory: '64Mi' }, requests: { cpu: '250m', memory: '32Mi' } }, volumeMounts: [{ name: 'v', mountPath: '/v' }] }, spec: { volumes: [{ name: 'v', downwardAPI: { defaultMode: 0o400, items: [{ path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } }, { path: 'memory', mode: 0o444, resourceFieldRef: { containerName: 'main', resource: 'requests.memory' } }] } }] }, expected: /^400\n233554432$/ },
  { name: 'limits that are not set are those of the node', container: { ...sh('test "$CPU" -ge 1 && test "$MEMORY" -gt 1000000 && echo some > /dev/termination-log'), env: [{ name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }, { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } }] }, expected: /^some\n$/ },
  { name: 'a sub-path of the environment', container: { ...sh('echo x > /v/file; cat /all/*/file > /dev/termination-log; ls /all >> /dev/termination-log'), env: [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }], volumeMounts: [{ name: 'v', mountPath: '/v', subPathExpr: '$(NAME)' }, { name: 'v', mountPath: '/all' }] }, spec: { volumes: [{ name: 'v', emptyDir: {} }] }, expected: /^x\ncase-\d+\n$/ },
  { name: 'the termination message of a file that is named', container: { ...sh('echo -n DONE > /dev/termination-custom'), terminationMessagePath: '/dev/termination-custom', securityContext: { runAsUser: 1000 } }, expected: /^DONE$/ },
  { name: 'the termination message of a log, where the container fails', container: { ...sh('echo -n DONE; exit 1'), terminationMessagePolicy: 'FallbackToLogsOnError' }, expected: /^DONE$/, phase: 'Failed' },
  { name: 'no termination message of a log, where the container succeeds', container: { ...sh('echo -n DONE'), terminationMessagePolicy: 'FallbackToLogsOnError' }, expected: /^$/ },
  { name: 'the limits of the control group are those of the spec', container: { ...sh('cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null > /dev/termination-log; true'), resources: { limits: { memory: '48Mi', cpu: '500m' } } }, expected: /^50331648\n$/ },
];

describe('what pods ask of a node, on a real containerd', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  for (const [index, { name, container, spec, expected, phase = 'Succeeded' }] of CASES.entries()) {
    test(name, async () => {
      await node.create(pod(`case-${index}`, container, spec));
      const done = await node.until(`case-${index}`, hasEnded);
      assert.match(lastWords(done), expected);
      assert.equal(done.status.phase, phase);
    });
  }

  test('a pod with hostUsers false has users of its own, and its files belong to them; a runtime that cannot do it says so', async () => {
    await node.create(pod('own-users', { ...sh('exec > /dev/termination-log; cat /proc/self/uid_map; touch /v/file; stat -c "%u %g" /v/file /etc/hosts; hostname > /etc/hosts && echo may'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { hostUsers: false, volumes: [{ name: 'v', emptyDir: {} }] }));
    if (!node.kubelet.node?.status.runtimeHandlers?.some(({ name, features }) => !name && features?.userNamespaces)) {
      await node.untilEvent('own-users', 'FailedCreatePodSandBox', /RuntimeClass handler "" does not support user namespaces/);
    } else assert.match(lastWords(await node.until('own-users', hasEnded)), /^\s*0\s+65536\s+65536\n0 0\n0 0\nmay\n$/);
    await node.client.resource(pods, 'default').delete('own-users', { gracePeriodSeconds: 0, signal: NEVER });
  });

  test("the control group of a pod has what `spec.resources` and `overhead` say, its containers what is left to them", async () => {
    await node.client.resource(runtimeClasses).create({ metadata: { name: 'heavy' }, handler: 'runc', overhead: { podFixed: { cpu: '250m', memory: '16Mi' } } }, { signal: NEVER });
    await node.create(pod('whole', sh('sleep 1000'), {
      runtimeClassName: 'heavy', overhead: { cpu: '250m', memory: '16Mi' }, resources: { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
      containers: [{ name: 'main', image: BUSYBOX, resources: {}, ...sh('sleep 1000') }, { name: 'sized', image: BUSYBOX, resources: { limits: { memory: '24Mi' } }, ...sh('sleep 1000') }],
    }));
    const { metadata, status } = await node.until('whole', isReady);
    const read = async (file: string): Promise<string> => (await readFile(`/sys/fs/cgroup/${file.replace('POD', `kubets-test-${process.pid}/kubepods/burstable/pod${metadata.uid}`)}`, 'utf8')).trim();
    if (existsSync('/sys/fs/cgroup/memory')) {
      assert.deepEqual(await Promise.all(['cpu/POD/cpu.shares', 'cpu/POD/cpu.cfs_quota_us', 'memory/POD/memory.limit_in_bytes'].map(read)), ['512', '75000', String(80 * 1024 * 1024)]);
    } else assert.deepEqual(await Promise.all(['POD/cpu.max', 'POD/memory.max'].map(read)), ['75000 100000', String(80 * 1024 * 1024)]);
    assert.equal(status.qosClass, 'Burstable');
    await node.client.resource(pods, 'default').delete('whole', { gracePeriodSeconds: 0, signal: NEVER });
  });

  test('a runtime class chooses a handler; one that is gone, or that the runtime does not know, keeps the pod from starting', async () => {
    const classes = node.client.resource(runtimeClasses);
    await classes.create({ metadata: { name: 'known' }, handler: 'runc' }, { signal: NEVER });
    await classes.create({ metadata: { name: 'unknown' }, handler: 'no-such-handler' }, { signal: NEVER });
    await node.create(pod('known', sh('true'), { runtimeClassName: 'known' }));
    assert.equal((await node.until('known', hasEnded)).status.phase, 'Succeeded');
    await node.create(pod('unknown', sh('true'), { runtimeClassName: 'unknown' }));
    await node.untilEvent('unknown', 'FailedCreatePodSandBox', /no runtime for "no-such-handler" is configured/);
    assert.equal((await node.until('unknown', () => true)).status.phase, 'Pending');
    await node.remove('unknown');
    await node.untilGone('unknown');
    await node.create(pod('deleted', sh('true'), { runtimeClassName: 'deleted' }));
    await node.untilEvent('deleted', 'FailedCreatePodSandBox', /runtimeclasses?\.node\.k8s\.io "deleted" not found/);
  });

  test('a liveness probe has a grace period of its own', async () => {
    await node.create(pod('own-grace', {
      ...sh('trap "" TERM; while true; do sleep 0.1; done'),
      livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 1 },
    }, { restartPolicy: 'Always', terminationGracePeriodSeconds: 600 }));
    await node.until('own-grace', ({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    await node.client.resource(pods, 'default').delete('own-grace', { gracePeriodSeconds: 0, signal: NEVER });
  });

  test('sidecars end after the containers, in the reverse of their order', async () => {
    const told = (name: string, trap: string): Container => ({ name, image: BUSYBOX, resources: {}, ...sh(`trap 'echo ${name} >> /v/order; ${trap}exit 0' TERM; echo > /v/listens-${name}; while true; do sleep 0.05; done`), volumeMounts: [{ name: 'v', mountPath: '/v' }] });
    const folder = `${node.containerd.root}/order`;
    await node.create(pod('ordered', {}, {
      terminationGracePeriodSeconds: 600, volumes: [{ name: 'v', hostPath: { path: folder, type: 'DirectoryOrCreate' } }],
      initContainers: [{ ...told('one', ''), restartPolicy: 'Always' }, { ...told('two', ''), restartPolicy: 'Always' }], containers: [told('main', 'sleep 0.3; ')],
    }));
    await node.until('ordered', isReady);
    while (!['one', 'two', 'main'].every((name) => existsSync(`${folder}/listens-${name}`))) await node.clock.sleep(20, NEVER);
    await node.client.resource(pods, 'default').delete('ordered', { signal: NEVER });
    await node.untilGone('ordered');
    assert.equal(await readFile(`${folder}/order`, 'utf8'), 'main\ntwo\none\n');
  });

  test('an ephemeral container joins a pod that runs, and sees its processes', async () => {
    await node.create(pod('debugged', sh('sleep 3333')));
    await node.until('debugged', isReady);
    const patch = { spec: { ephemeralContainers: [{ name: 'debugger', image: BUSYBOX, ...sh('ps > /dev/termination-log; ps | grep -q "sleep 3333"'), targetContainerName: 'main', terminationMessagePolicy: 'File' }] } };
    await node.client.resource(pods, 'default').patch('debugged', { type: 'strategic', patch }, { signal: NEVER }, 'ephemeralcontainers');
    const seen = await node.until('debugged', ({ status }) => status.ephemeralContainerStatuses?.[0]?.state.terminated !== undefined);
    assert.equal(seen.status.ephemeralContainerStatuses?.[0]?.state.terminated?.exitCode, 0);
  });

  test('the containers of a guaranteed pod are resized together, more for one and less for others', async () => {
    const container = (name: string, cpu: string, memory: string): Container => ({ name, image: BUSYBOX, ...sh('sleep 3600'), resources: { requests: { cpu, memory }, limits: { cpu, memory } } });
    const sizes = async (own: DeepReadonly<Pod>): Promise<string[]> => Promise.all((own.status.containerStatuses ?? []).map(async ({ containerID }) => {
      const script = 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/memory.max';
      const { stdout } = await node.containerd.runtime.execSync(containerID?.replace('containerd://', '') ?? '', ['sh', '-c', script], 120, NEVER);
      return Buffer.from(stdout).toString('utf8').replaceAll(' 100000', '').trim().replace('\n', ' ');
    }));
    const mebi = 1024 * 1024;
    await node.create({ ...pod('trio', {}, { restartPolicy: 'Always' }), spec: { ...pod('trio', {}).spec, restartPolicy: 'Always', containers: [container('c1', '20m', '32Mi'), container('c2', '100m', '64Mi'), container('c3', '100m', '64Mi')] } });
    assert.deepEqual(await sizes(await node.until('trio', isReady)), [`2000 ${32 * mebi}`, `10000 ${64 * mebi}`, `10000 ${64 * mebi}`]);
    const resize = async (c1: string, c2: string, c3: string, memory: string): Promise<void> => {
      const containers = [['c1', c1], ['c2', c2], ['c3', c3]].map(([name, cpu = '']) => ({ name, resources: { requests: { cpu, memory }, limits: { cpu, memory } } }));
      await node.client.resource(pods, 'default').patch('trio', { type: 'strategic', patch: { spec: { containers } } }, { signal: NEVER }, 'resize');
      await node.until('trio', ({ status }) => (status.containerStatuses ?? []).every(({ resources }, index) => resources?.limits?.cpu === [c1, c2, c3][index] && resources?.limits?.memory === memory));
    };
    await resize('30m', '20m', '20m', '48Mi');
    const smaller = await node.until('trio', isReady);
    assert.deepEqual(await sizes(smaller), [`3000 ${48 * mebi}`, `2000 ${48 * mebi}`, `2000 ${48 * mebi}`]);
    await resize('200m', '250m', '10m', '80Mi');
    const larger = await node.until('trio', isReady);
    assert.deepEqual(await sizes(larger), [`20000 ${80 * mebi}`, `25000 ${80 * mebi}`, `1000 ${80 * mebi}`]);
    assert.deepEqual(larger.status.containerStatuses?.map(({ restartCount }) => restartCount), [0, 0, 0]);
  });
});
