import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeviceTaint, DeviceToleration, ResourceClaim, ResourceSlice } from '../../api/generated/resource-v1.ts';
import { claimNamesOf, evictionTime, taintsOf } from './plan.ts';

const SET = '2026-01-01T00:00:00Z';
const NOW = Date.parse(SET);
const broken: DeviceTaint = { key: 'broken', value: 'fan', effect: 'NoExecute', timeAdded: SET };
const pod = (more: object = {}): Pod => ({ metadata: { name: 'p', uid: 'u' }, spec: { nodeName: 'n', containers: [], resourceClaims: [{ name: 'gpu', resourceClaimName: 'c' }] }, status: { phase: 'Running' }, ...more }) as unknown as Pod;
const claim = (tolerations: DeviceToleration[] = [], user = 'u'): ResourceClaim => ({ metadata: { name: 'c' }, spec: {}, status: { allocation: { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'one', tolerations }] } }, reservedFor: [{ resource: 'pods', name: 'p', uid: user }] } }) as unknown as ResourceClaim;
const slice = (generation: number, taints: DeviceTaint[], device = 'one'): ResourceSlice => ({ metadata: { name: `s${generation}` }, spec: { driver: 'd', pool: { name: 'p', generation, resourceSliceCount: 1 }, devices: [{ name: device, taints }] } }) as unknown as ResourceSlice;

for (const { name, tolerations, taints = [broken], slices = [slice(1, taints)], of = pod(), user, expected } of [
  { name: 'at once when nothing tolerates the taint', expected: NOW },
  { name: 'never when it is tolerated for good', tolerations: [{ key: 'broken', operator: 'Exists' }], expected: undefined },
  { name: 'after the seconds for which it is tolerated', tolerations: [{ key: 'broken', value: 'fan', tolerationSeconds: 30 }], expected: NOW + 30_000 },
  { name: 'after the shortest of several times', tolerations: [{ operator: 'Exists', tolerationSeconds: 90 }, { key: 'broken', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }], expected: NOW + 30_000 },
  { name: 'at once when another value is tolerated', tolerations: [{ key: 'broken', value: 'leg' }], expected: NOW },
  { name: 'at once when another effect is tolerated', tolerations: [{ key: 'broken', operator: 'Exists', effect: 'NoSchedule' }], expected: NOW },
  { name: 'never for a taint that keeps others away only', taints: [{ ...broken, effect: 'NoSchedule' }], expected: undefined },
  { name: 'never for a taint of an older generation of the pool', slices: [slice(1, [broken]), slice(2, [])], expected: undefined },
  { name: 'never for another device', slices: [slice(1, [broken], 'two')], expected: undefined },
  { name: 'never for a claim that the pod does not have', user: 'other', expected: undefined },
  { name: 'never for a pod that has ended', of: pod({ status: { phase: 'Succeeded' } }), expected: undefined },
] as { name: string; tolerations?: DeviceToleration[]; taints?: DeviceTaint[]; slices?: ResourceSlice[]; of?: Pod; user?: string; expected: number | undefined }[]) {
  test(`a pod with tainted devices goes ${name}`, () => assert.equal(evictionTime(of, [claim(tolerations, user)], taintsOf(slices)), expected));
}

test('the claims of a pod are those that it names, those that were made for it, and that of its extended resources', () => {
  const status = { phase: 'Running', resourceClaimStatuses: [{ name: 'made', resourceClaimName: 'p-made' }], extendedResourceClaimStatus: { resourceClaimName: 'p-extended', requestMappings: [] } };
  assert.deepEqual(claimNamesOf({ ...pod(), spec: { ...pod().spec, resourceClaims: [{ name: 'own', resourceClaimName: 'c' }, { name: 'made' }, { name: 'later' }] }, status } as unknown as Pod), ['c', 'p-made', 'p-extended']);
});
