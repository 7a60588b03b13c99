import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Draft } from '../../src/apimachinery/meta.ts';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import { nodes, pods } from '../../src/api/refs.ts';
import { until } from '../support/until.ts';
import { freePort, ServerProcess } from './support/server-process.ts';

const NEVER = new AbortController().signal;
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

test('an agent that hears that power fails ends its pods, and then itself', { timeout: 600_000 }, async () => {
  await using server = new ServerProcess({ port: await freePort(), flags: ['--store', 'memory'] });
  await server.start();
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  const { stdout: token } = await promisify(execFile)(process.execPath, [main, 'token', 'create', '--data-dir', server.dataDir]);
  const flags = ['--runtime', 'simulated', '--data-dir', folder, '--hostname-override', 'n1', '--node-ip', '127.0.0.1', '--shutdown-grace-period=40s', '--shutdown-grace-period-critical-pods=10s'];
  const agent = spawn(process.execPath, [main, 'agent', '--server', server.url, '--token', token.trim().split('\n').at(-1) ?? '', ...flags], { stdio: 'ignore' });
  const gone = once(agent, 'exit');
  try {
    const client = server.client();
    const pod = { metadata: { name: 'p' }, spec: { nodeName: 'n1', terminationGracePeriodSeconds: 3, containers: [{ name: 'main', image: 'example/app:1', command: ['serve'] }] } };
    await until('the node takes pods', async () => (await client.resource(nodes).get('n1', { signal: NEVER })).status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
    await until('the pod is there', async () => client.resource(pods, 'default').create(pod as unknown as Draft<Pod>, { signal: NEVER }));
    await until('it runs', async () => (await client.resource(pods, 'default').get('p', { signal: NEVER })).status.phase === 'Running');
    agent.kill('SIGPWR');
    assert.deepEqual(await gone, [0, null]);
    const { phase, reason } = (await client.resource(pods, 'default').get('p', { signal: NEVER })).status;
    assert.deepEqual([phase, reason], ['Failed', 'Terminated']);
    const ready = (await client.resource(nodes).get('n1', { signal: NEVER })).status.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual([ready?.status, ready?.message], ['False', 'node is shutting down']);
  } finally {
    agent.kill('SIGKILL');
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
});
