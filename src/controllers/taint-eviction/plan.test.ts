import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, Toleration } from '../../api/generated/core-v1.ts';
import { evictionTime } from './plan.ts';

const at = (seconds: number): number => Date.UTC(2026, 0, 1) + seconds * 1000;
const tainted = { spec: { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: new Date(at(100)).toISOString() }] } } as unknown as Node;
const exists = (tolerationSeconds?: number): Toleration => ({ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', ...(tolerationSeconds !== undefined && { tolerationSeconds }) });

function pod(tolerations: Toleration[], startedSeconds = 0): Pod {
  const startTime = new Date(at(startedSeconds)).toISOString();
  return { metadata: { creationTimestamp: startTime }, spec: { tolerations }, status: { startTime } } as unknown as Pod;
}

for (const { name, observed, expected } of [
  { name: 'goes at once without a toleration', observed: pod([]), expected: 0 },
  { name: 'stays with a toleration without end', observed: pod([exists()]), expected: undefined },
  { name: 'goes when its time is over', observed: pod([exists(300)]), expected: at(400) },
  { name: 'goes by the first of its tolerations for a taint', observed: pod([exists(300), exists(30), exists()]), expected: at(400) },
  { name: 'stays when the first is without end', observed: pod([exists(), exists(30)]), expected: undefined },
  { name: 'has its time from its own start when it came later', observed: pod([exists(300)], 200), expected: at(500) },
]) {
  test(`a pod ${name}`, () => assert.equal(evictionTime(observed, tainted), expected));
}

test('a pod goes by the shortest of what it tolerates of several taints', () => {
  const also = { spec: { taints: [...(tainted.spec.taints ?? []), { key: 'repair', effect: 'NoExecute', timeAdded: new Date(at(100)).toISOString() }] } } as unknown as Node;
  assert.equal(evictionTime(pod([exists(300), { key: 'repair', operator: 'Exists', tolerationSeconds: 30 }]), also), at(130));
});
