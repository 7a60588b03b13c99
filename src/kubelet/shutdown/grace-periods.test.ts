import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { inOrderOfShutdown, ordinaryAndCritical, type ShutdownGracePeriod } from './grace-periods.ts';

function pod(name: string, priority?: number): Pod {
  return { metadata: { name }, spec: { ...(priority !== undefined && { priority }), containers: [] }, status: {} } as unknown as Pod;
}
const pods = [pod('node-critical', 2_000_001_000), pod('high', 100_000), pod('default', 0), pod('none'), pod('cluster-critical', 2_000_000_000), pod('low', -5)];
const byPriority = [{ priority: 100_000, seconds: 10 }, { priority: 2_000_000_000, seconds: 20 }, { priority: 0, seconds: 30 }];

for (const { name, periods, expected } of [
  { name: 'critical pods have the last part of the time', periods: ordinaryAndCritical(30, 10), expected: ['20: high default none low', '10: node-critical cluster-critical'] },
  { name: 'each range of priorities has its time, the lowest comes first', periods: byPriority, expected: ['30: default none low', '10: high', '20: node-critical cluster-critical'] },
  { name: 'pods below the lowest priority end with its pods', periods: [{ priority: 200_000, seconds: 5 }, { priority: 2_000_001_000, seconds: 6 }], expected: ['5: high default none cluster-critical low', '6: node-critical'] },
  { name: 'ranges without pods take no time', periods: [{ priority: 0, seconds: 5 }, { priority: 50, seconds: 6 }, { priority: 60, seconds: 7 }], expected: ['5: default none low', '7: node-critical high cluster-critical'] },
] as { name: string; periods: ShutdownGracePeriod[]; expected: string[] }[]) {
  test(`shutdown: ${name}`, () => assert.deepEqual(inOrderOfShutdown(periods, pods).map((group) => `${group.seconds}: ${group.pods.map(({ metadata }) => metadata.name).join(' ')}`), expected));
}
