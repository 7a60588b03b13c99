import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyFilter } from './filter.ts';

const filter = new ProxyFilter({ hosts: ['^localhost$', '^127\\.0\\.0\\.1$'], paths: ['^.*'], rejectedPaths: ['^/api/.*/pods/.*/exec'], rejectedMethods: ['^$', '^DELETE$'] });

for (const { name, request, expected } of [
  { name: 'lets a request to this machine through', request: { method: 'GET', url: '/api/v1/pods', headers: { host: 'localhost:8001' } }, expected: true },
  { name: 'turns away a page that names another host', request: { method: 'GET', url: '/api/v1/pods', headers: { host: 'evil.example' } }, expected: false },
  { name: 'turns away exec', request: { method: 'POST', url: '/api/v1/namespaces/a/pods/b/exec?command=sh', headers: { host: '127.0.0.1:8001' } }, expected: false },
  { name: 'turns away a method that is not wanted', request: { method: 'DELETE', url: '/api/v1/pods', headers: { host: '127.0.0.1:8001' } }, expected: false },
]) test(name, () => assert.equal(filter.accepts(request), expected));
