import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subresourcesOf } from './auth.ts';

for (const [path, expected] of [
  ['/pods', 'pods proxy'], ['/pods/', 'pods proxy'], ['/runningpods', 'pods proxy'], ['/runningpods/', 'pods proxy'], ['/healthz', 'healthz proxy'], ['/healthz/ping', 'healthz proxy'],
  ['/configz', 'configz proxy'], ['/stats/summary', 'stats'], ['/metrics', 'metrics'], ['/metrics/cadvisor', 'metrics'], ['/logs/', 'log'], ['/logs/messages', 'log'],
  ['/checkpoint/shop/web/main', 'checkpoint'], ['/exec/shop/web/main', 'proxy'], ['/metricsabc', 'proxy'], ['/statistics', 'proxy'], ['/', 'proxy'],
] as const) test(`who may ${path}`, () => assert.equal(subresourcesOf(path).join(' '), expected));
