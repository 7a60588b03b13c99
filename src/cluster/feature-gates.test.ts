import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureGates } from './feature-gates.ts';

test('a gate is what was given, else its default', () => {
  const isOn = featureGates(new Map([['WatchList', 'false'], ['MemoryQoS', 'true']]));
  assert.deepEqual(['WatchList', 'MemoryQoS', 'ConstrainedImpersonation', 'SidecarContainers', 'EventedPLEG'].map(isOn), [false, true, true, true, false]);
});

test('features that kubets acts on by default are on', () => {
  const isOn = featureGates(new Map());
  for (const name of ['ContainerRestartRules', 'EnvFiles', 'HostnameOverride', 'StrictIPCIDRValidation', 'PodLevelResources', 'MutatingAdmissionPolicy']) assert.equal(isOn(name), true, name);
});

for (const { name, given, expected } of [
  { name: 'an unknown gate is refused', given: ['Foo', 'true'], expected: /unrecognized feature gate: Foo$/ },
  { name: 'a locked gate is refused another value', given: ['SidecarContainers', 'false'], expected: /cannot set feature gate SidecarContainers to false, feature is locked to true$/ },
  { name: 'what is general since 1.36 stays on', given: ['ImageVolume', 'false'], expected: /cannot set feature gate ImageVolume to false, feature is locked to true$/ },
  { name: 'what is given up stays off', given: ['GitRepoVolumeDriver', 'true'], expected: /cannot set feature gate GitRepoVolumeDriver to true, feature is locked to false$/ },
  { name: 'a value that is no boolean is refused', given: ['WatchList', 'maybe'], expected: /invalid value of WatchList=maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax$/ },
] as const) test(name, () => assert.throws(() => featureGates(new Map([given])), expected));
