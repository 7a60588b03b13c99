import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { KindDefinition, StrategyContext } from '../kind.ts';
import { schemas } from '../schemas.ts';
import { binding } from './binding.ts';
import { configMap } from './config-map.ts';
import { endpoints } from './endpoints.ts';
import { event } from './event.ts';
import { limitRange } from './limit-range.ts';
import { namespace } from './namespace.ts';
import { node } from './node.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';
import { persistentVolume } from './persistent-volume.ts';
import { replicationController } from './replication-controller.ts';
import { resourceQuota } from './resource-quota.ts';
import { secret } from './secret.ts';
import { pod } from './pod.ts';
import { podTemplate } from './pod-template.ts';
import { service } from './service.ts';

type Fields = Record<string, unknown>;

const decoder = new ObjectDecoder(schemas);
const context: StrategyContext = { nowMs: 0, version: 'v1', userName: 'alice', userUid: '', userGroups: [], userExtra: {} };

/** As a create leaves it before validation. */
function created(kind: KindDefinition, fields: Fields, isNew = true): KubeObject {
  const { object } = decoder.decode<KubeObject>(kind.versions[0]?.message ?? '', { metadata: { name: 'x', namespace: 'n' }, ...fields });
  kind.default?.(object);
  if (isNew) kind.prepareForCreate?.(object, context);
  return object;
}

function texts(errors: FieldErrors): string[] {
  return errors.causes.map((cause) => `${cause.field}: ${cause.message}`);
}

function faults(kind: KindDefinition, fields: Fields, group = kind.group): string[] {
  const errors = new FieldErrors();
  const object = created(kind, fields);
  kind.validate?.(object, errors, { group, version: 'v1' });
  kind.validateCreate?.(object, errors, { group, version: 'v1' });
  return texts(errors);
}

function updateFaults(kind: KindDefinition, now: Fields, old: Fields): string[] {
  const errors = new FieldErrors();
  kind.validateUpdate?.(created(kind, now, false), created(kind, old, false), errors, { group: kind.group, version: 'v1' });
  return texts(errors);
}

const port = { ports: [{ port: 80 }] };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const volume = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } };

