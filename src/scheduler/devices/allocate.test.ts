import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device, DeviceClass, DeviceClaim, ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { allocate } from './allocate.ts';
import { inUse, type InUse } from './in-use.ts';
import { poolsOf, type KnownDevice } from './inventory.ts';

const slice = (devices: Device[], more: Partial<ResourceSlice['spec']> = {}): ResourceSlice => ({ metadata: { name: 's' }, spec: { driver: 'gpu.example.com', pool: { name: 'n', generation: 1, resourceSliceCount: 1 }, nodeName: 'n', devices, ...more } }) as ResourceSlice;
const known = (devices: Device[], more: Partial<ResourceSlice['spec']> = {}): KnownDevice[] => devices.map((device) => ({ driver: 'gpu.example.com', pool: 'n', device, slice: slice(devices, more) }));
const GPUS: Device[] = [
  { name: 'small', attributes: { model: { string: 'a' }, 'example.com/numa': { int: 0 } }, capacity: { memory: { value: '8Gi' } } },
  { name: 'large', attributes: { model: { string: 'b' }, 'example.com/numa': { int: 1 }, driverVersion: { version: '2.1.0' } }, capacity: { memory: { value: '80Gi' } } },
  { name: 'other', attributes: { model: { string: 'b' }, 'example.com/numa': { int: 1 } }, capacity: { memory: { value: '40Gi' } } },
];
const deviceClass: DeviceClass = { metadata: { name: 'gpu' }, spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }], config: [{ opaque: { driver: 'gpu.example.com', parameters: { mode: 'fast' } } }] } } as unknown as DeviceClass;
const claim = (devices: DeviceClaim): ResourceClaim => ({ metadata: { name: 'c', uid: 'c' }, spec: { devices }, status: {} }) as unknown as ResourceClaim;
const one = (name: string, expression?: string, more: object = {}) => ({ name, exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1, ...(expression && { selectors: [{ cel: { expression } }] }), ...more } });

/** Of devices that others have for themselves. */
const usedBy = (names: readonly string[], slices: readonly ResourceSlice[] = []): InUse => inUse([{ devices: { results: names.map((device) => ({ request: 'other', driver: 'gpu.example.com', pool: 'n', device })) } }], slices);

function devicesFor(devices: DeviceClaim, options: { taken?: string[]; from?: Device[] } = {}): string[] | undefined {
  const found = allocate({ nodeName: 'n', claims: [claim(devices)], devices: known(options.from ?? GPUS), inUse: usedBy(options.taken ?? []), changing: [], newShare: () => 'share', deviceClass: (name) => (name === 'gpu' ? deviceClass : undefined) });
  return found?.get('c')?.devices.results?.map(({ request, device }) => `${request}=${device}`);
}

for (const { name, devices, taken = [], from, expected } of [
  { name: 'the first that fits', devices: { requests: [one('r')] }, expected: ['r=small'] },
  { name: 'the next when that is taken', devices: { requests: [one('r')] }, taken: ['small'], expected: ['r=large'] },
  { name: 'by capacity', devices: { requests: [one('r', 'device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0')] }, expected: ['r=large'] },
  { name: 'by an attribute that some have, once it is asked for', devices: { requests: [one('r', '"driverVersion" in device.attributes["gpu.example.com"] && device.attributes["gpu.example.com"].driverVersion.isGreaterThan(semver("2.0.0"))')] }, expected: ['r=large'] },
  { name: 'the first that fits, whatever selectors would say of those behind it', devices: { requests: [one('r', 'device.attributes["gpu.example.com"].model == "a" || device.attributes["gpu.example.com"].missing')] }, expected: ['r=small'] },
  { name: 'by a domain that none has', devices: { requests: [one('r', '"x" in device.attributes["no.example.com"]')] }, expected: undefined },
  { name: 'several, where a step is taken back', devices: { requests: [one('any'), one('b', 'device.attributes["gpu.example.com"].model == "a"')] }, expected: ['any=large', 'b=small'] },
  { name: 'that match in an attribute', devices: { requests: [one('r', undefined, { count: 2 })], constraints: [{ matchAttribute: 'example.com/numa' }] }, expected: ['r=large', 'r=other'] },
  { name: 'that differ in an attribute', devices: { requests: [one('r', undefined, { count: 2 })], constraints: [{ distinctAttribute: 'gpu.example.com/model' }] }, expected: ['r=small', 'r=large'] },
  { name: 'all of a kind', devices: { requests: [one('r', 'device.attributes["gpu.example.com"].model == "b"', { allocationMode: 'All', count: undefined })] }, expected: ['r=large', 'r=other'] },
  { name: 'not all when one is taken', devices: { requests: [one('r', undefined, { allocationMode: 'All', count: undefined })] }, taken: ['other'], expected: undefined },
  { name: 'the first alternative that can be had', devices: { requests: [{ name: 'r', firstAvailable: [{ name: 'huge', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 4 }, { name: 'pair', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 }] }] }, expected: ['r/pair=small', 'r/pair=large'] },
  { name: 'for an administrator though it is taken', devices: { requests: [one('r', undefined, { adminAccess: true })] }, taken: ['small', 'large', 'other'], expected: ['r=small'] },
  { name: 'not a tainted one', devices: { requests: [one('r')] }, from: [{ name: 'bad', taints: [{ key: 'broken', effect: 'NoSchedule' }] }], expected: undefined },
  { name: 'a tainted one that is tolerated', devices: { requests: [one('r', undefined, { tolerations: [{ key: 'broken', operator: 'Exists' }] })] }, from: [{ name: 'bad', taints: [{ key: 'broken', effect: 'NoSchedule' }] }], expected: ['r=bad'] },
  { name: 'of a class that is there', devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'none', allocationMode: 'ExactCount', count: 1 } }] }, expected: undefined },
] as { name: string; devices: DeviceClaim; taken?: string[]; from?: Device[]; expected: string[] | undefined }[]) {
  test(`a claim gets devices: ${name}`, () => assert.deepEqual(devicesFor(devices, { taken, ...(from && { from }) }), expected));
}

