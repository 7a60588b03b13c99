import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureGateMetric } from './feature-gate-metric.ts';
import { featureGates } from './feature-gates.ts';
import { KNOWN_FEATURE_GATES } from './known-feature-gates.ts';

test('a gate is what was given, else its default', () => {
  const isOn = featureGates(new Map([['WatchList', 'false'], ['MemoryQoS', 'true']]));
  assert.deepEqual(['WatchList', 'MemoryQoS', 'ConstrainedImpersonation', 'SidecarContainers', 'EventedPLEG'].map(isOn), [false, true, true, true, false]);
});

test('the component of a gate may be told', () => assert.equal(featureGates(new Map([['kube:WatchList', 'false']]))('WatchList'), false));

test('features that kubets acts on by default are on', () => {
  const isOn = featureGates(new Map());
  for (const name of ['ContainerRestartRules', 'EnvFiles', 'HostnameOverride', 'StrictIPCIDRValidation', 'PodLevelResources', 'MutatingAdmissionPolicy', 'ComponentFlagz', 'CRDObservedGenerationTracking', 'WatchCacheInitializationPostStartHook']) assert.equal(isOn(name), true, name);
});

for (const { name, stage, isOn, isLocked } of [
  { name: 'GangScheduling', stage: 'ALPHA', isOn: false, isLocked: false },
  { name: 'WorkloadAwarePreemption', stage: 'ALPHA', isOn: false, isLocked: false },
  { name: 'MaxUnavailableStatefulSet', stage: 'BETA', isOn: false, isLocked: false },
  { name: 'PodCertificateRequest', stage: 'BETA', isOn: false, isLocked: false },
  { name: 'UnknownVersionInteroperabilityProxy', stage: 'BETA', isOn: true, isLocked: false },
  { name: 'WatchListClient', stage: 'BETA', isOn: true, isLocked: false },
  { name: 'MutatingAdmissionPolicy', stage: '', isOn: true, isLocked: false },
  { name: 'NodeLogQuery', stage: '', isOn: true, isLocked: true },
  { name: 'StorageNamespaceIndex', stage: 'DEPRECATED', isOn: true, isLocked: false },
  { name: 'KMSv1', stage: 'DEPRECATED', isOn: false, isLocked: false },
  { name: 'DisableNodeKubeProxyVersion', stage: 'DEPRECATED', isOn: true, isLocked: true },
  { name: 'SeparateCacheWatchRPC', stage: 'DEPRECATED', isOn: false, isLocked: true },
] as const) test(`${name} is as 1.36 has it`, () => assert.deepEqual(KNOWN_FEATURE_GATES.get(name), { name, stage, isOn, isLocked }));

test('only what is general or deprecated is locked, and alpha is off', () => {
  for (const { name, stage, isOn, isLocked } of KNOWN_FEATURE_GATES.values()) {
    assert.ok(!isLocked || stage === '' || stage === 'DEPRECATED', name);
    assert.ok(!isOn || stage !== 'ALPHA', name);
  }
});

test('all gates of a stage are turned at once, but for those that are told alone', () => {
  const gatesAfter = (pairs: Record<string, string>): boolean[] => ['ConstrainedImpersonation', 'WatchList', 'GangScheduling', 'MutatingAdmissionPolicy', 'KMSv1', 'AllAlpha'].map(featureGates(new Map(Object.entries(pairs))));
  assert.deepEqual(gatesAfter({ AllBeta: 'false' }), [false, false, false, true, false, false]);
  assert.deepEqual(gatesAfter({ WatchList: 'true', AllBeta: 'false' }), [false, true, false, true, false, false]);
  assert.deepEqual(gatesAfter({ AllAlpha: 'true' }), [true, true, true, true, false, true]);
});

test('the metric tells every gate with its stage', () => {
  const lines = featureGateMetric(featureGates(new Map([['WatchList', 'false']]))).text().split('\n');
  assert.equal(lines[0], '# HELP kubernetes_feature_enabled [BETA] This metric records the data about the stage and enablement of a k8s feature.');
  for (const line of ['{name="WatchList",stage="BETA"} 0', '{name="SidecarContainers",stage=""} 1', '{name="GangScheduling",stage="ALPHA"} 0', '{name="StorageNamespaceIndex",stage="DEPRECATED"} 1', '{name="AllBeta",stage="BETA"} 0']) {
    assert.ok(lines.includes(`kubernetes_feature_enabled${line}`), line);
  }
  assert.equal(lines.filter((line) => line.startsWith('kubernetes_feature_enabled{')).length, KNOWN_FEATURE_GATES.size);
});

for (const { name, given, expected } of [
  { name: 'an unknown gate is refused', given: ['Foo', 'true'], expected: /unrecognized feature gate: Foo$/ },
  { name: 'a locked gate is refused another value', given: ['SidecarContainers', 'false'], expected: /cannot set feature gate SidecarContainers to false, feature is locked to true$/ },
  { name: 'what is general since 1.36 stays on', given: ['ImageVolume', 'false'], expected: /cannot set feature gate ImageVolume to false, feature is locked to true$/ },
  { name: 'what is given up stays off', given: ['GitRepoVolumeDriver', 'true'], expected: /cannot set feature gate GitRepoVolumeDriver to true, feature is locked to false$/ },
  { name: 'a value that is no boolean is refused', given: ['WatchList', 'maybe'], expected: /invalid value of WatchList=maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax$/ },
  { name: 'a gate that 1.36 has dropped is none', given: ['StatefulSetAutoDeletePVC', 'true'], expected: /unrecognized feature gate: StatefulSetAutoDeletePVC$/ },
  { name: 'a boolean in letters of its own is refused', given: ['WatchList', 'tRUE'], expected: /invalid value of WatchList=tRUE, err: strconv.ParseBool: parsing "tRUE": invalid syntax$/ },
  { name: 'a gate of another component is refused', given: ['wardle:WatchList', 'true'], expected: /component not registered: wardle$/ },
  { name: 'the value is read before the name', given: ['Foo', 'maybe'], expected: /invalid value of Foo=maybe/ },
] as const) test(name, () => assert.throws(() => featureGates(new Map([given])), expected));
