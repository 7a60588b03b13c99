import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podsToPreempt, requirementsText } from './preemption.ts';

const CRITICAL = 2_000_001_000;
interface Case {
  readonly cpu?: string;
  readonly memory?: string;
  readonly guaranteed?: boolean;
  readonly priority?: number;
  readonly annotations?: Record<string, string>;
}
/** Pods of the node's own files have no priority. */
function pod(name: string, { cpu, memory, guaranteed, annotations, priority = annotations ? undefined : 0 }: Case = {}): Pod {
  const requests = { ...(cpu && { cpu }), ...(memory && { memory }) };
  const resources = { requests, ...(guaranteed && { limits: requests }) };
  return { metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', annotations }, spec: { priority, containers: [{ name: 'c', resources }] }, status: {} } as unknown as Pod;
}
const whole = { cpu: '1', memory: '1Gi', guaranteed: true };
const cpu = (missing: number) => ({ resource: 'cpu', missing });

for (const { name, others, shortages, priority = CRITICAL, expected } of [
  { name: 'nobody goes when nothing is missing', others: [pod('a', whole)], shortages: [], expected: [] },
  { name: 'the least dear class goes first', others: [pod('guaranteed', whole), pod('burstable', { cpu: '1' })], shortages: [cpu(1000)], expected: ['burstable'] },
  { name: 'one pod goes rather than two', others: [pod('a', { cpu: '500m' }), pod('b', { cpu: '500m' }), pod('c', { cpu: '1' })], shortages: [cpu(1000)], expected: ['c'] },
  { name: 'of those that suffice the smaller one goes', others: [pod('large', { cpu: '3' }), pod('small', { cpu: '2' })], shortages: [cpu(1000)], expected: ['small'] },
  { name: 'two go when one is not enough', others: [pod('a', { cpu: '500m' }), pod('b', { cpu: '700m' }), pod('c', { cpu: '100m' })], shortages: [cpu(1000)], expected: ['b', 'a'] },
  { name: 'resources count by their shares', others: [pod('cpu', { cpu: '1', memory: '1Mi' }), pod('both', { cpu: '900m', memory: '900Mi' })], shortages: [cpu(1000), { resource: 'memory', missing: 900 * 1024 * 1024 }], expected: ['both', 'cpu'] },
  { name: 'a pod that asks for nothing makes room for one more', others: [pod('burstable', { cpu: '1' }), pod('best-effort')], shortages: [{ resource: 'pods', missing: 1 }], expected: ['best-effort'] },
  { name: 'a Guaranteed pod goes where all others are not enough, and those stay that are not needed then', others: [pod('guaranteed', { ...whole, cpu: '2' }), pod('burstable', { cpu: '500m' })], shortages: [cpu(1500)], expected: ['guaranteed'] },
  { name: 'critical pods stay', others: [pod('critical', { cpu: '1', priority: CRITICAL })], shortages: [cpu(1000)], expected: '[(res: cpu, q: 1000), ]' },
  { name: 'pods of the node itself stay', others: [pod('static', { cpu: '1', annotations: { 'kubernetes.io/config.source': 'file' } })], shortages: [cpu(1000)], expected: '[(res: cpu, q: 1000), ]' },
  { name: 'a critical pod goes for one that is more so', others: [pod('critical', { cpu: '1', priority: 2_000_000_000 })], shortages: [cpu(1000)], expected: ['critical'] },
  { name: 'not enough', others: [pod('a', { cpu: '500m' })], shortages: [cpu(1000)], expected: '[(res: cpu, q: 500), ]' },
] as { name: string; others: Pod[]; shortages: { resource: string; missing: number }[]; priority?: number; expected: string[] | string }[]) {
  test(`room for a critical pod: ${name}`, () => {
    const preemption = podsToPreempt(pod('critical', { priority }), others, shortages);
    assert.deepEqual('victims' in preemption ? preemption.victims.map(({ metadata }) => metadata.name) : requirementsText(preemption.lacking), expected);
  });
}