const many: Device[] = Array.from({ length: 40 }, (_, i) => ({ name: `d${i}` }));
for (const { name, requests, expected } of [
  { name: 'as many devices as a claim can have', requests: [one('a', undefined, { count: 31 }), one('b')], expected: 32 },
  { name: 'more of one kind than a claim can have', requests: [one('a', undefined, { count: 33 })], expected: /^AllocationError: claim undefined\/c: number of requested devices 33 exceeds the claim limit of 32$/ },
  { name: 'more in sum than a claim can have', requests: [one('a', undefined, { count: 32 }), one('b')], expected: /devices 33 exceeds the claim limit of 32/ },
  { name: 'all, which are more', requests: [one('a', undefined, { allocationMode: 'All', count: undefined })], expected: /devices 40 exceeds the claim limit of 32/ },
  { name: 'all, or else few', requests: [{ name: 'a', firstAvailable: [{ name: 'all', deviceClassName: 'gpu', allocationMode: 'All' }, { name: 'few', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 }] }], expected: 2 },
] as { name: string; requests: NonNullable<DeviceClaim['requests']>; expected: number | RegExp }[]) {
  test(`a claim asks for ${name}`, () => {
    const found = (): number | undefined => devicesFor({ requests }, { from: many })?.length;
    if (typeof expected === 'number') assert.equal(found(), expected);
    else assert.throws(found, expected);
  });
}

const consuming = (name: string, memory: string): Device => ({ name, consumesCounters: [{ counterSet: 'whole', counters: { memory: { value: memory } } }] });
const PARTS = [consuming('first-half', '4Gi'), consuming('second-half', '4Gi'), consuming('whole', '8Gi'), { name: 'apart' }];
for (const { name, count = 1, taken = [], from = PARTS, expected } of [
  { name: 'as much as there is', count: 2, expected: ['first-half', 'second-half'] },
  { name: 'not a whole of which a part is taken', taken: ['first-half'], from: [consuming('first-half', '4Gi'), consuming('whole', '8Gi')], expected: undefined },
  { name: 'the other part', taken: ['first-half'], expected: ['second-half'] },
  { name: 'no part of what is taken as a whole, but one that shares nothing', taken: ['whole'], expected: ['apart'] },
  { name: 'where a step is taken back', count: 2, from: [consuming('whole', '8Gi'), consuming('first-half', '4Gi'), consuming('second-half', '4Gi')], expected: ['first-half', 'second-half'] },
  { name: 'none that consumes what nobody has told of', from: [{ name: 'odd', consumesCounters: [{ counterSet: 'none', counters: { memory: { value: '1' } } }] }], expected: undefined },
] as { name: string; count?: number; taken?: string[]; from?: Device[]; expected: string[] | undefined }[]) {
  test(`devices that share counters: ${name}`, () => {
    const slices = [slice([], { sharedCounters: [{ name: 'whole', counters: { memory: { value: '8Gi' } } }] }), slice(from)];
    const found = allocate({ nodeName: 'n', claims: [claim({ requests: [one('r', undefined, { count })] })], devices: known(from), inUse: usedBy(taken, slices), changing: [], newShare: () => 'share', deviceClass: () => deviceClass });
    assert.deepEqual(found?.get('c')?.devices.results?.map(({ device }) => device), expected);
  });
}

test('an allocation tells its node, unless its devices are everywhere, and the configuration of classes and claim', () => {
  const input = { nodeName: 'n', claims: [claim({ requests: [one('r')], config: [{ opaque: { driver: 'gpu.example.com', parameters: { own: true } } }] })], inUse: usedBy([]), changing: [], newShare: () => 'share', deviceClass: () => deviceClass };
  const apart = (place: Partial<ResourceSlice['spec']>): KnownDevice[] => known(GPUS, { nodeName: undefined, ...place } as Partial<ResourceSlice['spec']>);
  const local = allocate({ ...input, devices: known(GPUS) })?.get('c');
  assert.deepEqual(local?.nodeSelector?.nodeSelectorTerms[0]?.matchFields, [{ key: 'metadata.name', operator: 'In', values: ['n'] }]);
  assert.deepEqual(local?.devices.config, [
    { source: 'FromClass', requests: ['r'], opaque: { driver: 'gpu.example.com', parameters: { mode: 'fast' } } }, { source: 'FromClaim', opaque: { driver: 'gpu.example.com', parameters: { own: true } } },
  ]);
  assert.equal(allocate({ ...input, devices: apart({ allNodes: true }) })?.get('c')?.nodeSelector, undefined);
  const reaching = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'rack', operator: 'In', values: ['1'] }] }] };
  assert.deepEqual(allocate({ ...input, devices: apart({ nodeSelector: reaching }) })?.get('c')?.nodeSelector, reaching);
});

test('pools count in their newest generation, once all of their slices are there', () => {
  const of = (generation: number, resourceSliceCount: number): ResourceSlice => slice([], { pool: { name: 'n', generation, resourceSliceCount } });
  assert.deepEqual(poolsOf([of(1, 1), of(2, 2)]).whole.length, 0);
  assert.deepEqual(poolsOf([of(2, 2), of(1, 1), of(2, 2)]).whole.map(({ spec }) => spec.pool.generation), [2, 2]);
});
