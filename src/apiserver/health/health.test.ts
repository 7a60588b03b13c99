import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../http/request-info.ts';
import { type ApiRequest, Query } from '../request.ts';
import { HealthPaths } from './health.ts';
import { stepChecks } from './steps.ts';

const done = new Set<string>();
const health = new HealthPaths([{ name: 'ping', check: () => undefined }, ...stepChecks(['poststarthook/rbac/bootstrap-roles'], (name) => done.has(name)), { name: 'shutdown', readinessOnly: true, check: () => undefined }]);

function ask(path: string, query = '', method = 'GET'): string {
  const answer = health.handle({ info: requestInfo(method, path, () => undefined), method, query: Query.parse(query), headers: {} } as unknown as ApiRequest);
  return answer?.type === 'bytes' ? `${answer.status} ${Buffer.from(answer.bytes).toString()}` : 'another answer';
}

for (const { name, isDone, path, query, expected } of [
  { name: 'a step that has not ended', isDone: false, path: '/readyz', expected: '500 [+]ping ok\n[-]poststarthook/rbac/bootstrap-roles failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n' },
  { name: 'a step that is left out', isDone: false, path: '/livez', query: 'verbose&exclude=poststarthook/rbac/bootstrap-roles', expected: '200 [+]ping ok\n[+]poststarthook/rbac/bootstrap-roles excluded: ok\nlivez check passed\n' },
  { name: 'a check alone', isDone: true, path: '/livez/poststarthook/rbac/bootstrap-roles', expected: '200 ok' },
  { name: 'all', isDone: true, path: '/readyz', query: 'verbose', expected: '200 [+]ping ok\n[+]poststarthook/rbac/bootstrap-roles ok\n[+]shutdown ok\nreadyz check passed\n' },
  { name: 'briefly', isDone: true, path: '/healthz', expected: '200 ok' },
] as { name: string; isDone: boolean; path: string; query?: string; expected: string }[]) test(name, () => {
  if (isDone) done.add('poststarthook/rbac/bootstrap-roles');
  else done.clear();
  assert.equal(ask(path, query), expected);
});

test('any method asks, and a check that there is not is no page', () => {
  done.add('poststarthook/rbac/bootstrap-roles');
  assert.deepEqual([ask('/healthz', '', 'POST'), ask('/livez/ping', '', 'DELETE'), ask('/livez/shutdown')], ['200 ok', '200 ok', '404 404 page not found\n']);
});

test('what was answered is counted', () => {
  done.clear();
  const fresh = new HealthPaths([{ name: 'ping', check: () => undefined }, ...stepChecks(['poststarthook/rbac/bootstrap-roles'], (name) => done.has(name))]);
  for (const path of ['/livez', '/livez/ping']) fresh.handle({ info: requestInfo('GET', path, () => undefined), method: 'GET', query: Query.parse(''), headers: {} } as unknown as ApiRequest);
  const lines = fresh.text().split('\n').filter((line) => !line.startsWith('#') && line !== '');
  assert.deepEqual(lines, [
    'kubernetes_healthcheck{name="ping",type="livez"} 1', 'kubernetes_healthcheck{name="poststarthook/rbac/bootstrap-roles",type="livez"} 0',
    'kubernetes_healthchecks_total{name="ping",status="success",type="livez"} 2', 'kubernetes_healthchecks_total{name="poststarthook/rbac/bootstrap-roles",status="error",type="livez"} 1',
  ]);
});
