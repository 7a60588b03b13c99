import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { createFaults, createWarnings, made, statusFaults, updateFaults, type Fields } from '../../../test/support/kind-faults.ts';
import { lease } from '../coordination/lease.ts';
import type { KindDefinition } from '../kind.ts';
import { runtimeClass } from '../node/runtime-class.ts';
import { podDisruptionBudget } from '../policy/pod-disruption-budget.ts';
import { csiStorageCapacity } from '../storage/csi-storage-capacity.ts';
import { storageClass } from '../storage/storage-class.ts';
import { endpoints } from './endpoints.ts';
import { limitRange } from './limit-range.ts';
import { node } from './node.ts';
import { persistentVolume } from './persistent-volume.ts';
import { pod } from './pod.ts';
import { resourceQuota } from './resource-quota.ts';
import { secret } from './secret.ts';
import { serviceAccount } from './service-account.ts';

interface Row {
  readonly name: string;
  readonly kind: KindDefinition;
  readonly fields: Fields;
  readonly expected: string[];
}

const scopes = (matchExpressions: Fields[], hard: Fields): Fields => ({ spec: { hard, scopeSelector: { matchExpressions } } });
const pem = (type: string): string => Buffer.from(`-----BEGIN ${type}-----\nAA==\n-----END ${type}-----\n`).toString('base64');
const tls = (crt: string, key: string): Fields => ({ type: 'kubernetes.io/tls', data: { 'tls.crt': crt, 'tls.key': key } });

const NAME_PART = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

suite('what is wrong with new quotas, endpoints and classes', () => {
  const cases: readonly Row[] = [
    {
      name: 'a scope for two that it does not count', kind: resourceQuota, fields: scopes([{ scopeName: 'BestEffort', operator: 'Exists' }], { cpu: '1', memory: '1', pods: '1' }),
      expected: Array<string>(2).fill('spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"BestEffort","Operator":"Exists","Values":null}]}: unsupported scope applied to resource'),
    },
    { name: 'scopes that exclude each other', kind: resourceQuota, fields: scopes([{ scopeName: 'BestEffort', operator: 'Exists' }, { scopeName: 'NotBestEffort', operator: 'Exists' }], { pods: '1' }), expected: ['spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes'] },
    { name: 'names that are none', kind: resourceQuota, fields: { spec: { hard: { 'a b': '1', 'requests.hugepages-2Mi': '1', 'limits.hugepages-2Mi': '1' } } }, expected: [
      `spec.hard[a b]: Invalid value: "a b": ${NAME_PART}`, 'spec.hard[a b]: Invalid value: "a b": must be a standard resource for quota',
      'spec.hard[limits.hugepages-2Mi]: Invalid value: "limits.hugepages-2Mi": must be a standard resource type or fully qualified', 'spec.hard[limits.hugepages-2Mi]: Invalid value: "limits.hugepages-2Mi": must be a standard resource for quota',
    ] },
    { name: 'an unknown scope', kind: resourceQuota, fields: { spec: { hard: { 'requests.storage': '1' }, scopes: ['X'] } }, expected: ['spec.scopes: Invalid value: ["X"]: unsupported scope'] },
    { name: 'what is no address', kind: endpoints, fields: { subsets: [{ addresses: [{ ip: 'x' }, { ip: '0.0.0.0' }] }] }, expected: ['subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', 'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address', 'subsets[0].addresses[1].ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)'] },
    {
      name: 'addresses that only lenient parsers read', kind: endpoints, fields: { subsets: [{ addresses: [{ ip: '10.0.0.01' }, { ip: '127.0.0.01' }, { ip: '0:0:0:0:0:0:0:1' }, { ip: '::ffff:169.254.0.1' }] }] },
      expected: [
        'subsets[0].addresses[0].ip: Invalid value: "10.0.0.01": must not have leading 0s',
        'subsets[0].addresses[1].ip: Invalid value: "127.0.0.01": must not have leading 0s',
        'subsets[0].addresses[1].ip: Invalid value: "127.0.0.01": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'subsets[0].addresses[2].ip: Invalid value: "0:0:0:0:0:0:0:1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'subsets[0].addresses[3].ip: Invalid value: "::ffff:169.254.0.1": must not be an IPv4-mapped IPv6 address',
        'subsets[0].addresses[3].ip: Invalid value: "::ffff:169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      ],
    },
    { name: 'overhead of a class', kind: runtimeClass, fields: { handler: 'h', overhead: { podFixed: { x: '1', cpu: '-1' } } }, expected: ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0', 'overhead.limits[x]: Invalid value: "x": must be a standard resource type or fully qualified', 'overhead.limits[x]: Invalid value: "x": must be a standard resource for containers'] },
    { name: 'a value that is not compared', kind: runtimeClass, fields: { handler: 'h', scheduling: { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] } }, expected: ["scheduling.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"] },
    { name: 'options of a volume that takes none', kind: persistentVolume, fields: { metadata: { annotations: { 'volume.beta.kubernetes.io/mount-options': 'ro' } }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } }, expected: ['metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type'] },
  ];
  for (const { name, kind, fields, expected } of cases) test(name, () => assert.deepEqual(createFaults(kind, fields), expected));
});