suite('what is wrong with a new object', () => {
  const cases: readonly { name: string; kind: KindDefinition; fields: Fields; expected: string[] }[] = [
    { name: 'a config map without fault', kind: configMap, fields: { data: { 'a.b': 'x' } }, expected: [] },
    { name: 'a key in both halves of a config map', kind: configMap, fields: { data: { k: 'x' }, binaryData: { k: 'AA==' } }, expected: ['data[k]: Invalid value: "k": duplicate of key present in binaryData'] },
    { name: 'a config map that is too large', kind: configMap, fields: { data: { k: 'x'.repeat(1024 * 1024 + 1) } }, expected: ['[]: Too long: may not be more than 1048576 bytes'] },
    { name: 'a TLS secret without its key', kind: secret, fields: { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, expected: ['data[tls.key]: Required value'] },
    { name: 'a docker configuration that is no JSON', kind: secret, fields: { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': 'x' } }, expected: ["data[.dockercfg]: Invalid value: \"<secret contents redacted>\": invalid character 'x' looking for beginning of value"] },
    { name: 'a docker configuration that breaks off', kind: secret, fields: { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{"auths":{},}' } }, expected: ["data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character '}' looking for beginning of object key string"] },
    { name: 'a docker configuration that is a list', kind: secret, fields: { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': '[]' } }, expected: ['data[.dockercfg]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}'] },
    { name: 'a finalizer of a namespace that belongs to nobody', kind: namespace, fields: { spec: { finalizers: ['own'] } }, expected: ['spec.finalizers: Invalid value: "own": name is neither a standard finalizer name nor is it fully qualified'] },
    { name: 'two ranges of one family on a node', kind: node, fields: { spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } }, expected: ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family'] },
    { name: 'one taint twice on a node', kind: node, fields: { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }, { key: 'a', effect: 'NoSchedule' }] } }, expected: ['metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair'] },
    { name: 'a subset without addresses', kind: endpoints, fields: { subsets: [{ ports: [{ port: 1 }] }] }, expected: ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'] },
    { name: 'an endpoint on the loopback', kind: endpoints, fields: { subsets: [{ addresses: [{ ip: '127.0.0.1' }] }] }, expected: ['subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'] },
    { name: 'an event of another namespace', kind: event, fields: { involvedObject: { namespace: 'other' } }, expected: ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'] },
    { name: 'a default of pods', kind: limitRange, fields: { spec: { limits: [{ type: 'Pod', default: { cpu: '1' } }] } }, expected: ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"] },
    { name: 'scopes that exclude each other', kind: resourceQuota, fields: { spec: { hard: { pods: '1' }, scopes: ['Terminating', 'NotTerminating'] } }, expected: ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'] },
    { name: 'a scope for what it does not count', kind: resourceQuota, fields: { spec: { hard: { cpu: '1' }, scopes: ['BestEffort'] } }, expected: ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'] },
    { name: 'a controller whose pods it would not find', kind: replicationController, fields: { spec: { selector: { a: 'b' }, template: { metadata: { labels: { a: 'c' } }, spec: { containers: [{ name: 'm', image: 'i' }] } } } }, expected: ['spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`'] },
    { name: 'a volume of two sorts', kind: persistentVolume, fields: { spec: { ...volume, nfs: { server: 's', path: '/p' } } }, expected: ['spec.nfs: Forbidden: may not specify more than 1 volume type'] },
    { name: 'a local volume without a node', kind: persistentVolume, fields: { spec: { ...volume, hostPath: undefined, local: { path: '/x' } } }, expected: ['spec.nodeAffinity: Required value: Local volume requires node affinity'] },
    { name: 'a claim of nothing', kind: persistentVolumeClaim, fields: { spec: {} }, expected: ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value'] },
    { name: 'a service without ports', kind: service, fields: { spec: {} }, expected: ['spec.ports: Required value'] },
    { name: 'node ports of a cluster address', kind: service, fields: { spec: { ports: [{ port: 80, nodePort: 30000 }] } }, expected: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"] },
    { name: 'one port twice', kind: service, fields: { spec: { ports: [{ name: 'a', port: 80 }, { name: 'b', port: 80 }] } }, expected: ['spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'] },
    { name: 'a name without a name', kind: service, fields: { spec: { type: 'ExternalName' } }, expected: ['spec.externalName: Required value'] },
    { name: 'a binding to what is no node', kind: binding, fields: { target: { kind: 'Pod', name: 'n' } }, expected: ['target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'] },
  ];
  for (const { name, kind, fields, expected } of cases) test(name, () => assert.deepEqual(faults(kind, fields), expected));

  test('events of the newer group need a time', () => {
    assert.deepEqual(faults(event, { involvedObject: { namespace: 'n' }, type: 'Normal' }, 'events.k8s.io'), ['eventTime: Required value']);
  });
});

suite('what an update may not do', () => {
  const cases: readonly { name: string; kind: KindDefinition; now: Fields; old: Fields; expected: RegExp }[] = [
    { name: 'change the type of a secret', kind: secret, now: { type: 'a' }, old: { type: 'b' }, expected: /^type: Invalid value: "a": field is immutable$/ },
    { name: 'change what is immutable', kind: configMap, now: { immutable: true, data: { a: 'c' } }, old: { immutable: true, data: { a: 'b' } }, expected: /^data: Forbidden: field is immutable when `immutable` is set$/ },
    { name: 'move a node to another range', kind: node, now: { spec: { podCIDR: '10.0.1.0/24' } }, old: { spec: { podCIDR: '10.0.0.0/24' } }, expected: /^spec\.podCIDRs: Forbidden: node updates may not change podCIDR/ },
    { name: 'change the source of a volume', kind: persistentVolume, now: { spec: { ...volume, hostPath: { path: '/y' } } }, old: { spec: volume }, expected: /^spec\.persistentvolumesource: Forbidden: .* immutable after creation\n@@ -2,7 \+2,7 @@\n/s },
    { name: 'change what a claim asks for', kind: persistentVolumeClaim, now: { spec: { ...claim, accessModes: ['ReadWriteMany'] } }, old: { spec: claim }, expected: /^spec: Forbidden: spec is immutable after creation except resources\.requests/ },
    { name: 'change an address', kind: service, now: { spec: { ...port, clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2'] } }, old: { spec: { ...port, clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] } }, expected: /^spec\.clusterIPs\[0\]: Invalid value: \["10\.96\.0\.2"\]: may not change once set$/ },
    { name: 'change the scopes of a quota', kind: resourceQuota, now: { spec: { scopes: ['BestEffort'] } }, old: { spec: {} }, expected: /^spec\.scopes: Invalid value: \["BestEffort"\]: field is immutable$/ },
  ];
  for (const { name, kind, now, old, expected } of cases) test(name, () => assert.match(updateFaults(kind, now, old).join('; '), expected));
});

suite('what is filled in', () => {
  test('texts of a secret become data', () => {
    assert.partialDeepStrictEqual(created(secret, { data: { a: 'eA==' }, stringData: { b: 'y' } }), { type: 'Opaque', data: { a: 'eA==', b: 'eQ==' } });
  });
  test('a namespace is held by the server and labelled with its name', () => {
    assert.partialDeepStrictEqual(created(namespace, {}), {
      metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' },
    });
  });
  test('annotations by which the first pods told of init containers go', () => {
    const annotations = { 'pod.beta.kubernetes.io/init-containers': '[]', kept: 'yes' };
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    assert.deepEqual(created(pod, { metadata: { name: 'x', annotations }, spec }).metadata.annotations, { kept: 'yes' });
    const { template } = created(podTemplate, { template: { metadata: { annotations: { 'pod.alpha.kubernetes.io/init-container-statuses': '[]' } }, spec } }) as KubeObject & { template: KubeObject };
    assert.equal(template.metadata.annotations, undefined);
  });
  test('a limit range fills defaults from its bounds', () => {
    assert.partialDeepStrictEqual(created(limitRange, { spec: { limits: [{ type: 'Container', max: { cpu: '2' } }] } }), {
      spec: { limits: [{ default: { cpu: '2' }, defaultRequest: { cpu: '2' } }] },
    });
  });
  test('an update of a service keeps what was allocated', () => {
    const old = created(service, { spec: { ...port, type: 'NodePort', clusterIP: '10.96.0.1' } }) as KubeObject & { spec: { ports: { nodePort: number }[] } };
    for (const one of old.spec.ports) one.nodePort = 30_000;
    const now = created(service, { spec: { ...port, type: 'NodePort' } }, false);
    service.prepareForUpdate?.(now as never, old as never, context);
    assert.partialDeepStrictEqual(now, { spec: { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ports: [{ nodePort: 30_000 }] } });
  });
  test('a service that becomes a name gives back what it had', () => {
    const old = created(service, { spec: { ...port, clusterIP: '10.96.0.1', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } });
    const now = { ...structuredClone(old), spec: { ...structuredClone((old as unknown as { spec: Fields }).spec), type: 'ExternalName', externalName: 'a.example' } };
    service.prepareForUpdate?.(now as never, old as never, context);
    assert.deepEqual(Object.keys(now.spec).filter((key) => /^(clusterIP|ipFamil|internal)/.test(key)), []);
  });
  test('events keep their content in both groups', () => {
    const [, newer] = event.versions;
    const old = created(event, { involvedObject: { name: 'p' }, message: 'm', source: { component: 'c' }, count: 2, firstTimestamp: '2020-01-01T00:00:00Z' });
    const shown = newer?.fromStorage?.(old);
    assert.partialDeepStrictEqual(shown, { apiVersion: 'events.k8s.io/v1', regarding: { name: 'p' }, note: 'm', deprecatedSource: { component: 'c' }, deprecatedCount: 2 });
    assert.partialDeepStrictEqual(shown && newer?.toStorage?.(shown), { involvedObject: { name: 'p' }, message: 'm', source: { component: 'c' }, count: 2 });
  });
});
