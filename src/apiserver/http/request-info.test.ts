import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestInfo, UnreadablePathError } from './request-info.ts';

function infoOf(method: string, url: string): string {
  const parsed = new URL(url, 'https://server');
  const info = requestInfo(method, parsed.pathname, (name) => parsed.searchParams.get(name) ?? undefined);
  return [info.verb, info.group, info.version, info.namespace, info.resource, info.name, info.subresource].join('|');
}

for (const [method, url, expected] of [
  ['GET', '/api/v1/namespaces/default/pods/web', 'get||v1|default|pods|web|'],
  ['GET', '/api/v1/namespaces/default/pods', 'list||v1|default|pods||'],
  ['GET', '/api/v1/pods?watch=true', 'watch||v1||pods||'],
  ['GET', '/api/v1/pods?watch=0', 'list||v1||pods||'],
  ['GET', '/api/v1/pods?watch', 'watch||v1||pods||'],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dweb', 'list||v1||pods|web|'],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dweb,spec.nodeName%3Da', 'list||v1||pods|web|'],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dweb,nonsense', 'list||v1||pods||'],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Dweb', 'list||v1||pods||'],
  ['GET', '/api/v1/watch/namespaces/default/pods/web', 'watch||v1|default|pods|web|'],
  ['GET', '/api/v1/watch/pods', 'watch||v1||pods||'],
  ['POST', '/api/v1/namespaces/default/pods/web/eviction', 'create||v1|default|pods|web|eviction'],
  ['GET', '/api/v1/namespaces/default', 'get||v1|default|namespaces|default|'],
  ['PUT', '/api/v1/namespaces/default/finalize', 'update||v1|default|namespaces|default|finalize'],
  ['GET', '/api/v1/namespaces', 'list||v1||namespaces||'],
  ['DELETE', '/apis/apps/v1/namespaces/default/deployments', 'deletecollection|apps|v1|default|deployments||'],
  ['DELETE', '/apis/apps/v1/namespaces/default/deployments/web', 'delete|apps|v1|default|deployments|web|'],
  ['GET', '/api/v1/nodes/n1/proxy/metrics', 'get||v1||nodes|n1|proxy'],
  ['GET', '/apis/apps/v1', 'get||||||'],
  ['GET', '/healthz', 'get||||||'],
  ['GET', '/api/v1/namespaces/default/pods/web%2Fstatus', 'get||v1|default|pods|web|status'],
  ['GET', '/%61pi/v1/namespaces/default/pods%2f', 'list||v1|default|pods||'],
  ['GET', '/api/v1/namespaces/default/services/https:web:443/proxy/a%20b', 'get||v1|default|services|https:web:443|proxy'],
] as const) {
  test(`reads ${method} ${url}`, () => assert.equal(infoOf(method, url), expected));
}

test('tells the query of a path that cannot be read', () => assert.throws(() => requestInfo('GET', '/api/v1/watch', () => undefined, 'a=b'), { message: 'Internal Server Error: "/api/v1/watch?a=b": failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch\n' }));

test('refuses a broken escape', () => assert.throws(() => infoOf('GET', '/api/v1/pods/%zz'), UnreadablePathError));

for (const [method, url, expected] of [
  ['GET', '/api/v1/namespaces/default/pods', 'list||v1|default|pods||'],
  ['GET', '/api/v1/namespaces/default/pods/', 'list||v1|default|pods||'],
  ['PATCH', '/api/v1/namespaces/default/pods/other/status', 'patch||v1|default|pods|other|status'],
  ['GET', '/api/v1/namespaces/default/podsmore/web', 'get||v1|default|podsmore|web|'],
  ['GET', '/api/v1/namespaces/default2/pods/web', 'get||v1|default2|pods|web|'],
  ['GET', '/api/v1/namespaces/default/pods/a%20b', 'get||v1|default|pods|a b|'],
  ['GET', '/apis/apps/v1/namespaces/default/deployments/web', 'get|apps|v1|default|deployments|web|'],
] as const) {
  test(`reads ${method} ${url} behind a request for the same resource`, () => {
    infoOf('GET', '/api/v1/namespaces/default/pods/web');
    assert.equal(infoOf(method, url), expected);
    assert.equal(infoOf(method, url), expected);
  });
}