suite('what changes of them tell', () => {
  test('faults of a node stand twice', () => {
    const fault = 'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"';
    assert.deepEqual(updateFaults(node, { spec: { taints: [{ key: 'a', effect: 'X' }] } }, { spec: {} }), [fault, fault]);
  });
  test('an old name of a node stays', () => {
    assert.deepEqual(updateFaults(node, { spec: { externalID: 'b' } }, { spec: { externalID: 'a' } }), ['spec.externalID: Forbidden: may not be updated']);
  });
  test('faults of a volume stand twice', () => {
    const old = { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } };
    assert.deepEqual(updateFaults(persistentVolume, { spec: { ...old.spec, accessModes: [] } }, old), ['spec.accessModes: Required value', 'spec.accessModes: Required value']);
  });
  test('endpoints that were stored pass', () => {
    const odd = { subsets: [{ addresses: [{ ip: '010.0.0.1' }] }] };
    assert.deepEqual(updateFaults(endpoints, { metadata: { labels: { a: 'b' } }, ...odd }, odd), []);
  });
  test('scopes in another order are the same', () => {
    assert.deepEqual(updateFaults(resourceQuota, { spec: { scopes: ['Terminating', 'PriorityClass', 'Terminating'] } }, { spec: { scopes: ['PriorityClass', 'Terminating'] } }), []);
  });
  test('conditions of a budget', () => {
    const condition = { type: 'A', status: 'X', observedGeneration: -1, lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'not one', message: '' };
    const status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, conditions: [condition, { ...condition, status: 'True', observedGeneration: 1, lastTransitionTime: undefined, reason: '' }] };
    assert.deepEqual(statusFaults(podDisruptionBudget, { status }, { spec: {} }).map((text) => text.slice(0, 70)), [
      'status.conditions[0].status: Unsupported value: "X": supported values:', 'status.conditions[0].observedGeneration: Invalid value: -1: must be gr',
      'status.conditions[0].reason: Invalid value: "not one": a condition rea', 'status.conditions[1].type: Duplicate value: "A"', 'status.conditions[1].lastTransitionTime: Required value: must be set',
      'status.conditions[1].reason: Required value: must be set',
    ]);
  });
  test('a budget reports no less than nothing', () => {
    assert.deepEqual(statusFaults(podDisruptionBudget, { status: { disruptionsAllowed: -1, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } }, { spec: {} }), ['status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0']);
  });
});

