import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, type Fields } from '../../../../test/support/kind-faults.ts';
import { persistentVolume } from '../persistent-volume.ts';
import { pod } from '../pod.ts';

const main = { name: 'main', image: 'i' };
const spec = (fields: Fields, container: Fields = {}): Fields => ({ spec: { containers: [{ ...main, ...container }], ...fields } });
const env = (...valueFrom: Fields[]): Fields => ({ env: valueFrom.map((one, i) => ({ name: `V${i}`, valueFrom: one })) });
const file = (fields: Fields): Fields => ({ fileKeyRef: { volumeName: 'v', path: 'p', key: 'K', ...fields } });
const scratch = { volumes: [{ name: 'v', emptyDir: {} }, { name: 'host', hostPath: { path: '/x' } }] };
const claimTemplate = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } } };
const LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

suite('files and fields that variables come from', () => {
  const at = 'spec.containers[0].env[0].valueFrom';
  const cases: readonly { name: string; fields: Fields; expected: string[] }[] = [
    { name: 'no fault: a file in a directory of the pod, wherever it starts', fields: spec(scratch, env(file({ path: '/..a' }))), expected: [] },
    { name: 'a file of a volume that is not there', fields: spec({}, env(file({}))), expected: [`${at}.fileKeyRef.volumeName: Not found: "v"`] },
    { name: 'a file of another kind of volume', fields: spec(scratch, env(file({ volumeName: 'host' }))), expected: [`${at}.fileKeyRef.volumeName: Invalid value: "host": referenced volume must be of type emptyDir`] },
    { name: 'a file that is named badly', fields: spec(scratch, env(file({ volumeName: 'V', path: 'a/../b' }))), expected: [
      `${at}.fileKeyRef.volumeName: Invalid value: "V": ${LABEL}`, `${at}.fileKeyRef.path: Invalid value: "a/../b": must not contain '..'`, `${at}.fileKeyRef.volumeName: Not found: "V"`,
    ] },
    { name: 'no fault: all of a map whose name ends in a dash', fields: spec({}, { envFrom: [{ configMapRef: { name: 'a-' } }, { secretRef: { name: 'b-' } }] }), expected: [] },
    { name: 'an annotation is named in lower case', fields: spec({}, env({ fieldRef: { fieldPath: "metadata.annotations['A/B/C']" } })), expected: [
      `${at}.fieldRef: Invalid value: "a/b/c": a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ] },
    { name: 'a divisor of what is no resource is not judged', fields: spec({}, env({ resourceFieldRef: { resource: 'cpu', divisor: '3' } })), expected: [
      `${at}.resourceFieldRef.resource: Unsupported value: "cpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"`,
    ] },
  ];
  for (const { name, fields, expected } of cases) test(name, () => assert.deepEqual(createFaults(pod, fields), expected));
});

suite('only the first source of a volume is looked into', () => {
  const volume = (fields: Fields): Fields => spec({ volumes: [{ name: 'a', ...fields }] });
  const disk = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] };
  test('a claim that is made beside another source', () => {
    assert.deepEqual(createFaults(pod, volume({ emptyDir: {}, ephemeral: { volumeClaimTemplate: { spec: {} } } })), ['spec.volumes[0].ephemeral: Forbidden: may not specify more than 1 volume type']);
  });
  test('an image without a name', () => {
    assert.deepEqual(createFaults(pod, volume({ image: { pullPolicy: 'Sometimes' } })), [
      'spec.volumes[0].image.reference: Required value', 'spec.volumes[0].image.pullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ]);
  });
  test('a claim whose name would be none', () => {
    const [fault = ''] = createFaults(pod, { metadata: { name: 'p'.repeat(252) }, ...volume({ ephemeral: { volumeClaimTemplate: claimTemplate } }) });
    assert.match(fault, /^spec\.volumes\[0\]\.name: Invalid value: "a": PVC name "p+-a": must be no more than 253 characters$/);
  });
  test('a driver of the old interface stands beside anything in persistent volumes', () => {
    assert.deepEqual(createFaults(persistentVolume, { spec: { ...disk, hostPath: { path: '/x' }, flexVolume: { driver: 'd', options: { 'k8s.io/x': 'y' } } } }), [
      'spec.flexVolume.options[k8s.io/x]: Invalid value: "k8s.io/x": kubernetes.io and k8s.io namespaces are reserved',
    ]);
  });
  test('a local disk without a node', () => {
    assert.deepEqual(createFaults(persistentVolume, { spec: { ...disk, local: { path: '/a/..' } } }), ["spec.local.path: Invalid value: \"/a/..\": must not contain '..'", 'spec.nodeAffinity: Required value: Local volume requires node affinity']);
  });
  test('a mode that is none is no other mode', () => {
    assert.deepEqual(createFaults(persistentVolume, { spec: { ...disk, accessModes: ['ReadWriteOncePod', 'Some'], hostPath: { path: '/x' } } }), [
      'spec.accessModes: Unsupported value: "Some": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ]);
  });
});

suite('what pods of their own users, of Windows and of nodes may not have', () => {
  const huge = { 'hugepages-2Mi': '4Mi', cpu: '1' };
  const cases: readonly { name: string; fields: Fields; expected: string[] }[] = [
    { name: 'devices', fields: spec({ hostUsers: false, volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'c' } }] }, { volumeDevices: [{ name: 'd', devicePath: '/dev/x' }] }), expected: ['spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false'] },
    { name: 'resources that containers share', fields: spec({ os: { name: 'windows' }, resources: { limits: { bogus: '1' } } }), expected: ['spec.resources: Forbidden: may not be set for a windows pod'] },
    { name: 'claims of devices in a static pod', fields: { metadata: { annotations: { 'kubernetes.io/config.mirror': 'm' } }, ...spec({ nodeName: 'n', resourceClaims: [{ name: '' }] }) }, expected: [': Forbidden: static pods do not support resource claims'] },
    { name: 'more large pages than the pod', fields: spec({ resources: { limits: { ...huge, 'hugepages-2Mi': '2Mi' }, requests: { ...huge, 'hugepages-2Mi': '2Mi' } } }, { resources: { limits: huge } }), expected: [
      'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container requests of 4Mi',
      'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
      'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must be less than or equal to pod limits of 2Mi',
    ] },
    { name: 'a part of a large page, and no limit', fields: spec({}, { resources: { requests: { 'hugepages-2Mi': '3Mi', cpu: '1' } } }), expected: [
      'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources', 'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
    ] },
  ];
  for (const { name, fields, expected } of cases) test(name, () => assert.deepEqual(createFaults(pod, fields), expected));
});

suite('how containers start again', () => {
  const policy = (restartPolicy: string): Fields => ({ resizePolicy: [{ resourceName: 'cpu', restartPolicy }] });
  test('what runs once is not started anew for its resources', () => {
    const at = 'spec.initContainers[0].resizePolicy[0].restartPolicy';
    assert.deepEqual(createFaults(pod, spec({ initContainers: [{ name: 'a', image: 'i', ...policy('RestartContainer') }] })), [`${at}: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`]);
    assert.deepEqual(createFaults(pod, spec({ initContainers: [{ name: 'a', image: 'i', restartPolicy: 'Always', ...policy('RestartContainer') }] })), []);
  });
  test('nothing is started anew in a pod that never does', () => {
    assert.deepEqual(createFaults(pod, spec({ restartPolicy: 'Never' }, policy('RestartContainer'))), ["spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'"]);
  });
});
