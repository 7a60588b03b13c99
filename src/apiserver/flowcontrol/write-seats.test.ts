import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo } from '../http/request-info.ts';
import { WatchTracker } from './watch-tracker.ts';
import { finalWork, isHeardOf } from './write-seats.ts';

const info = (path: string, method = 'GET'): ReturnType<typeof requestInfo> => requestInfo(method, path, (name) => (name === 'watch' ? '1' : undefined));

test('a write is heard by watches of everything, of its namespace and of itself', () => {
  const tracker = new WatchTracker();
  const write = info('/api/v1/namespaces/a/pods/p', 'PUT');
  const [all, inside] = [tracker.opened(info('/api/v1/pods')), tracker.opened(info('/api/v1/namespaces/a/pods'))];
  for (const path of ['/api/v1/namespaces/b/pods', '/apis/metrics.k8s.io/v1beta1/pods', '/api/v1/nodes']) tracker.opened(info(path));
  const own = tracker.opened(requestInfo('GET', '/api/v1/namespaces/a/pods', (name) => ({ watch: '1', fieldSelector: 'metadata.name=p' })[name]));
  assert.equal(tracker.interestedIn(write), 3);
  assert.equal(tracker.interestedIn(info('/api/v1/namespaces/a/pods', 'POST')), 2);
  for (const one of [own, own, all]) one[Symbol.dispose]();
  assert.equal(tracker.interestedIn(write), 1);
  inside[Symbol.dispose]();
  assert.equal(tracker.interestedIn(write), 0);
});

for (const [watches, most, expected] of [
  [9, 10, undefined], [10, 10, { seats: 1, ms: 5 }], [11, 10, { seats: 2, ms: 5 }], [95, 10, { seats: 10, ms: 5 }], [1000, 10, { seats: 10, ms: 50 }], [40, 2, { seats: 2, ms: 10 }], [1000, 37, { seats: 10, ms: 50 }],
] as const) test(`${watches} watches, where a request may take ${most} seats`, () => assert.deepEqual(finalWork(watches, most), expected));

for (const [method, path, expected] of [
  ['POST', '/api/v1/namespaces/a/pods', true], ['PATCH', '/api/v1/namespaces/a/pods/p/status', true], ['DELETE', '/api/v1/namespaces/a/pods/p', true],
  ['DELETE', '/api/v1/namespaces/a/pods', false], ['POST', '/api/v1/namespaces/a/serviceaccounts/s/token', false], ['GET', '/api/v1/namespaces/a/pods/p', false], ['POST', '/version', false],
] as const) test(`watchers ${expected ? 'hear' : 'do not hear'} of ${method} ${path}`, () => assert.equal(isHeardOf(requestInfo(method, path, () => undefined)), expected));
