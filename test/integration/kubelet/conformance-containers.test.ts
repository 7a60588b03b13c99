/** What the sig-node tests of Kubernetes' conformance suite check of containers that end, step by step, on a real containerd. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configMaps, pods, secrets, services } from '../../../src/api/refs.ts';
import type { DeepReadonly } from '../../../src/apimachinery/meta.ts';
import type { Container, Pod } from '../../../src/api/generated/core-v1.ts';
import { buildBusyboxImage, buildImageArchive, type ImageFile } from '../../../src/runtime/index.ts';
import { pauseProgram } from '../../../src/runtime/images/tiny-elf.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { isReady, startNode, type NodeUnderTest } from './node-under-test.ts';
import { execIn, hasEnded, lastWords, onePod, podOfCase, sh, type PodCase } from './pod-cases.ts';

const NEVER = new AbortController().signal;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const field = (name: string, fieldPath: string): NonNullable<Container['env']>[number] => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const amount = (name: string, resource: string): NonNullable<Container['env']>[number] => ({ name, valueFrom: { resourceFieldRef: { resource } } });

/** An image like agnhost: its entrypoint says how it was called. */
const TESTER = 'registry.test/tester:1';
const tester: ImageFile['content'] = '#!/bin/sh\necho "[$0 $*]" > /dev/termination-log\n';

/** A program that belongs to root and runs as it (`setuid`), and ends with its effective user, modulo 256. Without a compiler: the machine code of geteuid and exit. */
const NONEWPRIVS = 'registry.test/nonewprivs:1';
function effectiveUser(): Uint8Array {
  const program = pauseProgram(process.arch);
  const x64 = [0xb8, 107, 0, 0, 0, 0x0f, 0x05, 0x89, 0xc7, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];
  const arm64 = [0xd2800008 | (175 << 5), 0xd4000001, 0xd2800008 | (93 << 5), 0xd4000001].flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]);
  program.set(process.arch === 'arm64' ? arm64 : x64, 120);
  return program;
}

/** A shell hides the variables whose names it does not understand. */
const ENVIRONMENT = "tr '\\0' '\\n' < /proc/1/environ";
/** All of ASCII that is printed, but for what parts names from values. */
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('').replace('=', '');
const PREFIXES = ['p-', '1-', '$_', '#@ ', PRINTABLE];
const DATA = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' };
const variables = (prefixes: readonly string[]): string => prefixes.flatMap((prefix) => Object.entries(DATA).map(([key, value]) => `${prefix}${key}=${value}`)).toSorted((a, b) => (a < b ? -1 : 1)).join('\n');
const from = (source: object, prefixes: readonly string[]): Pick<Container, 'envFrom'> => ({ envFrom: prefixes.map((prefix) => ({ ...(prefix !== '' && { prefix }), ...source })) });
const maps = { configMapRef: { name: 'config' } };
const hidden = { secretRef: { name: 'config' } };

