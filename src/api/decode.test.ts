import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDecodeError, ObjectDecoder } from '../apimachinery/schema/decode.ts';
import { duplicateFields, hasDuplicateKeys } from '../apimachinery/schema/duplicate-keys.ts';
import { unknownFields } from '../apimachinery/schema/unknown-fields.ts';
import { schemas } from './schemas.ts';

const decoder = new ObjectDecoder(schemas);

for (const { name, message, body, expected } of [
  {
    name: 'writes struct values and required fields, drops empty optional ones', message: 'apps.v1.Deployment',
    body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', labels: {}, finalizers: [] }, spec: { replicas: 0, selector: { matchLabels: { b: '1', a: '2' } }, template: { spec: { containers: [{ name: 'c', args: [], resources: {} }] } } } },
    expected: { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'd' }, spec: { replicas: 0, selector: { matchLabels: { a: '2', b: '1' } }, template: { metadata: {}, spec: { containers: [{ name: 'c', resources: {} }] } }, strategy: {} }, status: {} },
  },
  {
    name: 'drops the zero value of an omitempty field that is no pointer, keeps that of a pointer', message: 'core.v1.Pod',
    body: { metadata: {}, spec: { hostNetwork: false, terminationGracePeriodSeconds: 0, nodeName: '', containers: null } },
    expected: { metadata: {}, spec: { terminationGracePeriodSeconds: 0, containers: null }, status: {} },
  },
  {
    name: 'normalises quantities and times', message: 'core.v1.Pod',
    body: { metadata: { creationTimestamp: '2024-01-01T01:00:00+01:00' }, spec: { containers: [{ name: 'c', resources: { limits: { memory: '1024Mi', cpu: 0.5 } } }] } },
    expected: { metadata: { creationTimestamp: '2024-01-01T00:00:00Z' }, spec: { containers: [{ name: 'c', resources: { limits: { cpu: '500m', memory: '1Gi' } } }] }, status: {} },
  },
  {
    name: 'treats null as absent', message: 'core.v1.ConfigMap', body: { metadata: { name: 'a', creationTimestamp: null }, data: { k: null }, immutable: null },
    expected: { metadata: { name: 'a' }, data: { k: '' } },
  },
  { name: 'keeps times that Go writes as null', message: 'core.v1.Event', body: { metadata: {}, involvedObject: {} },
    expected: { metadata: {}, involvedObject: {}, source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: null, reportingComponent: '', reportingInstance: '' } },
]) test(name, () => assert.deepEqual(decoder.decode(message, body).object, expected));

