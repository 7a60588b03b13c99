import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec, ResourceRequirements } from '../../api/generated/core-v1.ts';
import { podCgroupLimits, podCgroupParent, podSlice } from './pod-cgroups.ts';

const container = (resources: ResourceRequirements, restartPolicy?: string) => ({ name: 'c', resources, ...(restartPolicy && { restartPolicy }) });
const MEBI = 1024 * 1024;

for (const { name, spec, expected } of [
  { name: 'the sum of the containers', spec: { containers: [container({ requests: { cpu: '1' }, limits: { cpu: '2', memory: '10Mi' } }), container({ limits: { cpu: '1', memory: '20Mi' } })] }, expected: { cpuShares: 2048, cpuQuotaMicroseconds: 300_000, memoryBytes: 30 * MEBI } },
  { name: 'no limit where one container has none', spec: { containers: [container({ limits: { cpu: '2', memory: '10Mi' } }), container({ requests: { cpu: '1' } })] }, expected: { cpuShares: 3072 } },
  { name: 'what an init container needs before, beside the sidecars', spec: { containers: [container({ limits: { cpu: '100m', memory: '10Mi' } })], initContainers: [container({ limits: { cpu: '100m', memory: '10Mi' } }, 'Always'), container({ limits: { cpu: '1', memory: '90Mi' } })] }, expected: { cpuShares: 1126, cpuQuotaMicroseconds: 110_000, memoryBytes: 100 * MEBI } },
  { name: 'no limit where an init container has none', spec: { containers: [container({ limits: { cpu: '1', memory: '10Mi' } })], initContainers: [container({ requests: { cpu: '100m' } })] }, expected: { cpuShares: 1024 } },
  { name: 'but where a sidecar with limits runs beside it', spec: { containers: [container({ limits: { cpu: '1', memory: '10Mi' } })], initContainers: [container({ limits: { cpu: '1', memory: '10Mi' } }, 'Always'), container({})] }, expected: { cpuShares: 2048, cpuQuotaMicroseconds: 200_000, memoryBytes: 20 * MEBI } },
  { name: "the pod's own resources instead, though its containers say nothing", spec: { resources: { requests: { cpu: '500m', memory: '50Mi' }, limits: { cpu: '1', memory: '100Mi' } }, containers: [container({}), container({ requests: { cpu: '100m' } })] }, expected: { cpuShares: 512, cpuQuotaMicroseconds: 100_000, memoryBytes: 100 * MEBI } },
  { name: 'with overhead on top of requests and limits', spec: { overhead: { cpu: '250m', memory: '16Mi' }, containers: [container({ requests: { cpu: '250m' }, limits: { cpu: '500m', memory: '48Mi' } })] }, expected: { cpuShares: 512, cpuQuotaMicroseconds: 75_000, memoryBytes: 64 * MEBI } },
  { name: 'overhead of a pod without limits', spec: { overhead: { cpu: '250m', memory: '16Mi' }, containers: [container({ requests: { cpu: '250m' } })] }, expected: { cpuShares: 512 } },
  { name: 'huge pages by their size', spec: { containers: [container({ limits: { cpu: '1', 'hugepages-2Mi': '4Mi' } }), container({ limits: { cpu: '1', 'hugepages-2048Ki': '2Mi', 'hugepages-1Gi': '1Gi' } })] }, expected: { cpuShares: 2048, cpuQuotaMicroseconds: 200_000, hugePages: new Map([[2 * MEBI, 6 * MEBI], [1024 * MEBI, 1024 * MEBI]]) } },
  { name: 'best effort has the smallest share', spec: { overhead: { cpu: '250m' }, containers: [container({})] }, expected: { cpuShares: 2 } },
] as { name: string; spec: PodSpec; expected: object }[]) {
  test(`limits of a pod's control group: ${name}`, () => {
    assert.deepEqual(podCgroupLimits({ metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec, status: {} }), expected);
  });
}

for (const { name, resources, expected } of [
  { name: 'guaranteed', resources: { requests: { cpu: '1', memory: '1Mi' }, limits: { cpu: '1', memory: '1Mi' } }, expected: ['/kubepods/poda-b', '/kubepods.slice/kubepods-poda_b.slice'] },
  { name: 'burstable', resources: { requests: { cpu: '1' } }, expected: ['/kubepods/burstable/poda-b', '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-poda_b.slice'] },
  { name: 'best effort', resources: {}, expected: ['/kubepods/besteffort/poda-b', '/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-poda_b.slice'] },
]) test(`where the control group of a pod is: ${name}`, () => {
  const pod = { metadata: { name: 'p', uid: 'a-b', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [container(resources)] }, status: {} };
  assert.deepEqual([podCgroupParent('/', pod), podSlice(pod)], expected);
});