const CASES: readonly PodCase[] = [
  { name: 'Containers should use the image defaults if command and args are blank', script: '', container: { image: TESTER, command: [] }, expected: '[/tester pause]' },
  { name: "Containers should be able to override the image's default arguments (container cmd)", script: '', container: { image: TESTER, command: [], args: ['entrypoint-tester', 'override', 'arguments'] }, expected: '[/tester entrypoint-tester override arguments]' },
  { name: "Containers should be able to override the image's default command (container entrypoint)", script: '', container: { image: TESTER, command: ['/tester-2'], args: ['entrypoint-tester'] }, expected: '[/tester-2 entrypoint-tester]' },
  { name: "Containers should be able to override the image's default command and arguments", script: '', container: { image: TESTER, command: ['/tester-2'], args: ['entrypoint-tester', 'override', 'arguments'] }, expected: '[/tester-2 entrypoint-tester override arguments]' },
  { name: 'a command without arguments takes none of the image', script: '', container: { image: TESTER, command: ['/tester-2'] }, expected: '[/tester-2 ]' },
  { name: 'ConfigMap should be consumable via environment variable', script: 'echo $CONFIG_DATA_1', container: { env: [{ name: 'CONFIG_DATA_1', valueFrom: { configMapKeyRef: { name: 'config', key: 'data-1' } } }] }, expected: 'value-1' },
  { name: 'ConfigMap should be consumable via the environment', script: `${ENVIRONMENT} | grep data | sort`, container: from(maps, ['', 'p-']), expected: variables(['', 'p-']) },
  { name: 'ConfigMap should be consumable as environment variable names with various prefixes', script: `${ENVIRONMENT} | grep data | sort`, container: from(maps, PREFIXES), expected: variables(PREFIXES) },
  { name: 'Secrets should be consumable from pods in env vars', script: 'echo $SECRET_DATA', container: { env: [{ name: 'SECRET_DATA', valueFrom: { secretKeyRef: { name: 'config', key: 'data-1' } } }] }, expected: 'value-1' },
  { name: 'Secrets should be consumable via the environment', script: `${ENVIRONMENT} | grep data | sort`, container: from(hidden, ['', 'p-']), expected: variables(['', 'p-']) },
  { name: 'Secrets should be consumable as environment variable names variable names with various prefixes', script: `${ENVIRONMENT} | grep data | sort`, container: from(hidden, PREFIXES), expected: variables(PREFIXES) },
  {
    name: "Downward API should provide container's limits.cpu/memory and requests.cpu/memory as env vars", script: 'echo $CPU_LIMIT $MEMORY_LIMIT $CPU_REQUEST $MEMORY_REQUEST',
    container: { resources: { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } }, env: [amount('CPU_LIMIT', 'limits.cpu'), amount('MEMORY_LIMIT', 'limits.memory'), amount('CPU_REQUEST', 'requests.cpu'), amount('MEMORY_REQUEST', 'requests.memory')] },
    expected: '2 67108864 1 33554432',
  },
  { name: 'Downward API should provide default limits.cpu/memory from node allocatable', script: 'echo $CPU_LIMIT $MEMORY_LIMIT', container: { env: [amount('CPU_LIMIT', 'limits.cpu'), amount('MEMORY_LIMIT', 'limits.memory')] }, expected: /^[1-9]\d* [1-9]\d{6,}$/ },
  { name: 'Downward API should provide pod name, namespace and IP address, host IPs and pod UID as env vars', script: 'echo $POD_NAME $POD_NAMESPACE $POD_IP $HOST_IP $HOST_IPS $POD_UID', container: { env: [field('POD_NAME', 'metadata.name'), field('POD_NAMESPACE', 'metadata.namespace'), field('POD_IP', 'status.podIP'), field('HOST_IP', 'status.hostIP'), field('HOST_IPS', 'status.hostIPs'), field('POD_UID', 'metadata.uid')] }, expected: /^case-\d+ default 10\.2\d\d\.\d+\.\d+ 127\.0\.0\.1 127\.0\.0\.1 [0-9a-f-]{36}$/ },
  { name: 'Variable Expansion should allow composing env vars into new env vars', script: 'env | grep -E "^(FOO|BAR|FOOBAR)=" | sort', container: { env: [{ name: 'FOO', value: 'foo-value' }, { name: 'BAR', value: 'bar-value' }, { name: 'FOOBAR', value: '$(FOO);;$(BAR)' }] }, expected: 'BAR=bar-value\nFOO=foo-value\nFOOBAR=foo-value;;bar-value' },
  { name: "Variable Expansion should allow substituting values in a container's command", script: '', container: { env: [{ name: 'TEST_VAR', value: 'test-value' }], command: ['sh', '-c', 'TEST_VAR=wrong echo "$(TEST_VAR)" > /dev/termination-log'] }, expected: 'test-value' },
  { name: "Variable Expansion should allow substituting values in a container's args", script: '', container: { env: [{ name: 'TEST_VAR', value: 'test-value' }], command: ['sh', '-c'], args: ['TEST_VAR=wrong echo "$(TEST_VAR)" > /dev/termination-log'] }, expected: 'test-value' },
  { name: 'Variable Expansion should allow substituting values in a volume subpath', script: 'test -d /testcontainer/$POD_NAME && echo there', container: { env: [field('POD_NAME', 'metadata.name')], volumeMounts: [{ name: 'w', mountPath: '/logscontainer', subPathExpr: '$(POD_NAME)' }, { name: 'w', mountPath: '/testcontainer' }] }, spec: { volumes: [{ name: 'w', emptyDir: {} }] }, expected: 'there' },
  {
    name: 'FileKeyRef: variables from a file that an init container has written', script: 'echo $ADDRESS $OTHER',
    container: { env: ['ADDRESS', 'OTHER'].map((key) => ({ name: key, valueFrom: { fileKeyRef: { volumeName: 'w', path: 'config.env', key, optional: key === 'OTHER' } } })) },
    spec: { volumes: [{ name: 'w', emptyDir: {} }], initContainers: [{ name: 'setup', image: BUSYBOX, resources: {}, ...sh(`printf "# written\\nADDRESS='an address'\\n" > /data/config.env`), volumeMounts: [{ name: 'w', mountPath: '/data' }] }] }, expected: 'an address',
  },
  { name: 'Pods should contain environment variables for services', script: 'env | grep FOOSERVICE | sort', expected: 'FOOSERVICE_PORT=tcp://10.96.0.77:8765\nFOOSERVICE_PORT_8765_TCP=tcp://10.96.0.77:8765\nFOOSERVICE_PORT_8765_TCP_ADDR=10.96.0.77\nFOOSERVICE_PORT_8765_TCP_PORT=8765\nFOOSERVICE_PORT_8765_TCP_PROTO=tcp\nFOOSERVICE_SERVICE_HOST=10.96.0.77\nFOOSERVICE_SERVICE_PORT=8765' },
  { name: 'Security Context should run the container with uid 65534', script: 'id -u', container: { securityContext: { runAsUser: 65534 } }, expected: '65534' },
  { name: 'Security Context should run the container as unprivileged when false', script: 'ip link add dummy0 type dummy || true', container: { securityContext: { privileged: false } }, expected: /Operation not permitted/ },
  { name: 'Security Context should run the container with writable rootfs when readOnlyRootFilesystem=false', script: 'echo checking > /checkfile && cat /checkfile', container: { securityContext: { readOnlyRootFilesystem: false } }, expected: 'checking' },
  { name: 'Security Context should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup', script: 'id', spec: { securityContext: { runAsUser: 1001 } }, container: { securityContext: { runAsUser: 1001, runAsGroup: 2002 } }, expected: /^uid=1001 gid=2002/ },
  { name: 'Security Context should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup', script: 'id', spec: { securityContext: { runAsUser: 1001, runAsGroup: 2002 } }, expected: /^uid=1001 gid=2002/ },
  { name: 'Sysctls should support sysctls', script: 'sysctl kernel.shm_rmid_forced', spec: { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } }, expected: 'kernel.shm_rmid_forced = 1' },
  { name: 'Kubelet when scheduling a read only busybox container should not write to root filesystem', script: '', container: { command: ['/bin/sh', '-c', 'echo test > /file; exit 1'], terminationMessagePolicy: 'FallbackToLogsOnError', securityContext: { readOnlyRootFilesystem: true } }, expected: "/bin/sh: can't create /file: Read-only file system" },
  { name: 'Container Runtime should report termination message if TerminationMessagePath is set as non-root user and at a non-default path', script: '', container: { command: ['sh', '-c', 'printf DONE > /dev/termination-custom-log'], terminationMessagePath: '/dev/termination-custom-log', securityContext: { runAsUser: 1000 } }, expected: 'DONE' },
  { name: 'Container Runtime should report termination message from log output if TerminationMessagePolicy FallbackToLogsOnError is set', script: '', container: { command: ['sh', '-c', 'printf DONE; /bin/false'], terminationMessagePolicy: 'FallbackToLogsOnError' }, expected: 'DONE' },
  { name: 'Container Runtime should report termination message as empty when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set', script: '', container: { command: ['sh', '-c', 'printf DONE; /bin/true'], terminationMessagePolicy: 'FallbackToLogsOnError' }, expected: '' },
  { name: 'Container Runtime should report termination message from file when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set', script: '', container: { command: ['sh', '-c', 'printf OK > /dev/termination-log; printf DONE; /bin/true'], terminationMessagePolicy: 'FallbackToLogsOnError' }, expected: 'OK' },
  { name: 'Kubelet when scheduling an agnhost Pod with hostAliases should write entries to /etc/hosts', script: 'cat /etc/hosts', spec: { hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }] }, expected: /^# Kubernetes-managed hosts file\.\n[^]*123\.45\.67\.89\tfoo\tbar$/ },
];

