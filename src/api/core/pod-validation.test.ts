import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import type { Pod } from '../generated/core-v1.ts';
import { schemas } from '../schemas.ts';
import { pod } from './pod.ts';

const request = { group: '', version: 'v1' };
const decoder = new ObjectDecoder(schemas);

function podOf(spec: Record<string, unknown>): Pod {
  const container = { name: 'main', image: 'registry.example/app' };
  const { object } = decoder.decode<Pod>('core.v1.Pod', { metadata: { name: 'p' }, spec: { containers: [container], serviceAccountName: 'default', ...spec } });
  pod.default?.(object);
  pod.prepareForCreate?.(object, { nowMs: 0, version: 'v1', userName: 'alice', userUid: '', userGroups: [], userExtra: {} });
  return object;
}

function createFaults(spec: Record<string, unknown>): string[] {
  const object = podOf(spec);
  const errors = new FieldErrors();
  pod.validate?.(object, errors, request);
  pod.validateCreate?.(object, errors, request);
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

function withMain(fields: Record<string, unknown>): Record<string, unknown> {
  return { containers: [{ name: 'main', image: 'i', ...fields }] };
}

suite('a new pod', () => {
  for (const { name, spec, faults } of [
    { name: 'is fine as it is', spec: {}, faults: [] },
    { name: 'needs a container', spec: { containers: [] }, faults: ['spec.containers: Required value'] },
    {
      name: 'starts one container or all of them again by a rule, which may match nothing',
      spec: withMain({ restartPolicy: 'Never', restartPolicyRules: ['Restart', 'RestartAllContainers'].map((action) => ({ action, exitCodes: { operator: 'In', values: [] } })) }),
      faults: [],
    },
    {
      name: 'knows no other rules', spec: withMain({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Stop', exitCodes: { operator: 'In', values: [1] } }] }),
      faults: ['spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"'],
    },
    {
      name: 'is spread in one way a key, which is told before what is wrong with that way',
      spec: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'DoNotSchedule', minDomains: 0 }, { maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'DoNotSchedule' }] },
      faults: [
        'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{k, DoNotSchedule}"',
        'spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero',
      ],
    },
    {
      name: 'labels its volumes file by file', spec: { securityContext: { seLinuxChangePolicy: 'MountOption' } },
      faults: ['spec.securityContext.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"'],
    },
    {
      name: 'has containers with names of their own',
      spec: { containers: [{ name: 'a', image: 'i' }, { name: 'a', image: 'i' }], initContainers: [{ name: 'a', image: 'i' }] },
      faults: ['spec.containers[1].name: Duplicate value: "a"', 'spec.initContainers[0].name: Duplicate value: "a"'],
    },
    { name: 'mounts only volumes that it has', spec: withMain({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), faults: ['spec.containers[0].volumeMounts[0].name: Not found: "v"'] },
    {
      name: 'has one source a volume',
      spec: { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
      faults: ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    },
    {
      name: 'requests no more than its limits',
      spec: withMain({ resources: { limits: { cpu: '1' }, requests: { cpu: '1500m' } } }),
      faults: ['spec.containers[0].resources.requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1'],
    },
    {
      name: 'sleeps no longer than its grace period',
      spec: { terminationGracePeriodSeconds: 5, ...withMain({ lifecycle: { preStop: { sleep: { seconds: 9 } } } }) },
      faults: ['spec.containers[0].lifecycle.preStop.sleep: Invalid value: 9: must be non-negative and less than terminationGracePeriodSeconds (5)'],
    },
    {
      name: 'shares no namespace of the host without the users of the host',
      spec: { hostUsers: false, hostPID: true },
      faults: ['spec.HostPID: Forbidden: when `hostUsers` is false'],
    },
    {
      name: 'is on a node only without gates',
      spec: { nodeName: 'n', schedulingGates: [{ name: 'example.com/g' }] },
      faults: ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    },
    {
      name: 'spreads by each key in one way',
      spec: { topologySpreadConstraints: Array.from({ length: 2 }, () => ({ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} })) },
      faults: ['spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, DoNotSchedule}"'],
    },
  ]) test(name, () => assert.deepEqual(createFaults(spec), faults));
});

suite('the status of a new pod', () => {
  for (const { name, spec, qosClass } of [
    { name: 'is best effort without resources', spec: {}, qosClass: 'BestEffort' },
    { name: 'is guaranteed when all is limited at what it requests', spec: withMain({ resources: { limits: { cpu: '1', memory: '1Gi' } } }), qosClass: 'Guaranteed' },
    { name: 'is burstable between', spec: withMain({ resources: { requests: { cpu: '1' } } }), qosClass: 'Burstable' },
  ]) test(name, () => assert.equal(podOf(spec).status.qosClass, qosClass));

  test('tells of the gates that hold it', () => {
    const { conditions } = podOf({ schedulingGates: [{ name: 'example.com/g' }] }).status;
    assert.equal(conditions?.[0]?.reason, 'SchedulingGated');
  });
});

suite('an update of a pod', () => {
  for (const { name, before, after, faults } of [
    { name: 'may change an image', before: {}, after: withMain({}), faults: [] },
    { name: 'may not add a container', before: {}, after: { containers: [{ name: 'main', image: 'i' }, { name: 'b', image: 'i' }] }, faults: ['spec.containers: Forbidden: pod updates may not add or remove containers'] },
    {
      name: 'may not take a toleration away',
      before: { tolerations: [{ key: 'a', operator: 'Exists' }] }, after: {},
      faults: ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    },
    {
      name: 'may add no gate',
      before: {}, after: { schedulingGates: [{ name: 'example.com/g' }] },
      faults: ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'example.com/g'"],
    },
    { name: 'may not lengthen the deadline', before: { activeDeadlineSeconds: 5 }, after: { activeDeadlineSeconds: 6 }, faults: ['spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value'] },
  ]) test(name, () => {
    const errors = new FieldErrors();
    pod.validateUpdate?.(podOf(after), podOf(before), errors, request);
    assert.deepEqual(errors.causes.map((cause) => `${cause.field}: ${cause.message}`), faults);
  });

  test('shows what else it would change', () => {
    const errors = new FieldErrors();
    pod.validateUpdate?.(podOf({ nodeSelector: { a: 'c' } }), podOf({ nodeSelector: { a: 'b' } }), errors, request);
    const message = errors.causes[0]?.message ?? '';
    assert.match(message, /^Forbidden: pod updates may not change fields other than /);
    assert.ok(message.endsWith('\n  "NodeSelector": {\n-  "a": "b"\n+  "a": "c"\n  },\n  "ServiceAccountName": "default",\n  "AutomountServiceAccountToken": null,\n'), message);
  });
});
