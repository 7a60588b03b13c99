import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Query } from '../request.ts';
import { ApiGroups } from './api-groups.ts';
import { RootPaths } from './root-paths.ts';

test('the root lists groups, versions and what else is served, sorted', () => {
  const version = (group: string, name: string) => ({ group, version: name, priority: { group: 1, version: 1 }, resources: [] });
  const groups = new ApiGroups([{ revision: 0, versions: () => [version('', 'v1'), version('apps', 'v1')] }]);
  const answer = new RootPaths(groups, () => ['/version', '/livez']).handle({ info: { path: '/' }, method: 'GET', query: Query.none } as never);
  assert.ok(answer?.type === 'bytes');
  assert.deepEqual(JSON.parse(Buffer.from(answer.bytes).toString()), { paths: ['/api', '/api/v1', '/apis', '/apis/', '/apis/apps', '/apis/apps/v1', '/livez', '/version'] });
});
