import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CapacityRequestPolicy, Device, DeviceClass, DeviceRequestAllocationResult, ExactDeviceRequest, ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { allocate } from './allocate.ts';
import { AllocationError } from './allocation-error.ts';
import { inUse } from './in-use.ts';
import type { KnownDevice } from './inventory.ts';

const DRIVER = 'net.example.com';
const deviceClass = { metadata: { name: 'net' }, spec: {} } as DeviceClass;
const nic = (value: string, requestPolicy?: CapacityRequestPolicy, more: Partial<Device> = {}): Device => ({ name: 'nic', allowMultipleAllocations: true, capacity: { bandwidth: { value, ...(requestPolicy && { requestPolicy }) } }, ...more });
const asking = (bandwidth?: string, more: Partial<ExactDeviceRequest> = {}): ExactDeviceRequest => ({ deviceClassName: 'net', count: 1, ...(bandwidth !== undefined && { capacity: { requests: { bandwidth } } }), ...more });
const share = (consumedCapacity: Record<string, string>): DeviceRequestAllocationResult => ({ request: 'other', driver: DRIVER, pool: 'n', device: 'nic', shareID: 'before', consumedCapacity });

function given(devices: Device[], requests: ExactDeviceRequest[], before: DeviceRequestAllocationResult[] = []): DeviceRequestAllocationResult[] | undefined {
  const slice = { metadata: { name: 's' }, spec: { driver: DRIVER, pool: { name: 'n', generation: 1, resourceSliceCount: 1 }, nodeName: 'n', devices } } as ResourceSlice;
  const claim = { metadata: { name: 'c', namespace: 'ns', uid: 'c' }, spec: { devices: { requests: requests.map((exactly, index) => ({ name: `r${index}`, exactly })) } }, status: {} } as unknown as ResourceClaim;
  const known = devices.map((device): KnownDevice => ({ driver: DRIVER, pool: 'n', device, slice }));
  let shares = 0;
  const found = allocate({ nodeName: 'n', claims: [claim], devices: known, changing: [], inUse: inUse([{ devices: { results: before } }], [slice]), deviceClass: () => deviceClass, newShare: () => `share-${++shares}` });
  return found?.get('c')?.devices.results;
}

const consumed = (...args: Parameters<typeof given>): unknown[] | undefined => given(...args)?.map(({ consumedCapacity }) => consumedCapacity?.['bandwidth']);

for (const { name, devices, requests, before = [], expected } of [
  { name: 'two requests share it', devices: [nic('10G')], requests: [asking('4G'), asking('6G')], expected: ['4G', '6G'] },
  { name: 'not more than there is', devices: [nic('10G')], requests: [asking('4G'), asking('7G')], expected: undefined },
  { name: 'not more than others have left', devices: [nic('10G')], requests: [asking('4G')], before: [share({ bandwidth: '7G' })], expected: undefined },
  { name: 'as much as others have left', devices: [nic('10G')], requests: [asking('3G')], before: [share({ bandwidth: '7G' })], expected: ['3G'] },
  { name: 'all of it for who does not say', devices: [nic('10G')], requests: [asking()], expected: ['10G'] },
  { name: 'the default for who does not say', devices: [nic('10G', { default: '1G' })], requests: [asking(), asking()], expected: ['1G', '1G'] },
  { name: 'the next valid value', devices: [nic('10G', { default: '1G', validValues: ['1G', '2G', '5G'] })], requests: [asking('3G')], expected: ['5G'] },
  { name: 'no more than the largest valid value', devices: [nic('10G', { default: '1G', validValues: ['1G', '2G'] })], requests: [asking('3G')], expected: undefined },
  { name: 'at least the least of a range', devices: [nic('10G', { default: '1G', validRange: { min: '1G' } })], requests: [asking('1M')], expected: ['1G'] },
  { name: 'the next step of a range', devices: [nic('10Gi', { default: '1Gi', validRange: { min: '1Gi', step: '512Mi' } })], requests: [asking('1100Mi')], expected: ['1536Mi'] },
  { name: 'not above a range', devices: [nic('10G', { default: '1G', validRange: { min: '1G', max: '2G' } })], requests: [asking('3G')], expected: undefined },
  { name: 'one device serves several of one request', devices: [nic('10G')], requests: [asking('4G', { count: 2 })], expected: ['4G', '4G'] },
  { name: 'by the name with the domain of the driver', devices: [nic('10G')], requests: [{ deviceClassName: 'net', count: 1, capacity: { requests: { [`${DRIVER}/bandwidth`]: '2G' } } }], expected: ['2G'] },
  { name: 'not by a capacity that it has not', devices: [nic('10G')], requests: [{ deviceClassName: 'net', count: 1, capacity: { requests: { latency: '2G' } } }], expected: undefined },
  { name: 'for an administrator whatever others have', devices: [nic('10G')], requests: [asking('4G', { adminAccess: true })], before: [share({ bandwidth: '10G' })], expected: ['4G'] },
] as { name: string; devices: Device[]; requests: ExactDeviceRequest[]; before?: DeviceRequestAllocationResult[]; expected: string[] | undefined }[]) {
  test(`a device that may be shared is given out in parts: ${name}`, () => assert.deepEqual(consumed(devices, requests, before), expected));
}

test('parts of a device are told apart, and are on top of what it shares with other devices', () => {
  assert.deepEqual(given([nic('10G')], [asking('4G'), asking('4G')])?.map(({ shareID }) => shareID), ['share-1', 'share-2']);
});

test('a device for one claim serves who asks for no more than it has, and consumes nothing', () => {
  const devices: Device[] = [{ name: 'a', capacity: { bandwidth: { value: '1G' } } }, { name: 'b', capacity: { bandwidth: { value: '10G' } } }];
  assert.deepEqual(given(devices, [asking('4G')]), [{ request: 'r0', driver: DRIVER, pool: 'n', device: 'b' }]);
});

test('a capacity by two names is refused', () => {
  assert.throws(() => given([nic('10G')], [{ deviceClassName: 'net', count: 1, capacity: { requests: { bandwidth: '1G', [`${DRIVER}/bandwidth`]: '2G' } } }]), AllocationError);
});

test('conditions under which a device is bound go into the allocation', () => {
  assert.deepEqual(given([nic('10G', undefined, { allowMultipleAllocations: false, bindingConditions: ['Attached'], bindingFailureConditions: ['Broken'] })], [asking()]), [
    { request: 'r0', driver: DRIVER, pool: 'n', device: 'nic', bindingConditions: ['Attached'], bindingFailureConditions: ['Broken'] },
  ]);
});

for (const { name, request, expected } of [
  { name: 'of a claim', request: asking(undefined, { selectors: [{ cel: { expression: 'true' } }, { cel: { expression: `device.attributes["${DRIVER}"].model == "a"` } }] }), expected: 'claim ns/c: selector #1: CEL runtime error: no such key: model' },
] as const) {
  test(`a selector ${name} that fails ends the attempt`, () => assert.throws(() => given([nic('10G')], [request]), { name: 'AllocationError', message: expected }));
}
