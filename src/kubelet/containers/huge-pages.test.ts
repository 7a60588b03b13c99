import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../api/generated/core-v1.ts';
import { pageSizeText } from './huge-pages.ts';
import { containerResources } from './resources.ts';

const [KIBI, MEBI, GIBI] = [1024, 1024 ** 2, 1024 ** 3];

for (const [bytes, expected] of [[64 * KIBI, '64KB'], [2 * MEBI, '2MB'], [512 * MEBI, '512MB'], [GIBI, '1GB'], [16 * GIBI, '16GB']] as const) {
  test(`pages of ${expected} are called so`, () => assert.equal(pageSizeText(bytes), expected));
}

for (const { name, resources = {}, ofPod, expected } of [
  { name: 'none where a container asks for none', expected: { '2MB': 0, '1GB': 0 } },
  { name: 'what it asks for, and none of another size', resources: { limits: { cpu: '1', 'hugepages-2Mi': '100Mi' } }, expected: { '2MB': 100 * MEBI, '1GB': 0 } },
  { name: 'a size in other words', resources: { limits: { cpu: '1', 'hugepages-2048Ki': '4Mi', 'hugepages-1Gi': '2Gi' } }, expected: { '2MB': 4 * MEBI, '1GB': 2 * GIBI } },
  { name: 'not those of a size that the machine lacks', resources: { limits: { cpu: '1', 'hugepages-64Ki': '1Mi' } }, expected: { '2MB': 0, '1GB': 0 } },
  { name: 'what its pod has, where it says nothing itself', resources: { limits: { 'hugepages-1Gi': '1Gi' } }, ofPod: { limits: { 'hugepages-2Mi': '6Mi', 'hugepages-1Gi': '2Gi' } }, expected: { '2MB': 6 * MEBI, '1GB': GIBI } },
] as { name: string; resources?: ResourceRequirements; ofPod?: ResourceRequirements; expected: Record<string, number> }[]) {
  test(`the runtime is told how many huge pages a container may take: ${name}`, () => {
    const container = { name: 'c', resources } as Container;
    const pod = { metadata: { name: 'p', uid: 'u' }, spec: { containers: [container], ...(ofPod && { resources: ofPod }) } as PodSpec, status: {} } as Pod;
    const { hugepageLimits = [] } = containerResources(pod, container, { memoryBytes: 8 * GIBI, pageSizes: [2 * MEBI, GIBI] });
    assert.deepEqual(Object.fromEntries(hugepageLimits.map(({ pageSize, limit }) => [pageSize, limit])), expected);
  });
}

test('nothing is said of huge pages on a machine without them', () => {
  const container = { name: 'c', resources: {} } as Container;
  const resources = containerResources({ metadata: { name: 'p', uid: 'u' }, spec: { containers: [container] }, status: {} } as unknown as Pod, container, { memoryBytes: GIBI, pageSizes: [] });
  assert.equal('hugepageLimits' in resources, false);
});
