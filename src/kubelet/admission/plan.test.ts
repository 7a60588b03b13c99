import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import { refusePod } from './plan.ts';

const strict = { securityContext: { supplementalGroupsPolicy: 'Strict' } };
const confined = { containers: [{ name: 'c', resources: {}, securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }] };

const metadata = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '', labels: { zone: 'a', 'kubernetes.io/os': 'linux' } });
const node = { metadata: metadata('n'), spec: { taints: [{ key: 'gone', effect: 'NoExecute' }] }, status: { allocatable: { cpu: '2', memory: '1Gi', pods: '2', 'x.io/gpu': '1' } } } as unknown as Node;
const tolerant = { tolerations: [{ key: 'gone', operator: 'Exists' }] };

function pod(spec: Partial<PodSpec>, qosClass = 'Burstable'): Pod {
  return { metadata: metadata('p'), spec: { containers: [{ name: 'c', resources: {} }], ...tolerant, ...spec }, status: { qosClass } };
}
const asking = (requests: Record<string, string>): Partial<PodSpec> => ({ containers: [{ name: 'c', resources: { requests } }] });
const onPort = { containers: [{ name: 'c', resources: {}, ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }] };

for (const { name, spec, others = [], pressures = [], qosClass = 'Burstable', hasAppArmor = false, allowedUnsafeSysctls = [], features, expected } of [
  { name: 'what fits is taken', spec: asking({ cpu: '2', memory: '1Gi' }), expected: undefined },
  { name: 'too much CPU', spec: asking({ cpu: '1500m' }), others: [pod(asking({ cpu: '1' }))], expected: 'OutOfcpu' },
  { name: 'too much memory', spec: asking({ memory: '2Gi' }), expected: 'OutOfmemory' },
  { name: 'too many pods', spec: {}, others: [pod({}), pod({})], expected: 'OutOfpods' },
  { name: 'too many devices', spec: asking({ 'x.io/gpu': '1' }), others: [pod(asking({ 'x.io/gpu': '1' }))], expected: 'OutOfx.io/gpu' },
  { name: 'another node selector', spec: { nodeSelector: { zone: 'b' } }, expected: 'NodeAffinity' },
  { name: 'another operating system', spec: { os: { name: 'windows' } }, expected: 'PodOSNotSupported' },
  { name: 'a node selector with another operating system', spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } }, expected: 'NodeAffinity' },
  { name: 'devices that the node has never heard of', spec: asking({ 'y.io/gpu': '1' }), expected: undefined },
  { name: 'pages that the node has not', spec: asking({ 'hugepages-2Mi': '2Mi' }), expected: 'OutOfhugepages-2Mi' },
  { name: 'best effort that tolerates to be driven out under memory pressure', spec: { tolerations: [...tolerant.tolerations, { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoExecute' }] }, pressures: ['MemoryPressure'], qosClass: 'BestEffort', expected: 'Evicted' },
  { name: 'best effort that tolerates memory pressure', spec: { tolerations: [...tolerant.tolerations, { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }] }, pressures: ['MemoryPressure'], qosClass: 'BestEffort', expected: undefined },
  { name: 'a safe sysctl', spec: { securityContext: { sysctls: [{ name: 'net/ipv4/tcp_syncookies', value: '1' }] } }, expected: undefined },
  { name: 'a sysctl that harms other pods', spec: { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, expected: 'SysctlForbidden' },
  { name: 'a sysctl that the node allows', spec: { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, allowedUnsafeSysctls: ['kernel.msg*'], expected: undefined },
  { name: 'another sysctl than the node allows', spec: { securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } }, allowedUnsafeSysctls: ['kernel.msg*', 'net.core.somax'], expected: 'SysctlForbidden' },
  { name: 'a sysctl of the network of the host', spec: { hostNetwork: true, securityContext: { sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] } }, expected: 'SysctlForbidden' },
  { name: 'groups that the runtime cannot keep to', spec: strict, expected: 'SupplementalGroupsPolicyNotSupported' },
  { name: 'groups that the runtime keeps to', spec: strict, features: { supplementalGroupsPolicy: true }, expected: undefined },
  { name: 'a profile on a machine without AppArmor', spec: confined, expected: 'AppArmor' },
  { name: 'a profile on a machine with AppArmor', spec: confined, hasAppArmor: true, expected: undefined },
  { name: 'no profile on a machine without AppArmor', spec: { securityContext: { appArmorProfile: { type: 'Unconfined' } } }, expected: undefined },
  { name: 'a taken port', spec: onPort, others: [pod(onPort)], expected: 'NodePorts' },
  { name: 'a taint that is not tolerated', spec: { tolerations: [] }, expected: 'TaintToleration' },
  { name: 'best effort under memory pressure', spec: {}, pressures: ['MemoryPressure'], qosClass: 'BestEffort', expected: 'Evicted' },
  { name: 'burstable under memory pressure is taken', spec: {}, pressures: ['MemoryPressure'], expected: undefined },
  { name: 'anything under disk pressure', spec: {}, pressures: ['DiskPressure'], expected: 'Evicted' },
  { name: 'a critical pod for which no room can be made', spec: { ...asking({ cpu: '3' }), priority: 2_000_001_000 }, expected: 'UnexpectedAdmissionError' },
  { name: 'a critical pod without room that belongs elsewhere', spec: { ...asking({ cpu: '3' }), priority: 2_000_001_000, nodeSelector: { zone: 'b' } }, expected: 'NodeAffinity' },
  { name: 'a critical pod under disk pressure is taken', spec: { priority: 2_000_001_000 }, pressures: ['DiskPressure'], expected: undefined },
] as { name: string; spec: Partial<PodSpec>; others?: Pod[]; pressures?: string[]; qosClass?: string; hasAppArmor?: boolean; allowedUnsafeSysctls?: string[]; features?: object; expected: string | undefined }[]) {
  test(`node admission: ${name}`, () => assert.equal(refusePod(pod(spec, qosClass), { ...node, status: { ...node.status, ...(features && { features }) } } as Node, others, { pressures: new Set(pressures), hasAppArmor, allowedUnsafeSysctls })?.reason, expected));
}

const facts = { pressures: new Set<string>(), hasAppArmor: false, allowedUnsafeSysctls: [] };

test('node admission goes by the label of the pod that tells its operating system, and says which taint check failed', () => {
  const labelled = pod({});
  labelled.metadata.labels = { ...labelled.metadata.labels, 'kubernetes.io/os': 'windows' };
  assert.equal(refusePod(labelled, node, [], facts)?.reason, 'PodOSSelectorNodeLabelDoesNotMatch');
  assert.equal(refusePod(pod({ tolerations: [] }), node, [], facts)?.message, "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate");
});
