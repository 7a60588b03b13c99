import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedKinds } from './runtime-config.ts';

function served(config: Record<string, string>): Set<string> {
  return new Set(servedKinds(new Map(Object.entries(config))).flatMap((kind) => kind.versions.map((one) => `${one.group ?? kind.group}/${one.version}/${kind.resource}`)));
}

for (const { name, config, on = [], off = [] } of [
  { name: 'a version is turned off', config: { 'batch/v1': 'false' }, on: ['apps/v1/deployments', '/v1/pods'], off: ['batch/v1/jobs', 'batch/v1/cronjobs'] },
  { name: 'a resource is turned off alone', config: { 'batch/v1/jobs': 'false' }, on: ['batch/v1/cronjobs'], off: ['batch/v1/jobs'] },
  { name: 'what is said of less wins', config: { 'api/all': 'false', 'apps/v1': 'true', 'apps/v1/daemonsets': 'false' }, on: ['apps/v1/deployments', '/v1/pods'], off: ['apps/v1/daemonsets', 'batch/v1/jobs'] },
  { name: 'an alias is turned off alone', config: { 'events.k8s.io/v1': 'false' }, on: ['/v1/events'], off: ['events.k8s.io/v1/events'] },
  { name: 'an older version goes alone', config: { 'autoscaling/v1': 'false' }, on: ['autoscaling/v2/horizontalpodautoscalers'], off: ['autoscaling/v1/horizontalpodautoscalers'] },
]) test(name, () => {
  const all = served(config);
  assert.deepEqual(on.filter((one) => !all.has(one)), []);
  assert.deepEqual(off.filter((one) => all.has(one)), []);
});

for (const { name, config, expected } of [
  { name: 'what is not served cannot be turned on', config: { 'apps/v9': 'true' }, expected: /unknown api versions: apps\/v9$/ },
  { name: 'what the control plane lives on stays', config: { v1: 'false' }, expected: /v1 cannot be turned off/ },
  { name: 'the stored version of what is served stays', config: { 'autoscaling/v2': 'false' }, expected: /autoscaling\/v2 must stay on/ },
  { name: 'values are booleans', config: { 'batch/v1': 'no' }, expected: /must be true or false$/ },
]) test(name, () => assert.throws(() => served(config as unknown as Record<string, string>), expected));
