/** `kubets server --scheduler-config`: pods are placed as the profile of their schedulerName says, which is who tells of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DeepReadonly } from '../../src/apimachinery/meta.ts';
import type { Event, Node, Pod } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import type { Client } from '../../src/client/client.ts';
import { until } from '../support/until.ts';
import { freePort, ServerProcess } from './support/server-process.ts';

const CONFIGURATION = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: true}
clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf}
profiles:
- schedulerName: default-scheduler
- schedulerName: packer
  plugins:
    score: {disabled: [{name: '*'}], enabled: [{name: NodeResourcesFit}]}
    postFilter: {disabled: [{name: DefaultPreemption}]}
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}]}}
`;

const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'kubets-profiles-'));
let server: ServerProcess;
let client: Client;

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

before(async () => {
  server = new ServerProcess({ port: await freePort(), flags: ['--store', 'memory', '--disable-agent', '--controllers', 'serviceaccount-controller', '--scheduler-config', written('scheduler.yaml', CONFIGURATION)] });
  await server.start();
  client = server.client();
  for (const name of ['a', 'b']) {
    await client.resource(refs.nodes).create({ metadata: { name } } as Node, { signal });
    await client.resource(refs.nodes).patchStatus(name, { type: 'merge', patch: { status: { allocatable: { cpu: '8', memory: '8Gi', pods: '110' } } } }, { signal });
  }
});
after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const pods = () => client.resource(refs.pods, 'default');

async function created(name: string, schedulerName: string, cpu = '1'): Promise<void> {
  const spec = { schedulerName, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }], automountServiceAccountToken: false };
  await until('the account is there', async () => {
    await pods().create({ metadata: { name }, spec } as unknown as Pod, { signal });
    return true;
  });
}

async function placed(name: string, schedulerName: string): Promise<string> {
  await created(name, schedulerName);
  return until(`${name} has a node`, async () => (await pods().get(name, { signal })).spec.nodeName);
}

async function eventOf(name: string, reason: string): Promise<DeepReadonly<Event>> {
  return until(`${reason} is told of ${name}`, async () => (await client.resource(refs.events, 'default').list({ signal })).items.find((event) => event.involvedObject.name === name && event.reason === reason));
}

test('one profile packs, the other spreads', async () => {
  const first = await placed('packed-1', 'packer');
  for (const name of ['packed-2', 'packed-3', 'packed-4']) assert.equal(await placed(name, 'packer'), first);
  assert.notEqual(await placed('spread', 'default-scheduler'), first);
});

test('each profile tells of its own pods', async () => {
  assert.equal((await eventOf('packed-1', 'Scheduled')).source?.component, 'packer');
  assert.equal((await eventOf('spread', 'Scheduled')).source?.component, 'default-scheduler');
});

test('without DefaultPreemption nobody makes room', async () => {
  await created('large', 'packer', '9');
  const { message } = await eventOf('large', 'FailedScheduling');
  assert.equal(message, '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate');
});

test('with it the event tells of devices, then of preemption; of neither where nodes were not asked', async () => {
  await created('huge', 'default-scheduler', '9');
  assert.equal((await eventOf('huge', 'FailedScheduling')).message, '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.');
  const spec = { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'none' } }], automountServiceAccountToken: false };
  await pods().create({ metadata: { name: 'storing' }, spec } as unknown as Pod, { signal });
  assert.equal((await eventOf('storing', 'FailedScheduling')).message, '0/2 nodes are available: persistentvolumeclaim "none" not found. not found');
});

test('a victim that is going already is waited for, and not told again', async () => {
  await client.resource(refs.nodes).create({ metadata: { name: 'full', labels: { only: 'full' } }, spec: { taints: [{ key: 'only', effect: 'NoSchedule' }] } } as unknown as Node, { signal });
  await client.resource(refs.nodes).patchStatus('full', { type: 'merge', patch: { status: { allocatable: { cpu: '8', memory: '8Gi', pods: '110' } } } }, { signal });
  const filling = { tolerations: [{ operator: 'Exists' }], nodeSelector: { only: 'full' }, automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '8' } } }] };
  await pods().create({ metadata: { name: 'going' }, spec: { ...filling, nodeName: 'full' } } as unknown as Pod, { signal });
  await pods().delete('going', { signal });
  await pods().create({ metadata: { name: 'urgent' }, spec: { ...filling, priorityClassName: 'system-cluster-critical' } } as unknown as Pod, { signal });
  assert.equal(await until('it has a place in view', async () => (await pods().get('urgent', { signal })).status.nominatedNodeName), 'full');
  const { metadata, status } = await pods().get('going', { signal });
  assert.ok(metadata.deletionTimestamp);
  assert.equal(status.conditions?.find(({ type }) => type === 'DisruptionTarget'), undefined);
});

test('what is not built is refused with one line, before anything is written', () => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const file = written('bad.yaml', 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nextenders: [{urlPrefix: "http://127.0.0.1:1"}]\n');
  const { status, stderr } = spawnSync(process.execPath, [main, 'server', '--data-dir', join(folder, 'none'), '--store', 'memory', '--scheduler-config', file], { encoding: 'utf8', timeout: 300_000 });
  assert.deepEqual([status, stderr.trim()], [1, `error: --scheduler-config ${file}: extenders: kubets calls no extenders`]);
});
