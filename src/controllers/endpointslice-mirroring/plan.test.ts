import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoints, Service } from '../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { isMirrored, planMirror } from './plan.ts';

const object = (labels: object = {}, ip = '1.2.3.4'): Endpoints =>
  ({ metadata: { name: 'db', namespace: 'default', uid: 'e', labels }, subsets: [{ addresses: [{ ip }, { ip: 'fd00::1' }], notReadyAddresses: [{ ip: '1.2.3.5' }], ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] }] }) as unknown as Endpoints;
const service = (selector?: object): Service => ({ metadata: {}, spec: { ...(selector && { selector }) } }) as unknown as Service;

for (const { name, endpoints, of, expected } of [
  { name: 'of a Service without selector are mirrored', endpoints: object(), of: service(), expected: true },
  { name: 'of a Service with a selector are not', endpoints: object(), of: service({ app: 'x' }), expected: false },
  { name: 'of no Service are not', endpoints: object(), of: undefined, expected: false },
  { name: 'that ask not to be are not', endpoints: object({ 'endpointslice.kubernetes.io/skip-mirror': 'true' }), of: service(), expected: false },
]) {
  test(`Endpoints ${name}`, () => assert.equal(isMirrored(endpoints, of), expected));
}

test('each family has a slice, which follows changes', () => {
  const { create } = planMirror(object(), []);
  assert.deepEqual(create.map(({ addressType, endpoints }) => `${addressType} ${endpoints?.map(({ addresses, conditions }) => `${addresses.join()}=${conditions.ready}`).join()}`), ['IPv4 1.2.3.4=true,1.2.3.5=false', 'IPv6 fd00::1=true']);
  const stored = create.map((draft, index) => ({ ...draft, metadata: { ...draft.metadata, uid: String(index), name: `db-${index}` } }) as EndpointSlice);
  assert.deepEqual(planMirror(object(), stored), { create: [], update: [], delete: [], skipped: 0 });
  const changed = planMirror(object({}, '9.9.9.9'), stored);
  assert.deepEqual([changed.create.length, changed.update.map(({ metadata }) => metadata.name), changed.delete.length], [0, ['db-0'], 0]);
});

test('a slice whose ports are gone is used again for others of its family', () => {
  const { create } = planMirror(object(), []);
  const stored = create.map((draft, index) => ({ ...draft, metadata: { ...draft.metadata, uid: String(index), name: `db-${index}` } }) as EndpointSlice);
  const moved = { ...object(), subsets: [{ addresses: [{ ip: '1.2.3.4' }], ports: [{ name: 'sql', port: 5433, protocol: 'TCP' }] }] } as unknown as Endpoints;
  const plan = planMirror(moved, stored);
  assert.deepEqual(plan.create, []);
  assert.deepEqual(plan.update.map(({ metadata, ports }) => [metadata.name, ports?.[0]?.port]), [['db-0', 5433]]);
  assert.deepEqual(plan.delete.map(({ metadata }) => metadata.name), ['db-1']);
});

test('subsets with the same ports share a slice; of a subset a thousand addresses are taken', () => {
  const ports = [{ name: 'sql', port: 5432, protocol: 'TCP' }];
  const many = Array.from({ length: 1002 }, (_, index) => ({ ip: `10.0.${Math.floor(index / 256)}.${index % 256}` }));
  const plan = planMirror({ ...object(), subsets: [{ addresses: many, ports }, { notReadyAddresses: [{ ip: '1.2.3.5' }], ports }] } as unknown as Endpoints, []);
  assert.deepEqual(plan.create.map(({ endpoints }) => endpoints?.length), [1001]);
  assert.equal(plan.skipped, 2);
});
