import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import type { Service } from '../generated/core-v1.ts';
import { schemas } from '../schemas.ts';
import { service } from './service.ts';

type Fields = Record<string, unknown>;

function serviceOf(spec: Fields, status: Fields): Service {
  const { object } = new ObjectDecoder(schemas).decode<Service>('core.v1.Service', { metadata: { name: 's' }, spec, status });
  service.default?.(object);
  return object;
}

function update(spec: Fields, before: Fields, status: Fields = {}): Service {
  const object = serviceOf(spec, {});
  service.prepareForUpdate?.(object, serviceOf(before, status), { nowMs: 0, version: 'v1', userName: 'alice', userUid: '', userGroups: [], userExtra: {} });
  return object;
}

const port = (name: string, number: number, nodePort?: number): Fields => ({ name, port: number, ...(nodePort && { nodePort }) });
const [web, dns] = [port('web', 80, 30_080), port('dns', 53, 30_053)];

suite('node ports of a changed service', () => {
  const asked = { allocateLoadBalancerNodePorts: false };
  for (const { name, before, spec, expected } of [
    { name: 'stay with the names of their ports', before: { type: 'NodePort', ports: [web, dns] }, spec: { type: 'NodePort', ports: [port('web', 8080), port('dns', 53)] }, expected: [30_080, 30_053] },
    { name: 'go with a name', before: { type: 'NodePort', ports: [web] }, spec: { type: 'NodePort', ports: [port('http', 80)] }, expected: [undefined] },
    { name: 'are given to one port only', before: { type: 'NodePort', ports: [web, dns] }, spec: { type: 'NodePort', ports: [port('web', 80), port('dns', 53, 30_080)] }, expected: [undefined, 30_080] },
    { name: 'go where there are none', before: { type: 'NodePort', ports: [web, dns] }, spec: { type: 'ClusterIP', ports: [web, port('more', 81)] }, expected: [undefined, undefined] },
    { name: 'are told of there when they are new', before: { type: 'NodePort', ports: [web] }, spec: { type: 'ClusterIP', ports: [port('web', 80, 30_081)] }, expected: [30_081] },
    { name: 'stay when no more are allocated', before: { type: 'LoadBalancer', ports: [web] }, spec: { type: 'LoadBalancer', ...asked, ports: [web] }, expected: [30_080] },
    { name: 'may be given back then', before: { type: 'LoadBalancer', ports: [web] }, spec: { type: 'LoadBalancer', ...asked, ports: [port('web', 80)] }, expected: [undefined] },
  ]) test(name, () => assert.deepEqual(update(spec, before).spec.ports?.map(({ nodePort }) => nodePort), expected));
});

test('what a load balancer told goes with it', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
  const before = { type: 'LoadBalancer', ports: [web] };
  assert.deepEqual(update({ type: 'NodePort', ports: [web] }, before, status).status.loadBalancer, {});
  assert.deepEqual(update(before, before, status).status.loadBalancer, { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] });
});
