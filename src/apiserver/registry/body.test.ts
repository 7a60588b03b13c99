import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment } from '../../api/generated/apps-v1.ts';
import type { ConfigMap, ResourceQuota } from '../../api/generated/core-v1.ts';
import type { ApiRequest, RequestBody } from '../request.ts';
import { readDraft, readObject } from './body.ts';

const TARGET = { apiVersion: 'v1', kind: 'ConfigMap', message: 'core.v1.ConfigMap', media: ['json', 'yaml'] } as const;

/** The part of a request that reading its body needs. */
function requestWith(contentType: string, body: RequestBody | Promise<RequestBody>): ApiRequest {
  return { headers: { 'content-type': contentType }, warnings: [] as string[], readBody: () => body } as unknown as ApiRequest;
}

for (const { name, contentType, text } of [
  { name: 'JSON', contentType: 'application/json', text: '{"metadata":{"name":"m","labels":{"b":"1","a":"2"}},"data":{"k":"v"}}' },
  { name: 'YAML', contentType: 'application/yaml', text: 'metadata: { name: m, labels: { b: "1", a: "2" } }\ndata: { k: v }\n' },
]) {
  test(`a body of ${name} can be had once more as it was, whatever became of the object`, async () => {
    const draft = await readDraft(requestWith(contentType, { bytes: Buffer.from(text) }), TARGET, 'Strict');
    const first = draft.object as unknown as ConfigMap;
    assert.deepEqual(first.metadata.labels, { a: '2', b: '1' });
    (first.metadata.labels as Record<string, string>)['c'] = '3';
    first.data = {};
    const second = draft.again() as unknown as ConfigMap;
    assert.deepEqual(second.metadata.labels, { a: '2', b: '1' });
    assert.deepEqual(second.data, { k: 'v' });
    (second.data as Record<string, string>)['k'] = 'w';
    assert.deepEqual((draft.again() as unknown as ConfigMap).data, { k: 'v' });
  });
}

test('an object that came in process is not changed through what is read of it', async () => {
  const given = { metadata: { name: 'm', labels: { a: '1' } }, data: { k: 'v' } };
  const read = await readObject(requestWith('application/json', { object: given }), TARGET, 'Strict');
  read.metadata.labels = { ...read.metadata.labels, b: '2' };
  ((read as unknown as ConfigMap).data as Record<string, string>)['k'] = 'w';
  assert.deepEqual(given, { metadata: { name: 'm', labels: { a: '1' } }, data: { k: 'v' } });
});

test('a body that has come is read at once, another one as soon as it has come', async () => {
  const body = { bytes: Buffer.from('{"metadata":{"name":"m"}}') };
  assert.equal(readObject(requestWith('application/json', body), TARGET, 'Strict') instanceof Promise, false);
  const later = readObject(requestWith('application/json', Promise.resolve(body)), TARGET, 'Strict');
  assert.equal(later instanceof Promise, true);
  assert.equal((await later).metadata.name, 'm');
});

const SCALE = { apiVersion: 'apps/v1', kind: 'Deployment', message: 'apps.v1.Deployment', group: 'apps', media: ['json', 'yaml'] } as const;
const IN_FIELD = 'into Go struct field DeploymentSpec.spec.replicas of type int32';

for (const { spec, why } of [
  { spec: '"replicas":3.0', why: `number 3.0 ${IN_FIELD}` },
  { spec: '"replicas": 3e0', why: `number 3e0 ${IN_FIELD}` },
  { spec: '"replicas":2.50', why: `number 2.50 ${IN_FIELD}` },
  { spec: '"replicas":1e999', why: `number 1e999 ${IN_FIELD}` },
  { spec: '"replicas":99999999999999999999', why: `number 99999999999999999999 ${IN_FIELD}` },
  { spec: '"replicas":1234567890123456789', why: `number 1234567890123456789 ${IN_FIELD}` },
  { spec: '"paused":1.0', why: 'number into Go struct field DeploymentSpec.spec.paused of type bool' },
  { spec: '"strategy":{"rollingUpdate":{"maxSurge":1.0}}', why: 'number 1.0 into Go value of type int32' },
]) {
  test(`a whole number is refused for how it is written: ${spec}`, () => assert.throws(() => void readObject(requestWith('application/json', { bytes: Buffer.from(`{"spec":{${spec}}}`) }), SCALE, 'Warn'), {
    message: `Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal ${why}`,
  }));
}

test('a number of a body is written back as it was, the second time too', async () => {
  const body = { bytes: Buffer.from('{"metadata":{"name":"q"},"spec":{"hard":{"pods":2e3}}}') };
  const draft = await readDraft(requestWith('application/json', body), { apiVersion: 'v1', kind: 'ResourceQuota', message: 'core.v1.ResourceQuota', media: ['json'] }, 'Warn');
  const hard = (object: object): unknown => (object as ResourceQuota).spec.hard;
  assert.deepEqual([hard(draft.object), hard(draft.again())], [{ pods: '2e3' }, { pods: '2e3' }]);
});

test('fractions stand where they may: in quantities, in YAML, in fields that nobody knows', async () => {
  const container = '{"name":"c","resources":{"limits":{"cpu":1.0,"memory":1e3}}}';
  const json = `{"spec":{"replicas":3,"nobody":1.0,"template":{"spec":{"containers":[${container}]}}}}`;
  const read = await readObject(requestWith('application/json', { bytes: Buffer.from(json) }), SCALE, 'Warn') as unknown as Deployment;
  assert.deepEqual(read.spec.template.spec?.containers[0]?.resources?.limits, { cpu: '1', memory: '1e3' });
  const yaml = await readObject(requestWith('application/yaml', { bytes: Buffer.from('spec: { replicas: 3.0 }') }), SCALE, 'Warn') as unknown as Deployment;
  assert.equal(yaml.spec.replicas, 3);
});