for (const { message, body, text } of [
  { message: 'apps.v1.Deployment', body: { spec: { replicas: '3' } }, text: 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32' },
  { message: 'apps.v1.Deployment', body: { spec: { replicas: 1.5 } }, text: 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32' },
  { message: 'core.v1.Service', body: { spec: { ports: [{ targetPort: 2 ** 31 }] } }, text: 'json: cannot unmarshal number 2147483648 into Go value of type int32' },
  { message: 'core.v1.ConfigMap', body: { data: { a: 1 } }, text: 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string' },
  { message: 'core.v1.ConfigMap', body: { metadata: { name: 5 } }, text: 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string' },
  { message: 'core.v1.ConfigMap', body: { metadata: [] }, text: 'json: cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta' },
  { message: 'core.v1.Secret', body: { data: { a: 'not base64!' } }, text: 'illegal base64 data at input byte 3' },
  { message: 'core.v1.Pod', body: { spec: { containers: { name: 'x' } } }, text: 'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container' },
  { message: 'core.v1.Service', body: { spec: { ports: [{ port: 'eighty' }] } }, text: 'json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32' },
  { message: 'meta.v1.DeleteOptions', body: { gracePeriodSeconds: 'x' }, text: 'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64' },
  { message: 'coordination.v1.Lease', body: { spec: { renewTime: 'yesterday' } }, text: 'parsing time "yesterday" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "yesterday" as "2006"' },
]) test(`refuses: ${text}`, () => assert.throws(() => decoder.decode(message, body), (error: unknown) => isDecodeError(error) && error.message === text));

test('tells that there are unknown fields, and names them in the order of the body', () => {
  const body = { metadata: { nope: 1 }, spec: { template: { kind: 'x', spec: { containers: [{ name: 'm', imag: 'z', ports: [{ prot: 'x' }] }] } }, replica: 3 }, Status: {} };
  assert.equal(decoder.decode('apps.v1.Deployment', body).hasUnknown, true);
  assert.equal(decoder.decode('apps.v1.Deployment', { kind: 'a', apiVersion: 'b', metadata: {}, spec: {} }).hasUnknown, false);
  assert.equal(decoder.decode('resource.v1.ResourceClaimTemplate', { kind: 'a', apiVersion: 'b', metadata: {}, spec: { spec: {} } }).hasUnknown, false);
  assert.deepEqual(unknownFields(schemas, 'apps.v1.Deployment', body), [
    'unknown field "metadata.nope"', 'unknown field "spec.template.kind"', 'unknown field "spec.template.spec.containers[0].imag"',
    'unknown field "spec.template.spec.containers[0].ports[0].prot"', 'unknown field "spec.replica"', 'unknown field "Status"',
  ]);
});

test('finds duplicate keys, and only looks for them when there are some', () => {
  const text = '{"metadata":{"name":"b:","name":"b"},"data":{"a":"1","a":"\\":2","a":"3"},"list":[{"x":1},{"x":1,"x":2}]}';
  assert.equal(hasDuplicateKeys(text, JSON.parse(text)), true);
  assert.deepEqual(duplicateFields(text), ['duplicate field "metadata.name"', 'duplicate field "data.a"', 'duplicate field "list[1].x"']);
  assert.equal(hasDuplicateKeys('{ "a" : "x\\\\", "b": ["c:", {"d": 1}] }', JSON.parse('{ "a" : "x\\\\", "b": ["c:", {"d": 1}] }')), false);
});

test('keys such as __proto__ are only keys', () => {
  const { object } = decoder.decode<{ data: Record<string, string> }>('core.v1.ConfigMap', JSON.parse('{"metadata":{},"data":{"__proto__":"x","constructor":"y"}}'));
  assert.equal(JSON.stringify(object), '{"metadata":{},"data":{"__proto__":"x","constructor":"y"}}');
});

test('every message of the catalogue can be compiled', () => {
  for (const one of schemas.packages) for (const name of Object.keys(one.messages)) decoder.decode(`${one.name}.${name}`, {});
});

test('tells the first mistake in the order of the body, and keeps the order of maps where it is asked to', () => {
  const wrong = (body: object): string => {
    try {
      decoder.decode('core.v1.ConfigMap', body);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return '';
  };
  assert.match(wrong({ data: { a: 1 }, metadata: { name: true } }), /cannot unmarshal number into Go struct field ConfigMap\.data/);
  assert.match(wrong({ metadata: { name: true }, data: { a: 1 } }), /cannot unmarshal bool into Go struct field ObjectMeta\.metadata\.name/);
  const { object } = new ObjectDecoder(schemas, { sortsMaps: false }).decode<{ data: object }>('core.v1.ConfigMap', { data: { b: '1', a: '2' } });
  assert.deepEqual(Object.keys(object.data), ['b', 'a']);
  const { object: rules } = decoder.decode('autoscaling.v2.HPAScalingRules', { policies: [] });
  assert.deepEqual(rules, { policies: [] });
});

test('of a body that nobody else has, takes what is in order already as it is, and makes only the rest anew', () => {
  const own = new ObjectDecoder(schemas, { sharesParts: true });
  const body = { metadata: { name: 'p', labels: { a: '1' } }, spec: { nodeName: 'n', containers: [{ name: 'c', resources: {} }] }, status: { phase: 'Running', podIPs: [] } };
  const { object } = own.decode<{ metadata: { labels: object }; spec: { containers: unknown[] }; status: object }>('core.v1.Pod', body);
  assert.deepEqual(object, { ...body, status: { phase: 'Running' } });
  assert.equal(object.metadata, body.metadata);
  assert.deepEqual(Object.keys(object.spec), ['containers', 'nodeName']);
  assert.equal(object.spec.containers, body.spec.containers);
  assert.notEqual(object.status, body.status);
  assert.deepEqual(body.status, { phase: 'Running', podIPs: [] });
  const later = own.decode<typeof object>('core.v1.Pod', { ...object, metadata: { labels: { b: '1', a: '2' } } }, object).object;
  assert.equal(later.spec, object.spec);
  assert.deepEqual(Object.keys(later.metadata.labels), ['a', 'b']);
  const { object: made } = own.decode<{ status: { phase?: string } }>('core.v1.Pod', { metadata: {}, spec: { containers: [] } });
  made.status.phase = 'Pending'; // what the decoder adds is the object's own
  const { object: anew } = decoder.decode<typeof object>('core.v1.Pod', body);
  assert.notEqual(anew.metadata, body.metadata);
  assert.deepEqual(anew, object);
});
