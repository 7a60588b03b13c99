import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../api/generated/core-v1.ts';
import { silentLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { ProxyHealth } from './proxy-health.ts';

const node = (taints: object[] = []): Node => ({ metadata: { name: 'n' }, spec: { taints } }) as unknown as Node;

test('is healthy until a change has waited for a minute, and again once it is in the kernel', async () => {
  const clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const health = new ProxyHealth({ clock, logger: silentLogger });
  health.updated();
  health.queued();
  assert.equal(health.reply('/healthz')?.body, '{"lastUpdated": "2026-01-01 00:00:00.000 +0000 UTC","currentTime": "2026-01-01 00:00:00.000 +0000 UTC", "nodeEligible": true}');
  await clock.advance(59_000);
  assert.equal(health.reply('/healthz')?.status, 200);
  await clock.advance(1000);
  assert.deepEqual([health.reply('/healthz')?.status, health.reply('/livez')?.status], [503, 503]);
  assert.match(health.reply('/livez')?.body ?? '', /^\{"lastUpdated": "2026-01-01 00:00:00.000 \+0000 UTC","currentTime": "2026-01-01 00:01:00.000 \+0000 UTC"\}$/);
  health.updated();
  assert.equal(health.reply('/healthz')?.status, 200);
});

test('a node that is about to leave gets no new connections, but its proxy is well', () => {
  const health = new ProxyHealth({ clock: new VirtualClock(), logger: silentLogger });
  health.setNode(node([{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }]));
  assert.deepEqual([health.reply('/healthz')?.status, health.reply('/livez')?.status], [503, 200]);
  health.setNode(node());
  assert.equal(health.reply('/healthz')?.status, 200);
  assert.equal(health.reply('/other'), undefined);
});
