import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerPortOf, parsePorts, targetPortOf } from './forwarded-ports.ts';
import type { KubeJson } from './kube-json.ts';

const pod = { kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'a' }, { name: 'b', ports: [{ name: 'web', containerPort: 8080 }] }] } } as unknown as KubeJson;
const service = (clusterIP: string): KubeJson => ({ kind: 'Service', metadata: { name: 's' }, spec: { clusterIP, ports: [{ name: 'http', port: 80, targetPort: 'web' }, { name: 'plain', port: 81, targetPort: 9000 }, { name: 'same', port: 82 }] } }) as unknown as KubeJson;

for (const { text, expected } of [
  { text: '80', expected: { local: 80, remote: 8080 } }, { text: '5000:80', expected: { local: 5000, remote: 8080 } }, { text: ':http', expected: { local: 0, remote: 8080 } }, { text: 'http', expected: { local: 8080, remote: 8080 } },
  { text: '81', expected: { local: 81, remote: 9000 } }, { text: '82', expected: { local: 82, remote: 82 } },
]) {
  test(`a port of a Service leads to that of the pod: ${text}`, () => assert.deepEqual(parsePorts(text, (port) => targetPortOf(service('10.0.0.1'), pod, port)), expected));
}

test('a headless Service has no ports of its own', () => assert.equal(targetPortOf(service('None'), pod, '80'), 80));

test('a port of a pod may be named', () => assert.deepEqual(parsePorts('8000:web', (port) => containerPortOf(pod, port)), { local: 8000, remote: 8080 }));

for (const { text, message } of [
  { text: '99', message: 'Service s does not have a service port 99' }, { text: 'bad', message: "Service 's' does not have a named port 'bad'" },
]) {
  test(`says so of a port that there is not: ${text}`, () => assert.throws(() => parsePorts(text, (port) => targetPortOf(service('10.0.0.1'), pod, port)), { message }));
}

test('says so of a name that no container has', () => assert.throws(() => parsePorts('bad', (port) => containerPortOf(pod, port)), { message: "Pod 'p' does not have a named port 'bad'" }));