describe('sig-node conformance: containers', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  /** All states that a watch shows of a pod whose init container fails; begun before the others, as its restarts are held back. */
  const seen: DeepReadonly<Pod>[] = [];
  let failingAgain: Promise<DeepReadonly<Pod>>;
  const inits = (first: string, second = '/bin/true'): Pick<Container, 'name' | 'image' | 'resources' | 'command'>[] => [first, second].map((command, index) => ({ name: `init${index + 1}`, image: BUSYBOX, resources: {}, command: [command] }));
  const initialized = ({ status }: DeepReadonly<Pod>) => status.conditions?.find(({ type }) => type === 'Initialized');
  const untilThreeRestarts = async (): Promise<DeepReadonly<Pod>> => {
    await node.create(onePod('init-again', sh('true'), { restartPolicy: 'Always', initContainers: inits('/bin/false') }));
    return node.until('init-again', (one) => {
      seen.push(one);
      return (one.status.initContainerStatuses?.[0]?.restartCount ?? 0) >= 3;
    });
  };

  before(async () => {
    node = await startNode();
    const setuid = { path: 'nonewprivs', content: effectiveUser(), mode: 0o4755 };
    const images = {
      'tester.tar': buildBusyboxImage({ references: [TESTER], entrypoint: ['/tester'], cmd: ['pause'], files: [{ path: 'tester', content: tester }, { path: 'tester-2', content: tester }] }),
      'nonewprivs.tar': buildImageArchive({ references: [NONEWPRIVS], architecture: process.arch, files: [setuid], entrypoint: ['/nonewprivs'] }),
    };
    for (const [file, archive] of Object.entries(images)) {
      await writeFile(join(node.containerd.root, file), await archive);
      await node.containerd.containerd.loadImages(join(node.containerd.root, file), NEVER);
    }
    await node.client.resource(configMaps, 'default').create({ metadata: { name: 'config' }, data: DATA }, { signal: NEVER });
    await node.client.resource(secrets, 'default').create({ metadata: { name: 'config' }, data: Object.fromEntries(Object.entries(DATA).map(([key, value]) => [key, base64(value)])) }, { signal: NEVER });
    await node.client.resource(services, 'default').create({ metadata: { name: 'fooservice' }, spec: { clusterIP: '10.96.0.77', ports: [{ port: 8765, targetPort: 8080 }] }, status: { loadBalancer: {} } }, { signal: NEVER });
    for (const [index, one] of CASES.entries()) await node.create(podOfCase(`case-${index}`, one));
    failingAgain = untilThreeRestarts();
    failingAgain.catch(() => undefined); // the test that awaits it tells
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  for (const [index, { name, expected }] of CASES.entries()) {
    test(name, async () => {
      const said = lastWords(await node.until(`case-${index}`, hasEnded)).replace(/\n$/, '');
      if (typeof expected === 'string') assert.equal(said, expected);
      else assert.match(said, expected);
    });
  }

  test('Container Runtime blackbox test when starting a container that exits should run with the expected status', async () => {
    const counts = (steps: string) => sh(`f=/restart-count/own; echo hello >> $f; count=$(wc -l < $f); ${steps} while true; do sleep 0.1; done`);
    for (const { name, restartPolicy, steps, phase, restartCount, state, ready } of [
      { name: 'terminate-cmd-rpa', restartPolicy: 'Always', steps: 'if [ $count -eq 1 ]; then exit 1; fi; if [ $count -eq 2 ]; then exit 0; fi;', phase: 'Running', restartCount: 2, state: 'running', ready: true },
      { name: 'terminate-cmd-rpof', restartPolicy: 'OnFailure', steps: 'if [ $count -eq 1 ]; then exit 1; fi; exit 0;', phase: 'Succeeded', restartCount: 1, state: 'terminated', ready: false },
      { name: 'terminate-cmd-rpn', restartPolicy: 'Never', steps: 'exit 1;', phase: 'Failed', restartCount: 0, state: 'terminated', ready: false },
    ]) {
      const made = onePod(name, { ...counts(steps), volumeMounts: [{ name: 'restart-count', mountPath: '/restart-count' }] }, { restartPolicy, volumes: [{ name: 'restart-count', emptyDir: { medium: 'Memory' } }] });
      await node.create(made);
      const reached = await node.until(name, ({ status }) => status.containerStatuses?.[0]?.restartCount === restartCount && status.phase === phase && (phase !== 'Running' || isReady({ status } as DeepReadonly<Pod>)));
      const [own] = reached.status.containerStatuses ?? [];
      assert.deepEqual({ state: Object.keys(own?.state ?? {}), ready: own?.ready, isReady: isReady(reached) }, { state: [state], ready, isReady: ready });
      await node.remove(name);
      await node.untilGone(name);
    }
  });

  test('InitContainer should invoke init containers on a RestartNever pod and on a RestartAlways pod', async () => {
    for (const restartPolicy of ['Never', 'Always']) {
      const name = `inits-${restartPolicy.toLowerCase()}`;
      await node.create(onePod(name, sh(restartPolicy === 'Never' ? 'true' : 'sleep 1000'), { restartPolicy, initContainers: inits('/bin/true') }));
      const { status } = await node.until(name, ({ status: now }) => now.phase === (restartPolicy === 'Never' ? 'Succeeded' : 'Running'));
      assert.equal(status.conditions?.find(({ type }) => type === 'Initialized')?.status, 'True');
      assert.deepEqual(status.initContainerStatuses?.map(({ ready, state }) => [ready, state.terminated?.exitCode]), [[true, 0], [true, 0]]);
    }
  });

  test('InitContainer should not start app containers and fail the pod if init containers fail on a RestartNever pod', async () => {
    const states: DeepReadonly<Pod>[] = [];
    await node.create(onePod('init-fails', sh('true'), { initContainers: inits('/bin/true', '/bin/false') }));
    const last = await node.until('init-fails', (one) => states.push(one) > 0 && hasEnded(one));
    for (const { status } of states) for (const own of status.containerStatuses ?? []) assert.equal(own.state.waiting?.reason, 'PodInitializing');
    assert.equal(last.status.phase, 'Failed');
    assert.deepEqual([initialized(last)?.status, initialized(last)?.reason, initialized(last)?.message], ['False', 'ContainersNotInitialized', 'containers with incomplete status: [init2]']);
    assert.deepEqual(last.status.initContainerStatuses?.map(({ state }) => state.terminated?.exitCode), [0, 1]);
    assert.ok(last.status.containerStatuses?.[0]?.state.waiting);
  });

  test('InitContainer should not start app containers if init containers fail on a RestartAlways pod', async () => {
    const last = await failingAgain;
    for (const { status } of seen) {
      for (const own of status.containerStatuses ?? []) assert.equal(own.state.waiting?.reason, 'PodInitializing');
      if (!status.initContainerStatuses) continue;
      const [first, second] = status.initContainerStatuses;
      assert.equal(second?.state.waiting?.reason, 'PodInitializing');
      assert.notEqual(first?.state.terminated?.exitCode, 0);
    }
    assert.equal(last.status.phase, 'Pending');
    assert.deepEqual([initialized(last)?.status, initialized(last)?.reason, initialized(last)?.message], ['False', 'ContainersNotInitialized', 'containers with incomplete status: [init1 init2]']);
    assert.equal(last.status.initContainerStatuses?.length, 2);
    await node.client.resource(pods, 'default').delete('init-again', { gracePeriodSeconds: 0, signal: NEVER });
  });

  test('Kubelet when scheduling a busybox command that always fails in a pod should have an terminated reason, and be possible to delete', async () => {
    for (const restartPolicy of ['Never', 'Always']) {
      const name = `fails-${restartPolicy.toLowerCase()}`;
      await node.create(onePod(name, { command: ['/bin/false'] }, { restartPolicy }));
      const failed = await node.until(name, ({ status }) => status.containerStatuses?.[0]?.state.terminated !== undefined);
      assert.deepEqual(failed.status.containerStatuses?.map(({ state }) => [state.terminated?.exitCode, state.terminated?.reason]), [[1, 'Error']]);
      await node.remove(name);
      await node.untilGone(name);
    }
  });

  test('Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false', async () => {
    for (const [name, allowPrivilegeEscalation, expected] of [['nnp-false', false, 1000 % 256], ['nnp-true', true, 0], ['nnp-nil', undefined, 0]] as const) {
      await node.create(onePod(name, { image: NONEWPRIVS, securityContext: { runAsUser: 1000, ...(allowPrivilegeEscalation !== undefined && { allowPrivilegeEscalation }) } }));
      assert.equal((await node.until(name, hasEnded)).status.containerStatuses?.[0]?.state.terminated?.exitCode, expected, name);
    }
  });

  test('KubeletManagedEtcHosts should test kubelet managed /etc/hosts file', async () => {
    const file = { volumes: [{ name: 'host-etc-hosts', hostPath: { path: '/etc/hosts', type: 'FileOrCreate' } }] };
    const original = { name: 'host-etc-hosts', mountPath: '/etc/hosts-original' };
    const one = (name: string, mounts: Container['volumeMounts']): Container => ({ name, image: BUSYBOX, resources: {}, ...sh('sleep 900'), ...(mounts && { volumeMounts: mounts }) });
    await node.create(onePod('etc-hosts', {}, { ...file, containers: [one('busybox-1', [original]), one('busybox-2', [original]), one('busybox-3', [{ name: 'host-etc-hosts', mountPath: '/etc/hosts' }, original])] }));
    await node.create(onePod('host-network', {}, { ...file, hostNetwork: true, containers: [one('busybox-1', [original]), one('busybox-2', [original])] }));
    for (const name of ['etc-hosts', 'host-network']) await node.until(name, isReady);
    const isManaged = async (pod: string, container: string): Promise<boolean> => {
      const [own, original] = [await execIn(node, pod, container, 'cat /etc/hosts'), await execIn(node, pod, container, 'cat /etc/hosts-original')];
      assert.ok(own !== '' && original !== '');
      return own.startsWith('# Kubernetes-managed hosts file.') && own !== original;
    };
    const seen = await Promise.all([['etc-hosts', 'busybox-1'], ['etc-hosts', 'busybox-2'], ['etc-hosts', 'busybox-3'], ['host-network', 'busybox-1'], ['host-network', 'busybox-2']].map(([pod = '', container = '']) => isManaged(pod, container)));
    assert.deepEqual(seen, [true, true, false, false, false]);
  });

  test('Variable Expansion should fail substituting values in a volume subpath with backticks, and with an absolute path', async () => {
    for (const [name, value] of [['backticks', '..'], ['absolute', '/tmp']] as const) {
      await node.create(onePod(`subpath-${name}`, { ...sh('true'), env: [{ name: 'POD_NAME', value }], volumeMounts: [{ name: 'w', mountPath: '/logscontainer', subPathExpr: '$(POD_NAME)' }] }, { volumes: [{ name: 'w', emptyDir: {} }] }));
      await node.until(`subpath-${name}`, ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError');
    }
  });

  test('Variable Expansion should verify that a failing subpath expansion can be modified, and succeed in writing subpaths in container', async () => {
    const env = [{ name: 'POD_NAME', value: 'foo' }, field('ANNOTATION', "metadata.annotations['mysubpath']")];
    const made = onePod('modified', { ...sh('sleep 1000'), env, volumeMounts: [{ name: 'w', mountPath: '/subpath_mount', subPathExpr: '$(ANNOTATION)/$(POD_NAME)' }, { name: 'w', mountPath: '/volume_mount' }] }, { volumes: [{ name: 'w', emptyDir: {} }] });
    await node.create({ ...made, metadata: { ...made.metadata, annotations: { notmysubpath: 'mypath' } } });
    await node.until('modified', ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError');
    const annotate = (mysubpath: string): Promise<unknown> => node.client.resource(pods, 'default').patch('modified', { type: 'merge', patch: { metadata: { annotations: { mysubpath } } } }, { signal: NEVER });
    await annotate('mypath');
    await node.until('modified', isReady);
    await execIn(node, 'modified', 'main', 'touch /volume_mount/mypath/foo/test.log');
    assert.equal(await execIn(node, 'modified', 'main', 'test -f /subpath_mount/test.log && echo seen'), 'seen\n');
    await annotate('mynewpath');
    await node.client.resource(pods, 'default').delete('modified', { signal: NEVER });
    await node.untilGone('modified');
  });

  test('an ephemeral container of a pod that runs is a change of its generation', async () => {
    await node.create(onePod('debugged', sh('sleep 10000')));
    await node.until('debugged', isReady);
    const patch = { spec: { ephemeralContainers: [{ name: 'debugger', image: BUSYBOX, command: ['/bin/sh'], args: ['-c', 'while true; do echo polo; sleep 2; done'], stdin: true, tty: true }] } };
    await node.client.resource(pods, 'default').patch('debugged', { type: 'strategic', patch }, { signal: NEVER }, 'ephemeralcontainers');
    const { metadata, status, spec } = await node.until('debugged', ({ status: now }) => now.ephemeralContainerStatuses?.[0]?.state.running !== undefined);
    assert.deepEqual([metadata.generation, status.phase], [2, 'Running']);
    assert.deepEqual(spec.ephemeralContainers?.map(({ name }) => name), ['debugger']);
  });

  test('Pods should allow activeDeadlineSeconds to be updated', async () => {
    await node.create(onePod('deadline', sh('sleep 1000'), { restartPolicy: 'Always' }));
    await node.until('deadline', isReady);
    await node.client.resource(pods, 'default').patch('deadline', { type: 'merge', patch: { spec: { activeDeadlineSeconds: 2 } } }, { signal: NEVER });
    const { status } = await node.until('deadline', hasEnded);
    assert.deepEqual([status.phase, status.reason], ['Failed', 'DeadlineExceeded']);
  });
});
