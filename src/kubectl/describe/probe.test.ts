import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeText } from './probe.ts';

const times = { initialDelaySeconds: 1, timeoutSeconds: 2, periodSeconds: 3, successThreshold: 1, failureThreshold: 4 };

for (const { name, probe, expected } of [
  { name: 'of a command', probe: { exec: { command: ['cat', '/ready'] } }, expected: 'exec [cat /ready]' },
  { name: 'over HTTP, with a path that begins with no slash', probe: { httpGet: { scheme: 'HTTP', port: 8080, path: 'healthz' } }, expected: 'http-get http://:8080/healthz' },
  { name: 'over HTTP, with what has to be escaped', probe: { httpGet: { scheme: 'HTTPS', host: 'a b', port: 'web', path: '/a b?c=(d)' } }, expected: 'http-get https://a%20b:web/a%20b%3Fc=%28d%29' },
  { name: 'over HTTP, at an IPv6 address', probe: { httpGet: { scheme: 'HTTP', host: '::1', port: 80 } }, expected: 'http-get http://[::1]:80' },
  { name: 'over TCP', probe: { tcpSocket: { port: 'db' } }, expected: 'tcp-socket :db' },
  { name: 'over gRPC', probe: { grpc: { port: 9, service: 's' } }, expected: 'grpc <pod>:9 s' },
  { name: 'of no known kind', probe: {}, expected: 'unknown' },
]) {
  test(`describes a probe ${name}`, () => assert.equal(probeText({ ...probe, ...times }), `${expected} delay=1s timeout=2s period=3s #success=1 #failure=4`));
}
