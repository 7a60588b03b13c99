import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMessages } from './message-codec.ts';
import { decodeContainerdEvent } from './containerd-events.ts';
import { diffSnapshots } from './poll-events.ts';
import { criMessages } from './messages.schema.ts';

test('a message comes back with every field that was set', () => {
  const status = {
    id: 'abc', state: 'CONTAINER_EXITED', exitCode: -1, createdAt: 1_700_000_000_000_000_000, labels: { a: 'b', 'é': '' }, metadata: { name: 'n', attempt: 3 },
    mounts: [{ containerPath: '/a', hostPath: '/b', readonly: true }], user: { linux: { uid: 0, gid: 7, supplementalGroups: [1, 70_000] } },
  };
  const decoded = criMessages.decode('ContainerStatus', criMessages.encode('ContainerStatus', status)) as Record<string, unknown> & { user: { linux: object } };
  for (const [name, value] of Object.entries(status)) {
    if (name === 'mounts' || name === 'labels') continue;
    assert.deepEqual(decoded[name], value, name);
  }
  assert.deepEqual({ ...(decoded.labels as object) }, status.labels);
  assert.equal((decoded.mounts as { hostPath: string }[])[0]?.hostPath, '/b');
  assert.deepEqual([decoded.reason, decoded.annotations, decoded.resources], ['', Object.create(null), undefined]);
});

test('a wrapped zero is there, an absent one is not', () => {
  const encoded = criMessages.encode('LinuxContainerSecurityContext', { runAsUser: 0 });
  const decoded = criMessages.decode('LinuxContainerSecurityContext', encoded);
  assert.deepEqual([decoded.runAsUser, decoded.runAsGroup], [0, undefined]);
});

test('a value that is not in an enum is refused', () => {
  assert.throws(() => criMessages.encode('PortMapping', { protocol: 'ICMP' }), RangeError);
});

test('a key named __proto__ is only a key', () => {
  const table = defineMessages({}, { M: 'map 1 {}string' });
  const map = Object.fromEntries([['__proto__', 'x']]);
  assert.deepEqual(Object.entries(table.decode('M', table.encode('M', { map })).map as object), [['__proto__', 'x']]);
});

test("containerd's events are those of containers, not of commands run in them", () => {
  const table = defineMessages({}, { TaskExit: 'containerId 1 string\n id 2 string' });
  const envelope = (id: string) => ({ topic: '/tasks/exit', event: { value: table.encode('TaskExit', { containerId: 'c', id }) } });
  assert.deepEqual(decodeContainerdEvent(envelope('c')), { containerId: 'c', type: 'CONTAINER_STOPPED_EVENT' });
  assert.equal(decodeContainerdEvent(envelope('exec-1')), undefined);
});

test('compared lists give starts, stops and removals', () => {
  const before = new Map([['a', 'CONTAINER_RUNNING'], ['b', 'CONTAINER_RUNNING'], ['c', 'SANDBOX_READY']]);
  const after = new Map([['a', 'CONTAINER_EXITED'], ['c', 'SANDBOX_READY'], ['d', 'CONTAINER_CREATED']]);
  assert.deepEqual(diffSnapshots(before, after), [
    { containerId: 'a', type: 'CONTAINER_STOPPED_EVENT' },
    { containerId: 'd', type: 'CONTAINER_CREATED_EVENT' },
    { containerId: 'b', type: 'CONTAINER_DELETED_EVENT' },
  ]);
});