suite('what is dropped and filled in', () => {
  test('configuration of a kubelet', () => {
    assert.equal('configSource' in (made(node, { spec: { configSource: { configMap: { name: 'a', namespace: 'b', kubeletConfigKey: 'k' } } } }) as unknown as { spec: Fields }).spec, false);
  });
  test('an election that is not held', () => {
    assert.deepEqual((made(lease, { spec: { holderIdentity: 'a', strategy: 'OldestEmulationVersion', preferredHolder: 'b' } }) as unknown as { spec: Fields }).spec, { holderIdentity: 'a' });
  });
  test('a name of limits', () => {
    assert.equal(made(limitRange, { metadata: { name: '' }, spec: { limits: [] } }).metadata.name, 'u');
  });
});

suite('what secrets, accounts, nodes and classes are warned of', () => {
  const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const key = Buffer.from(privateKey).toString('base64');
  const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
  const cases: readonly Row[] = [
    { name: 'no certificate', kind: secret, fields: tls('', ''), expected: ['tls: failed to find any PEM data in certificate input'] },
    { name: 'the key for the certificate', kind: secret, fields: tls(key, key), expected: ['tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'] },
    { name: 'other blocks', kind: secret, fields: tls(pem('X'), key), expected: ['tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [X]'] },
    { name: 'no key', kind: secret, fields: tls(pem('CERTIFICATE'), ''), expected: ['tls: failed to find any PEM data in key input'] },
    { name: 'a certificate for a key', kind: secret, fields: tls(pem('CERTIFICATE'), pem('CERTIFICATE')), expected: ['tls: found a certificate rather than a key in the PEM for the private key'] },
    { name: 'a certificate that is none', kind: secret, fields: tls(pem('CERTIFICATE'), key), expected: ['x509: malformed certificate'] },
    { name: 'an opaque secret', kind: secret, fields: { data: { 'tls.crt': '' } }, expected: [] },
    { name: 'mountable secrets', kind: serviceAccount, fields: { metadata: { annotations } }, expected: ['metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets'] },
    { name: 'a node', kind: node, fields: { spec: { externalID: 'x', podCIDRs: ['2001:DB8::/64'] } }, expected: ['spec.externalID: this field is deprecated, and is unused by Kubernetes', 'spec.podCIDRs[0]: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")'] },
    { name: 'a class', kind: runtimeClass, fields: { handler: 'h', scheduling: { nodeSelector: { 'beta.kubernetes.io/os': 'x' } } }, expected: ['scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead'] },
    { name: 'a class of volumes', kind: storageClass, fields: { provisioner: 'a', allowedTopologies: [{ matchLabelExpressions: [{ key: 'a', values: ['b'] }, { key: 'beta.kubernetes.io/os', values: ['b'] }] }] }, expected: ['allowedTopologies[0].matchLabelExpressions[1].key: deprecated since v1.14; use "kubernetes.io/os" instead'] },
    { name: 'free space', kind: csiStorageCapacity, fields: { storageClassName: 'a', nodeTopology: { matchLabels: { 'beta.kubernetes.io/os': 'x' }, matchExpressions: [{ key: 'beta.kubernetes.io/arch', operator: 'Exists' }] } }, expected: ['nodeTopology.matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead', 'nodeTopology.matchLabels.beta.kubernetes.io/os: deprecated since v1.14; use "kubernetes.io/os" instead'] },
    { name: 'addresses of a pod', kind: pod, fields: { spec: { containers: [{ name: 'c', image: 'i' }], dnsPolicy: 'None', dnsConfig: { nameservers: ['2001:DB8::1'] }, hostAliases: [{ ip: '1.2.3.4' }, { ip: '2001:DB8::2' }] } }, expected: ['spec.dnsConfig.nameservers[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")', 'spec.hostAliases[1].ip: IPv6 address "2001:DB8::2" should be in RFC 5952 canonical format ("2001:db8::2")'] },
    { name: 'endpoints', kind: endpoints, fields: { subsets: [{ notReadyAddresses: [{ ip: '2001:DB8::1' }] }] }, expected: ['subsets[0].notReadyAddresses[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'] },
  ];
  for (const { name, kind, fields, expected } of cases) test(name, () => assert.deepEqual(createWarnings(kind, fields), expected));
});
