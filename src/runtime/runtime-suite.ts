import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ContainerConfig, ContainerEvent, ContainerStatus, PodSandboxConfig } from './messages.ts';
import { isRuntimeError, type ContainerRuntime } from './runtime.ts';

export interface RuntimeUnderTest extends AsyncDisposable {
  readonly runtime: ContainerRuntime;
  /** An image with a busybox shell that is there, or can be pulled. */
  readonly image: string;
  /** An image that no registry has. */
  readonly missingImage: string;
  /** A folder for the logs of containers. */
  readonly logDirectory: string;
}

const NEVER = new AbortController().signal;
let attempts = 0;

function sandboxConfig(name: string, logDirectory: string): PodSandboxConfig {
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}-${attempts++}`, attempt: 0 },
    hostname: name, logDirectory, labels: { 'io.kubernetes.pod.name': name }, annotations: {},
    linux: { securityContext: { namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } } },
  };
}

function containerConfig(image: string, name: string, command: string[]): ContainerConfig {
  return {
    metadata: { name, attempt: 0 }, image: { image }, command, labels: { 'io.kubernetes.container.name': name }, logPath: `${name}.log`,
    linux: { resources: { cpuShares: 2 }, securityContext: {} },
  };
}

type RuntimeTest = (subject: RuntimeUnderTest) => Promise<void>;

/** Runs `use` with a sandbox, which is gone afterwards. */
async function withSandbox(subject: RuntimeUnderTest, name: string, use: (id: string, config: PodSandboxConfig) => Promise<void>): Promise<void> {
  const config = sandboxConfig(name, subject.logDirectory);
  const id = await subject.runtime.runPodSandbox(config, '', NEVER);
  try {
    await use(id, config);
  } finally {
    await subject.runtime.stopPodSandbox(id, NEVER);
    await subject.runtime.removePodSandbox(id, NEVER);
  }
}

/** Reads events until one says what is waited for. */
async function untilEvent(events: AsyncIterable<ContainerEvent>, wanted: ContainerEvent): Promise<void> {
  for await (const event of events) if (event.containerId === wanted.containerId && event.type === wanted.type) return;
  assert.fail('the events ended');
}

async function untilExited(runtime: ContainerRuntime, id: string): Promise<ContainerStatus> {
  for (;;) {
    const status = await runtime.containerStatus(id, NEVER);
    if (status.state === 'CONTAINER_EXITED') return status;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const TESTS: Readonly<Record<string, RuntimeTest>> = {
  'says its name and that it is ready': async (subject) => {
    const version = await subject.runtime.version(NEVER);
    assert.ok(version.runtimeName.length > 0);
    const { conditions } = await subject.runtime.status(NEVER);
    assert.deepEqual(conditions.filter(({ type }) => ['RuntimeReady', 'NetworkReady'].includes(type)).map(({ status }) => status), [true, true]);
  },
  'runs a sandbox with an address, and stops and removes it more than once without complaint': async (subject) => {
    await withSandbox(subject, 'address', async (id) => {
      const status = await subject.runtime.podSandboxStatus(id, NEVER);
      assert.equal(status.state, 'SANDBOX_READY');
      assert.match(status.network?.ip ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      assert.ok(status.createdAt > 1e18);
      const [listed] = await subject.runtime.listPodSandbox({ id }, NEVER);
      assert.equal(listed?.metadata.name, 'address');
      await subject.runtime.stopPodSandbox(id, NEVER);
      await subject.runtime.stopPodSandbox(id, NEVER);
      assert.equal((await subject.runtime.podSandboxStatus(id, NEVER)).state, 'SANDBOX_NOTREADY');
      await subject.runtime.removePodSandbox(id, NEVER);
      await subject.runtime.removePodSandbox(id, NEVER);
      await assert.rejects(subject.runtime.podSandboxStatus(id, NEVER), (error) => isRuntimeError(error, 'NotFound'));
    });
  },
  'runs a container, answers commands in it, and stops it': async (subject) => {
    await withSandbox(subject, 'run', async (sandboxId, config) => {
      const { runtime } = subject;
      const id = await runtime.createContainer(sandboxId, containerConfig(subject.image, 'main', ['sleep', '3600']), config, NEVER);
      assert.equal((await runtime.containerStatus(id, NEVER)).state, 'CONTAINER_CREATED');
      await runtime.startContainer(id, NEVER);
      const running = await runtime.containerStatus(id, NEVER);
      assert.equal(running.state, 'CONTAINER_RUNNING');
      assert.ok(running.startedAt >= running.createdAt);
      assert.equal(running.metadata.name, 'main');
      const echoed = await runtime.execSync(id, ['echo', 'hello'], 10, NEVER);
      assert.deepEqual([Buffer.from(echoed.stdout).toString(), echoed.exitCode], ['hello\n', 0]);
      assert.equal((await runtime.execSync(id, ['false'], 10, NEVER)).exitCode, 1);
      await runtime.stopContainer(id, 0, NEVER);
      const stopped = await runtime.containerStatus(id, NEVER);
      assert.deepEqual([stopped.state, stopped.exitCode], ['CONTAINER_EXITED', 137]);
      await runtime.stopContainer(id, 0, NEVER);
      await runtime.removeContainer(id, NEVER);
      await runtime.removeContainer(id, NEVER);
      assert.deepEqual(await runtime.listContainers({ podSandboxId: sandboxId }, NEVER), []);
    });
  },
  'tells the exit code and the reason of what ended by itself': async (subject) => {
    await withSandbox(subject, 'exit', async (sandboxId, config) => {
      for (const { command, exitCode, reason } of [{ command: 'exit 3', exitCode: 3, reason: 'Error' }, { command: 'exit 0', exitCode: 0, reason: 'Completed' }]) {
        const container = containerConfig(subject.image, `exit-${exitCode}`, ['sh', '-c', command]);
        const id = await subject.runtime.createContainer(sandboxId, container, config, NEVER);
        await subject.runtime.startContainer(id, NEVER);
        const status = await untilExited(subject.runtime, id);
        assert.deepEqual([status.exitCode, status.reason], [exitCode, reason]);
        assert.ok(status.finishedAt >= status.createdAt); // containerd notes the start later than a quick end
      }
    });
  },
  'sends events of starts and stops': async (subject) => {
    const stop = new AbortController();
    const events = subject.runtime.containerEvents(stop.signal)[Symbol.asyncIterator]();
    // Both readers take from one stream; the first read opens it before anything happens.
    const first = events.next();
    const rest: AsyncIterable<ContainerEvent> = {
      async *[Symbol.asyncIterator]() {
        yield (await first).value as ContainerEvent;
        for (let next = await events.next(); !next.done; next = await events.next()) yield next.value;
      },
    };
    await withSandbox(subject, 'events', async (sandboxId, config) => {
      const id = await subject.runtime.createContainer(sandboxId, containerConfig(subject.image, 'short', ['sh', '-c', 'exit 0']), config, NEVER);
      const stopped = untilEvent(rest, { containerId: id, type: 'CONTAINER_STOPPED_EVENT' });
      await subject.runtime.startContainer(id, NEVER);
      await stopped;
    });
    stop.abort();
  },
  'lists images by name and says no to one that does not exist': async (subject) => {
    const image = await subject.runtime.imageStatus({ image: subject.image }, NEVER);
    assert.ok(image?.repoTags.some((tag) => tag.endsWith(subject.image)));
    assert.ok((await subject.runtime.listImages(NEVER)).some(({ id }) => id === image?.id));
    assert.equal(await subject.runtime.imageStatus({ image: subject.missingImage }, NEVER), undefined);
    await assert.rejects(subject.runtime.pullImage({ image: subject.missingImage }, undefined, undefined, NEVER), (error) => isRuntimeError(error));
  },
  'a container of an image that is not there cannot be created': async (subject) => {
    await withSandbox(subject, 'no-image', async (sandboxId, config) => {
      const container = containerConfig(subject.missingImage, 'main', ['true']);
      await assert.rejects(subject.runtime.createContainer(sandboxId, container, config, NEVER), (error) => isRuntimeError(error, 'NotFound', 'Unknown'));
    });
  },
};

/** What every container runtime must do for a kubelet. `skip`: the reason, where it cannot run here. */
export function runtimeSuite(name: string, open: () => Promise<RuntimeUnderTest>, skip?: string): void {
  void describe(name, { skip: skip ?? false }, () => {
    let subject: RuntimeUnderTest;
    before(async () => {
      subject = await open();
      if (!(await subject.runtime.imageStatus({ image: subject.image }, NEVER))) await subject.runtime.pullImage({ image: subject.image }, undefined, undefined, NEVER);
    });
    after(async () => {
      await subject?.[Symbol.asyncDispose]();
    });
    for (const [title, body] of Object.entries(TESTS)) void test(title, () => body(subject));
  });
}
