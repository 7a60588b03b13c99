import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../http/request-info.ts';
import { RequestMetrics } from './request-metrics.ts';

function linesOf(metrics: RequestMetrics, name: string): string[] {
  return metrics.text().split('\n').filter((line) => line.startsWith(`${name}{`));
}

for (const { name, method, path, watch, dryRun, expected } of [
  { name: 'create', method: 'POST', path: '/api/v1/namespaces/a/pods', dryRun: 'All', expected: 'component="apiserver",dry_run="All",group="",resource="pods",scope="resource",subresource="",verb="POST",version="v1"' },
  { name: 'list', method: 'GET', path: '/apis/apps/v1/deployments', expected: 'component="apiserver",dry_run="",group="apps",resource="deployments",scope="cluster",subresource="",verb="LIST",version="v1"' },
  { name: 'update of a status', method: 'PUT', path: '/api/v1/namespaces/a/pods/p/status', expected: 'component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="status",verb="PUT",version="v1"' },
  { name: 'watch', method: 'GET', path: '/api/v1/namespaces/a/pods', watch: 'true', expected: 'component="apiserver",dry_run="",group="",resource="pods",scope="namespace",subresource="",verb="WATCH",version="v1"' },
  { name: 'a check', method: 'GET', path: '/livez/ping', expected: 'component="apiserver",dry_run="",group="",resource="",scope="",subresource="/livez",verb="GET",version=""' },
] as { name: string; method: string; path: string; watch?: string; dryRun?: string; expected: string }[]) test(`labels: ${name}`, () => {
  const metrics = new RequestMetrics();
  const done = metrics.begin(requestInfo(method, path, (key) => (key === 'watch' ? watch : undefined)), dryRun);
  const lasting = linesOf(metrics, 'apiserver_longrunning_requests');
  assert.equal(lasting.length, watch ? 1 : 0);
  done(200, 30);
  assert.deepEqual(linesOf(metrics, 'apiserver_request_total'), [`apiserver_request_total{code="200",${expected}} 1`]);
  assert.equal(linesOf(metrics, 'apiserver_request_duration_seconds_count').length, watch ? 0 : 1);
});

test('whatever clients ask for, the metrics stay small', () => {
  const metrics = new RequestMetrics();
  for (let i = 0; i < 6000; i++) metrics.begin(requestInfo('GET', `/apis/g${i}/v1/things`, () => undefined))(404, 1);
  assert.ok(linesOf(metrics, 'apiserver_request_total').length <= 4001);
  assert.match(metrics.text(), /verb="other",version=""\} 2000/);
});
