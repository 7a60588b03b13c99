/** How single cells of the server's tables read, of kinds whose columns have no test of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../apimachinery/meta.ts';
import { kinds } from './kinds.ts';

function cell(kind: string, column: string, object: object): unknown {
  const shown = kinds.find((one) => one.kind === kind)?.columns.find((one) => one.name === column);
  assert.ok(shown);
  const whole = { metadata: { name: 'one' }, spec: {}, status: {}, ...object } as unknown as KubeObject;
  return shown.cell(whole, 0);
}

const ready = (...statuses: string[]): object => ({ status: { conditions: statuses.map((status) => ({ type: 'Ready', status })) } });
const rules = (...hosts: string[]): object => ({ spec: { rules: hosts.map((host) => (host === '' ? {} : { host })) } });
const addresses = [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }];

for (const { name, kind, column, object, expected } of [
  { name: 'a node that has not told', kind: 'Node', column: 'Status', object: ready(), expected: 'Unknown' },
  { name: 'a node that lacks a word for it', kind: 'Node', column: 'Status', object: ready('Maybe'), expected: 'NotReady' },
  { name: 'a node by its last word', kind: 'Node', column: 'Status', object: ready('False', 'True'), expected: 'Ready' },
  {
    name: 'addresses of an ingress, at any length', kind: 'Ingress', column: 'Address',
    object: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.200' }, { hostname: 'balancer.example.com' }, { ip: '192.0.2.200' }] } } }, expected: '192.0.2.200,balancer.example.com',
  },
  { name: 'hosts of an ingress, with rules for all', kind: 'Ingress', column: 'Hosts', object: rules('', 'a', 'b', 'c', 'd'), expected: 'a,b,c + 2 more...' },
  { name: 'endpoints port by port', kind: 'Endpoints', column: 'Endpoints', object: { subsets: [{ addresses, ports: [{ port: 80 }, { port: 443 }] }] }, expected: '10.0.0.1:80,[fd00::1]:80,10.0.0.1:443 + 1 more...' },
  { name: 'endpoints without ports', kind: 'Endpoints', column: 'Endpoints', object: { subsets: [{ addresses }] }, expected: '10.0.0.1,fd00::1' },
  {
    name: 'the class of attributes that is the default', kind: 'VolumeAttributesClass', column: 'Name',
    object: { metadata: { name: 'gold', annotations: { 'volumeattributesclass.alpha.kubernetes.io/is-default-class': 'true' } } }, expected: 'gold (default)',
  },
]) {
  test(name, () => assert.equal(cell(kind, column, object), expected));
}
