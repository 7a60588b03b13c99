import assert from 'node:assert/strict';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { after, before, describe, test } from 'node:test';
import { pods } from '../../../src/api/refs.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { readLog } from '../../../src/kubelet/logs/log-reader.ts';
import { rotatedLogs, rotateLargeLogs } from '../../../src/kubelet/logs/log-rotation.ts';
import { BUSYBOX, cannotRunContainers } from '../support/private-containerd.ts';
import { startNode, type NodeUnderTest } from './node-under-test.ts';

const NEVER = new AbortController().signal;

describe('logs of containers on a real containerd', { skip: cannotRunContainers() ?? false }, () => {
  let node: NodeUnderTest;
  before(async () => {
    node = await startNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
  });

  test('a log that grows is put aside, compressed later, and followed without a gap; its links go with the pod', async () => {
    const script = 'i=0; while [ $i -lt 1000 ]; do echo line-$i; i=$((i+1)); sleep 0.01; done; sleep 3600';
    await node.create({
      metadata: { name: 'talker', namespace: 'default' },
      spec: { terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'main', image: BUSYBOX, resources: {}, command: ['sh', '-c', script] }] }, status: {},
    });
    const running = await node.until('talker', ({ status }) => status.phase === 'Running');
    const folder = join(node.containerd.root, 'log');
    const path = join(folder, 'pods', `default_talker_${running.metadata.uid}`, 'main', '0.log');
    const id = running.status.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? '';
    const link = join(folder, 'containers', `talker_default_main-${id}.log`);
    assert.equal(await readlink(link), path);
    const options = { runtime: node.containerd.runtime, clock: node.clock, logger: silentLogger, podLogsDir: join(folder, 'pods'), maxBytes: 1000, maxFiles: 3 };
    const seen: string[] = [];
    const reading = (async () => {
      const stop = new AbortController();
      const wanted = { follow: true, previous: false, timestamps: false, tailLines: undefined, limitBytes: undefined, sinceMs: undefined, stream: 'All' } as const;
      for await (const piece of readLog({ path, clock: node.clock, isRunning: async () => true }, wanted, stop.signal)) {
        seen.push(...Buffer.from(piece).toString('utf8').split('\n').filter(Boolean));
        if (seen.at(-1) === 'line-999') break;
      }
    })();
    for (let round = 0; round < 4; round++) {
      while (((await stat(path).catch(() => undefined))?.size ?? 0) < 1000 && seen.at(-1) !== 'line-999') await node.clock.sleep(20, NEVER);
      await rotateLargeLogs(options, NEVER);
      await node.clock.sleep(1000, NEVER); // the names of what is put aside count in seconds
      if (seen.at(-1) === 'line-999') break;
    }
    await reading;
    assert.deepEqual(seen, Array.from({ length: 1000 }, (_, index) => `line-${index}`));
    const aside = await rotatedLogs(path);
    assert.equal(aside.length, 2);
    assert.match(gunzipSync(await readFile(aside[0] ?? '')).toString('utf8'), /stdout F line-\d+\n/);
    await node.client.resource(pods, 'default').delete('talker', { gracePeriodSeconds: 1, signal: NEVER });
    await node.untilGone('talker');
    while ((await readdir(join(folder, 'containers'))).length > 0) await node.clock.sleep(20, NEVER);
  });
});
