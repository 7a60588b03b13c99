import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, createWarnings, statusFaults, updateFaults, type Fields } from '../../../test/support/kind-faults.ts';
import type { KindDefinition } from '../kind.ts';
import { node } from './node.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';
import { persistentVolume } from './persistent-volume.ts';
import { service } from './service.ts';

const volume = (source: Fields, others: Fields = {}): Fields => ({ spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source, ...others } });
const csi = { driver: 'd', volumeHandle: 'h' };
const claim = (others: Fields = {}): Fields => ({ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, ...others } });
const ports = { ports: [{ port: 80 }] };

interface Row {
  readonly name: string;
  readonly kind: KindDefinition;
  readonly fields: Fields;
  readonly expected: string[];
}

suite('what is wrong with new volumes, services and nodes', () => {
  const cases: readonly Row[] = [
    { name: 'a secret of a driver', kind: persistentVolume, fields: volume({ csi: { ...csi, nodeExpandSecretRef: { name: '', namespace: '' } } }), expected: ['spec.csi.nodeExpandSecretRef.name: Required value', 'spec.csi.nodeExpandSecretRef.namespace: Required value'] },
    { name: 'a namespace of glusterfs', kind: persistentVolume, fields: volume({ glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } }), expected: ['spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name'] },
    { name: 'an initiator that is too long', kind: persistentVolume, fields: volume({ iscsi: { targetPortal: 'p'.repeat(64), iqn: 'x', lun: 0, initiatorName: 'iqn.2020-01.com.example:a' } }), expected: [`spec.iscsi.targetportal: Invalid value: "${'p'.repeat(64)}": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.`, 'spec.iscsi.iqn: Invalid value: "x": must be valid format'] },
    { name: 'less than nothing', kind: persistentVolume, fields: volume({ hostPath: { path: '/x' } }, { capacity: { storage: '-1Gi' } }), expected: ['spec.capacity[storage]: Invalid value: -1073741824: must be a valid resource quantity', 'spec.capacity[storage]: Invalid value: "-1Gi": must be greater than zero'] },
    { name: 'the root, recycled', kind: persistentVolume, fields: volume({ hostPath: { path: '/x/../' } }, { persistentVolumeReclaimPolicy: 'Recycle' }), expected: ["spec.hostPath.path: Invalid value: \"/x/../\": must not contain '..'", "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"] },
    { name: 'ranges in the old annotation', kind: service, fields: { metadata: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': 'x' } }, spec: ports }, expected: ["metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer'", 'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'] },
    { name: 'a class of load balancers without one', kind: service, fields: { spec: { ...ports, loadBalancerClass: 'Bad Class' } }, expected: ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"] },
    { name: 'two ways to say one mode', kind: service, fields: { metadata: { annotations: { 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'disabled' } }, spec: ports }, expected: ['metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified'] },
    { name: 'a port of the kubelet is no fault', kind: service, fields: { spec: { type: 'LoadBalancer', ports: [{ port: 10250 }] } }, expected: [] },
    { name: 'an odd type', kind: service, fields: { spec: { ...ports, type: 'X' } }, expected: ['spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'] },
    { name: 'ranges of pods', kind: node, fields: { spec: { podCIDRs: ['10.0.0.0/24', '10.0.0.0/24'] } }, expected: ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.0.0/24"]: may specify no more than one CIDR for each IP family', 'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/24"'] },
  ];
  for (const { name, kind, fields, expected } of cases) test(name, () => assert.deepEqual(createFaults(kind, fields), expected));
});

suite('what volumes may not become', () => {
  const affinity = (key: string): Fields => ({ nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }] } } });
  const path = { hostPath: { path: '/x' } };

  test('a label may go from beta to its stable name', () => {
    assert.deepEqual(updateFaults(persistentVolume, volume(path, affinity('topology.kubernetes.io/zone')), volume(path, affinity('failure-domain.beta.kubernetes.io/zone'))), []);
  });
  test('another label may not', () => {
    const [text = ''] = updateFaults(persistentVolume, volume(path, affinity('b')), volume(path, affinity('a')));
    assert.match(text, /^nodeAffinity: Invalid value: \{"Required":\{"NodeSelectorTerms".*: field is immutable, except for updating from beta label to GA$/);
  });
  test('a class of attributes does not go', () => {
    assert.deepEqual(updateFaults(persistentVolume, volume({ csi }), volume({ csi }, { volumeAttributesClassName: 'c' })), ['spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden']);
  });
  test('a claim does not shrink below its volume', () => {
    const bound = { phase: 'Bound', capacity: { storage: '2Gi' } };
    assert.deepEqual(updateFaults(persistentVolumeClaim, claim({ resources: { requests: { storage: '1Gi' } } }), claim(), bound), ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity']);
  });
  test('a claim keeps its mode', () => {
    const texts = updateFaults(persistentVolumeClaim, claim({ volumeMode: 'Block' }), claim());
    assert.equal(texts.at(-1), 'volumeMode: Invalid value: "Block": field is immutable');
  });
  test('the annotation of the class stays', () => {
    const key = 'volume.beta.kubernetes.io/storage-class';
    const annotated = (value: string): Fields => ({ metadata: { annotations: { [key]: value } }, ...claim() });
    assert.deepEqual(updateFaults(persistentVolumeClaim, annotated('b'), annotated('a')), [`metadata.annotations.${key}: Invalid value: "b": field is immutable`]);
  });
  test('the class of attributes of a bound claim changes, and is taken back until a driver has gone by it', () => {
    const gold = claim({ volumeAttributesClassName: 'gold' });
    const bound = { phase: 'Bound' };
    const applied = { phase: 'Bound', currentVolumeAttributesClassName: 'gold' };
    for (const status of [bound, applied]) assert.deepEqual(updateFaults(persistentVolumeClaim, claim({ volumeAttributesClassName: 'silver' }), gold, status), []);
    for (const now of [claim(), claim({ volumeAttributesClassName: '' })]) assert.deepEqual(updateFaults(persistentVolumeClaim, now, gold, bound), []);
    const text = (what: string): string => `spec.volumeAttributesClassName: Forbidden: update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
    assert.deepEqual(updateFaults(persistentVolumeClaim, claim(), gold, applied), [text('nil')]);
    assert.deepEqual(updateFaults(persistentVolumeClaim, claim({ volumeAttributesClassName: '' }), gold, applied), [text('empty string')]);
  });
  test('a claim without class gets one', () => {
    assert.deepEqual(updateFaults(persistentVolumeClaim, claim({ storageClassName: 'c' }), claim()), []);
  });
});

test('a claim reports resources of its own only', () => {
  const status = { allocatedResources: { cpu: '1' }, allocatedResourceStatuses: { storage: 'Odd' } };
  assert.deepEqual(statusFaults(persistentVolumeClaim, { status }, claim()), [
    'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
    'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
  ]);
});

suite('addresses and families of services', () => {
  const both = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' };
  const one = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ipFamilies: ['IPv4'] };
  const cases: readonly { name: string; now: Fields; old: Fields; expected: string[] }[] = [
    { name: 'a second family goes', now: { ...one, ipFamilyPolicy: 'SingleStack' }, old: both, expected: [] },
    { name: 'without saying so', now: { ...one, ipFamilyPolicy: 'PreferDualStack' }, old: both, expected: ["spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the secondary clusterIP", "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the secondary ipFamily"] },
    { name: 'both change', now: { ...both, ipFamilies: ['IPv6', 'IPv4'], clusterIP: 'fd00::1', clusterIPs: ['fd00::1', '10.96.0.1'] }, old: both, expected: ['spec.clusterIPs[0]: Invalid value: ["fd00::1","10.96.0.1"]: may not change once set', 'spec.clusterIPs[1]: Invalid value: ["fd00::1","10.96.0.1"]: may not change once set', ...Array<string>(2).fill('spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set')] },
    { name: 'headless services change families', now: { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv6'] }, old: { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] }, expected: [] },
  ];
  for (const { name, now, old, expected } of cases) test(name, () => assert.deepEqual(updateFaults(service, { spec: { ...ports, ...now } }, { spec: { ...ports, ...old } }), expected));

  test('addresses without the first', () => {
    assert.deepEqual(createFaults(service, { spec: { ...ports, clusterIPs: ['None', '10.96.0.1', '10.96.0.2'] } }), [
      'spec.clusterIPs: Invalid value: ["None","10.96.0.1","10.96.0.2"]: must be empty when `clusterIP` is not specified',
      'spec.clusterIPs: Invalid value: ["None","10.96.0.1","10.96.0.2"]: \'None\' must be the first and only value', 'spec.clusterIPs: Invalid value: ["None","10.96.0.1","10.96.0.2"]: may only hold up to 2 values',
    ]);
  });
});

test('names of services may begin with a digit', () => {
  assert.deepEqual(service.validateName('1st', false), []);
  assert.equal(service.validateName('a.b', false).length, 1);
});

test('the port that tells the health of a service stays', () => {
  const balancer = (healthCheckNodePort: number): Fields => ({ spec: { ...ports, type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort } });
  assert.deepEqual(updateFaults(service, balancer(30_001), balancer(30_000)), ['spec.healthCheckNodePort: Forbidden: field is immutable']);
  assert.deepEqual(updateFaults(service, balancer(0), balancer(30_000)), []);
});

suite('what volumes and services are warned of', () => {
  const cases: readonly Row[] = [
    { name: 'a recycled volume', kind: persistentVolume, fields: volume({ cephfs: { monitors: ['m'] } }, { persistentVolumeReclaimPolicy: 'Recycle' }), expected: ['spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.', 'spec.cephfs: deprecated in v1.28, non-functional in v1.31+'] },
    { name: 'a class as an annotation', kind: persistentVolumeClaim, fields: { metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'c' } }, ...claim({ resources: { requests: { storage: '1500m' } } }) }, expected: ['metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead', 'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'] },
    { name: 'a headless service', kind: service, fields: { spec: { ...ports, clusterIP: 'None', externalIPs: ['192.0.2.1'], loadBalancerIP: '192.0.2.2', sessionAffinity: 'ClientIP' } }, expected: ['spec.loadBalancerIP is ignored for headless services', 'spec.externalIPs is ignored for headless services', 'spec.SessionAffinity is ignored for headless services'] },
    { name: 'addresses in other forms', kind: service, fields: { spec: { ...ports, type: 'LoadBalancer', externalIPs: ['2001:DB8::1'], loadBalancerSourceRanges: ['2001:0db8::/32'] } }, expected: ['spec.externalIPs[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")', 'spec.externalIPs is deprecated and may no longer be implemented in some clusters', 'spec.loadBalancerSourceRanges[0]: IPv6 CIDR value "2001:0db8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")'] },
    { name: 'a name that is not used', kind: service, fields: { spec: { ...ports, externalName: 'a.example' } }, expected: ['spec.externalName is ignored when spec.type is not "ExternalName"'] },
  ];
  for (const { name, kind, fields, expected } of cases) test(name, () => assert.deepEqual(createWarnings(kind, fields), expected));
});
